public import GatewayTypes

/// What the stage needs from outside.
public struct GuardrailTools: Sendable {
    let texts: any RequestTextReader
    let prompts: any PromptReader
    /// Tells equal texts without telling what they are: a keyed digest.
    let fingerprint: @Sendable ([UInt8]) -> String
    /// Takes the verdicts of an exchange that is over.
    let observe: @Sendable (borrowing Outcome) -> Void
    let now: @Sendable () -> Moment

    public init(
        texts: any RequestTextReader, prompts: any PromptReader, fingerprint: @escaping @Sendable ([UInt8]) -> String,
        observe: @escaping @Sendable (borrowing Outcome) -> Void, now: @escaping @Sendable () -> Moment = { .now() }
    ) {
        self.texts = texts
        self.prompts = prompts
        self.fingerprint = fingerprint
        self.observe = observe
        self.now = now
    }
}
