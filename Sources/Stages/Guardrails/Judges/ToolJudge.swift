public import GatewayTypes

/// Holds calls of tools to lists of names, and their arguments to schemas.
public struct ToolJudge: Judge {
    public struct Rules: Sendable {
        /// Names, `*` for any characters at an end; empty: all that are not denied.
        public var allowed: [String] = []
        public var denied: [String] = []
        /// By a tool's name.
        public var arguments: [String: JSONSchema] = [:]

        public init() {}
    }

    private static let name = Reason("tool_name")
    private static let badArguments = Reason("tool_arguments")

    private let rules: Rules

    public init(_ rules: Rules) { self.rules = rules }

    public var reasons: [Reason] { [Self.name, Self.badArguments] }

    public func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement { judge(matter) }

    public func judge(_ matter: Matter) -> Judgement {
        for (index, call) in matter.toolCalls.enumerated() {
            if rules.denied.contains(where: { Self.fits($0, call.name) }) {
                return .deny(Self.name, path: "tool_calls[\(index)]")
            }
            if !rules.allowed.isEmpty, !rules.allowed.contains(where: { Self.fits($0, call.name) }) {
                return .deny(Self.name, path: "tool_calls[\(index)]")
            }
            // A call without arguments is one with none.
            let arguments = call.arguments.isEmpty ? "{}" : call.arguments
            if let schema = rules.arguments[call.name], schema.mismatch(in: arguments.utf8) != nil {
                return .deny(Self.badArguments, path: "tool_calls[\(index)].arguments")
            }
        }
        return .pass
    }

    /// `files_*`, `*_delete`, `*`.
    static func fits(_ pattern: String, _ name: String) -> Bool {
        let (pattern, name) = (Array(pattern.utf8), Array(name.utf8))
        let star = UInt8(ascii: "*")
        switch (pattern.first == star, pattern.last == star) {
        case (true, true) where pattern.count <= 2: return true
        case (true, true): return name.firstRange(of: pattern[1..<pattern.count - 1]) != nil
        case (true, false): return name.suffix(pattern.count - 1).elementsEqual(pattern.dropFirst())
        case (false, true): return name.starts(with: pattern.dropLast())
        case (false, false): return name == pattern
        }
    }
}
