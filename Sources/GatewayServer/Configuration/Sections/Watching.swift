extension Configuration {
    /// How this file is taken over when it changes.
    public struct Watching: Sendable {
        public internal(set) var watch = true

        static let section = Section<Watching>(
            "config", "How this file is taken over when it changes. SIGHUP and the admin API reload it in any case.",
            empty: { Watching() },
            fields: [
                Field(
                    "watch", \.watch, .boolean,
                    "Whether a changed file is reloaded by itself, within about two seconds after it was last written.")
            ])
    }
}
