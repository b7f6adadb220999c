import GatewayTypes

/// What is to be done about an exchange's replies, the same for every attempt.
struct ReplyTerms: Sendable {
    let set: DetectorSet
    let judges: [Guardrail]
    let placeholders: Placeholders
    let asker: Asker
    /// What replies answer, for judges; as the model was told.
    let conversation: Prompt?
    let tools: GuardrailTools
    /// Whether replies may be held back or changed.
    let rewrites: Bool
    /// Whether all of a reply waits for judges.
    let holdsAll: Bool
    /// Verdicts of those that cannot look at such replies.
    let records: [GuardrailRecord]
    let refusal: Failure?

    init(
        _ guardrails: [Guardrail], _ request: ModelRequest, _ placeholders: Placeholders, _ asker: Asker,
        _ tools: GuardrailTools
    ) {
        let operation = request.operation
        let kind = Self.kind(of: operation)
        let looking = kind == .readable ? guardrails : []
        let detectors = DetectorSet(looking, .output)
        let judges = looking.filter { if case .judge = $0.check { true } else { false } }
        let holdsAll = judges.contains { $0.effect(in: .output) == .block || $0.failsClosed(in: .output) }
        let restored = kind == .readable ? placeholders : Placeholders()
        rewrites = holdsAll || detectors.effects.contains { $0 != .none } || !restored.isEmpty
        set = detectors
        self.judges = judges
        self.holdsAll = holdsAll
        self.placeholders = restored
        self.asker = asker
        conversation = judges.isEmpty ? nil : tools.prompts.prompt(of: request)
        self.tools = tools
        guard kind == .unreadable else {
            records = []
            refusal = nil
            return
        }
        let began = tools.now()
        records = guardrails.map { guardrail in
            var tally = Tally(began: began)
            tally.decision = .undecided
            return tally.record(of: guardrail, .output)
        }
        refusal = guardrails.first { $0.failsClosed(in: .output) }.map {
            RequestLook.undecided($0, "cannot read what is replied to \(operation.rawValue); use another API")
        }
    }

    var touches: Bool { !set.isEmpty || !judges.isEmpty || !placeholders.isEmpty }

    private enum Kind { case readable, unreadable, wordless }

    /// Whether a reply's words can be read.
    private static func kind(of operation: Operation) -> Kind {
        switch operation {
        case .chat: .readable
        case .textCompletion, .transcription, .translation, .realtime, .providerAPI: .unreadable
        case .embeddings, .listModels, .imageGeneration, .speech, .moderation, .rerank, .countTokens: .wordless
        }
    }
}
