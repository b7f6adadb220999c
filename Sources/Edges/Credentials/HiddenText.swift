/// A secret in text: it prints as `<hidden>` wherever it is printed.
struct HiddenText: Sendable, Equatable {
    let exposed: String

    init(_ text: String) { exposed = text }
}

extension HiddenText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<hidden>" }
    var debugDescription: String { "<hidden>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is wrong with the configuration of a credential: a sentence for the operator, without the secret.
public struct CredentialProblem: Error, CustomStringConvertible {
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}
