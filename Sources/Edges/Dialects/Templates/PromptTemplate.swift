public import GatewayTypes

/// One version of a template: turns whose text has holes for variables.
public struct PromptTemplate: Sendable {
    /// A turn's text, cut at its holes.
    public struct Turn: Sendable {
        public let role: ChatMessage.Role
        let pieces: [TemplateText.Piece]

        public init(role: ChatMessage.Role, text: String) {
            self.role = role
            pieces = TemplateText.pieces(of: text)
        }
    }

    public let version: Int
    /// Instructions come first.
    public let turns: [Turn]
    public let variables: [TemplateVariable]

    public init(version: Int, turns: [Turn], variables: [TemplateVariable]) {
        self.version = version
        self.turns = turns
        self.variables = variables
    }

    /// The turns with the variables in their holes. Text of a variable is text: what looks like a hole in it stays as it is.
    func edit(with given: [(name: String, value: TemplateValue)]) throws(Failure) -> RequestEdit {
        var texts: [String: String] = [:]
        for variable in variables {
            texts[variable.name] = try variable.text(of: given.first { $0.name == variable.name }?.value)
        }
        for (position, one) in given.enumerated() {
            guard texts[one.name] != nil else { throw unknown(one.name) }
            guard !given[..<position].contains(where: { $0.name == one.name }) else {
                throw TemplateBook.wrong("variables.\(one.name)", "The variable `\(one.name)` is given twice.")
            }
        }
        var edit = RequestEdit()
        for turn in turns {
            let text = turn.pieces.map { piece in
                switch piece {
                case .text(let text): text
                case .hole(let name): texts[name] ?? ""
                }
            }.joined()
            switch turn.role {
            case .system: edit.systemBefore.append(text)
            case .user, .assistant: edit.opening.append(TemplateTurn(role: turn.role, text: text))
            }
        }
        edit.members = [("prompt", nil)]
        return edit
    }

    private func unknown(_ name: String) -> Failure {
        let known = variables.map(\.name).joined(separator: ", ")
        return TemplateBook.wrong(
            "variables.\(name.prefix(100))",
            "The template has no variable \"\(name.prefix(100))\"; its variables: \(known.isEmpty ? "none" : known).")
    }
}

/// The text of a template: what stands between `{{` and `}}` is the name of a variable, with or without spaces around it.
public enum TemplateText {
    enum Piece: Sendable, Equatable {
        case text(String)
        case hole(String)
    }

    /// Braces that hold no name are text.
    static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(text)
        var plain = ""
        while let open = rest.firstRange(of: "{{") {
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { break }
            let inside = rest[open.upperBound..<close.lowerBound]
            let name = inside.trimmingSpaces
            guard isName(name) else {
                plain += rest[..<open.upperBound]
                rest = rest[open.upperBound...]
                continue
            }
            plain += rest[..<open.lowerBound]
            if !plain.isEmpty { pieces.append(.text(plain)) }
            plain = ""
            pieces.append(.hole(name))
            rest = rest[close.upperBound...]
        }
        plain += rest
        if !plain.isEmpty || pieces.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }

    /// The names of the variables in a text, in order.
    public static func variables(in text: String) -> [String] {
        pieces(of: text).compactMap { piece in
            if case .hole(let name) = piece { name } else { nil }
        }
    }

    /// Whether a variable may have that name: a letter or `_`, then letters, digits and `_`, of ASCII, 64 at most.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
