import GatewayTypes

/// A variable of a template: what a client may put into its holes.
public struct TemplateVariable: Sendable {
    public enum Kind: Sendable, Equatable {
        /// At most so many Unicode scalars.
        case text(lengthMax: Int)
        case integer, number, boolean
        /// One of these.
        case choice([String])
    }

    public let name: String
    public let kind: Kind
    /// What stands there when the client gives none; nil: it must give one.
    public let standard: String?

    public init(name: String, kind: Kind, standard: String? = nil) {
        self.name = name
        self.kind = kind
        self.standard = standard
    }

    /// The text for its holes.
    func text(of value: TemplateValue?) throws(Failure) -> String {
        guard let value else {
            if let standard { return standard }
            throw wrong("is missing; send \(wanted)")
        }
        switch (kind, value) {
        case (.text(let most), .text(let text)):
            guard text.unicodeScalars.count <= most else { throw wrong("is longer than \(most) characters") }
            return text
        case (.integer, .integer(let number)): return String(number)
        case (.number, .integer(let number)): return String(number)
        case (.number, .number(let written)): return written
        case (.boolean, .boolean(let flag)): return flag ? "true" : "false"
        case (.choice(let words), .text(let word)):
            guard words.contains(word) else { throw wrong("must be \(wanted)") }
            return word
        case (.text, _), (.integer, _), (.number, _), (.boolean, _), (.choice, _): throw wrong("must be \(wanted)")
        }
    }

    /// What a default that stands in the configuration leads to; nil: the variable cannot be that.
    public func accepts(standard text: String) -> Bool {
        switch kind {
        case .text(let most): text.unicodeScalars.count <= most
        case .integer: Int64(text) != nil
        case .number: Double(text)?.isFinite ?? false
        case .boolean: text == "true" || text == "false"
        case .choice(let words): words.contains(text)
        }
    }

    private var wanted: String {
        switch kind {
        case .text: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .choice(let words): "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
        }
    }

    private func wrong(_ what: String) -> Failure {
        TemplateBook.wrong("variables.\(name)", "The template's variable `\(name)` \(what).")
    }
}
