public import GatewayTypes

/// Refuses text in a language that is not among those allowed. Of what comes in, the user's turns are looked at.
public struct LanguageJudge: Judge {
    private static let notAllowed = Reason("language")
    private static let unknown = Reason("unknown_language")

    private let allowed: Set<TextLanguage>
    private let deniesUnknown: Bool

    /// `deniesUnknown`: a text of some length whose language cannot be told is refused too.
    public init(allowed: Set<TextLanguage>, deniesUnknown: Bool = false) {
        self.allowed = allowed
        self.deniesUnknown = deniesUnknown
    }

    public var reasons: [Reason] { deniesUnknown ? [Self.notAllowed, Self.unknown] : [Self.notAllowed] }

    public func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement { judge(matter) }

    public func judge(_ matter: Matter) -> Judgement {
        for (index, turn) in matter.turns.enumerated() where turn.isUser || matter.phase == .output {
            if let language = TextLanguage.guess(turn.text) {
                if !allowed.contains(language) { return .deny(Self.notAllowed, path: "turns[\(index)]") }
            } else if deniesUnknown, turn.text.utf8.count >= Self.unknownBytesMin {
                return .deny(Self.unknown, path: "turns[\(index)]")
            }
        }
        return .pass
    }

    /// Shorter texts have no language that could be asked for.
    private static let unknownBytesMin = 64
}
