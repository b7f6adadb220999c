/// A model's name in its several forms: `x`, `models/x`, `publishers/google/models/x`, `tunedModels/x`.
enum GeminiModelName {
    /// The name alone. Tuned models and endpoints keep their kind, which is part of their name.
    static func stripped(_ name: String) -> String {
        let mark = "models/"
        if name.hasPrefix(mark) { return String(name.dropFirst(mark.count)) }
        guard let range = name.ranges(of: "/" + mark).last else { return name }
        return String(name[range.upperBound...])
    }

    /// What `model` members of a request to AI Studio hold.
    static func resource(_ name: String) -> String {
        name.hasPrefix("models/") || name.hasPrefix("tunedModels/") ? name : "models/" + name
    }

    /// The number behind `gemini-`; nil where the name has none.
    static func generation(_ name: String) -> Int? {
        guard let range = name.firstRange(of: "gemini-") else { return nil }
        return Int(name[range.upperBound...].prefix { $0.isNumber })
    }

    /// Whether it thinks at levels, and wants its signatures back, as all do since the third generation. A name
    /// without a number (`gemini-flash-latest`) is a new model's.
    static func isThirdOrLater(_ name: String) -> Bool {
        guard name.contains("gemini-") else { return false }
        return generation(name).map { $0 >= 3 } ?? true
    }

    /// Whether Vertex serves the embedding model by `:embedContent`; the older ones by `:predict`.
    static func embedsContent(_ name: String) -> Bool {
        name.contains("gemini-embedding-") && !name.contains("gemini-embedding-001")
    }
}
