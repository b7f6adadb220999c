/// Where in a token's claims something stands: a claim's name (`sub`, `https://example.com/team`), one with a position
/// (`groups[0]`), or a JSON Pointer (RFC 6901: `/realm/team`).
public struct ClaimPath: Sendable, Equatable {
    private let steps: [String]
    public let text: String

    /// Nil: it is none.
    public init?(_ text: String) {
        self.text = text
        if text.hasPrefix("/") {
            steps = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
                String($0).replacing("~1", with: "/").replacing("~0", with: "~")
            }
        } else if text.hasSuffix("]"), let bracket = text.lastIndex(of: "[") {
            let digits = text[text.index(after: bracket)...].dropLast()
            guard bracket != text.startIndex, UInt16(digits) != nil else { return nil }
            steps = [String(text[..<bracket]), String(digits)]
        } else {
            steps = [text]
        }
        guard !text.isEmpty else { return nil }
    }

    func value(in claims: TokenJSON) -> TokenJSON? {
        var value = claims
        for step in steps {
            switch value {
            case .object(let members):
                guard let member = members[step] else { return nil }
                value = member
            case .array(let entries):
                guard let position = Int(step), entries.indices.contains(position) else { return nil }
                value = entries[position]
            case .null, .bool, .number, .string: return nil
            }
        }
        return value
    }

    /// The texts that stand there: one, or those of a list.
    func texts(in claims: TokenJSON) -> [String] { value(in: claims)?.entries.compactMap(\.scalar) ?? [] }
}
