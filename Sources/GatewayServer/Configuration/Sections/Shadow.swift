extension Configuration {
    /// A target that is shown copies of requests.
    public struct Shadow: Sendable {
        public internal(set) var target = ModelTarget()
        public internal(set) var sharePercent = 5
        public internal(set) var inFlightMax = 16

        static let section = Section<Shadow>(
            "shadow",
            "Sends copies of a part of the model's requests to another target once they have been answered. Nobody gets its replies; they "
                + "are compared with what clients got, and paid for by whose requests they are copies of.",
            empty: { Shadow() },
            fields: [
                Field(
                    "target", \.target, .section(ModelTarget.section), required: "openai/gpt-5",
                    "Where the copies go."),
                Field("share", \.sharePercent, .percent(1...100), "The part of the requests that is copied."),
                Field(
                    "in_flight_max", \.inFlightMax, .integer(1...1000),
                    "Copies under way at once; further ones are dropped, and counted."),
            ])
    }
}
