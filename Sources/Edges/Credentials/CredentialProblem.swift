/// What is wrong with the configuration of a credential: a sentence for the operator, without the secret.
public struct CredentialProblem: Error, CustomStringConvertible {
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}
