public import GatewayTypes

/// A check of a whole input or output, where finding stretches is not enough: a size, a schema, a list of tools, the word of
/// a model or of a moderation service.
public protocol Judge: Sendable {
    /// The reasons that it may give: the series of its verdicts exist from start-up.
    var reasons: [Reason] { get }
    /// Throws where it could not be decided (no answer in time, a service that fails); the guardrail's `on_error` then says
    /// what happens. What it costs to ask is booked by who is asked.
    func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement
}

/// What is judged: what was said on the way in, or on the way out.
public struct Matter: Sendable {
    public enum Phase: String, CaseIterable, Sendable {
        case input, output
    }

    public let phase: Phase
    /// What stands before the conversation.
    public let system: String
    /// The conversation's text on the way in; on the way out, the reply's choices.
    public let turns: [Prompt.Turn]
    /// Calls that the model makes (output), or that the conversation holds (input).
    public let toolCalls: [ToolUse]
    /// Bytes of the request's body, or of the reply's text.
    public let bytes: Int
    /// Of what comes back: the conversation that it answers.
    public let context: [Prompt.Turn]

    public init(
        phase: Phase, system: String, turns: [Prompt.Turn], toolCalls: [ToolUse], bytes: Int,
        context: [Prompt.Turn] = []
    ) {
        self.context = context
        self.phase = phase
        self.system = system
        self.turns = turns
        self.toolCalls = toolCalls
        self.bytes = bytes
    }
}

/// A tool and the JSON of its arguments, as the model wrote it.
public struct ToolUse: Sendable, Equatable {
    public let name: String
    public let arguments: String

    public init(name: String, arguments: String) {
        self.name = name
        self.arguments = arguments
    }
}

/// What a judge says.
public enum Judgement: Sendable, Equatable {
    case pass
    /// It must not be said. `path`: which part, in the neutral form's words; nil: all of it.
    case deny(Reason, path: String? = nil)
    /// What came back must not be said as it is, but this may be, in its place. Of a reply with one choice.
    case replace(String, Reason)
}
