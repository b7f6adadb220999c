import GatewayTypes
import JSON
import NIOCore

/// Everything about one chat reply that is settled before its first byte.
struct ReplyPlan {
    /// What the model generates, in order.
    enum Piece {
        case reasoning(Int), text(Int)
        /// The head of a tool call: id and name.
        case toolCall(Int)
        /// A fragment of its arguments.
        case arguments(call: Int, fragment: Int)
    }

    let behaviour: SimulatedBehaviour
    let id: String
    let created: Int
    let model: String
    let toolName: String
    /// Picks the words: the same request is answered with the same text.
    let textSeed: UInt64
    let promptTokens: Int
    let reasoningTokens: Int
    let textTokens: Int
    /// Whether the request's bound on tokens cut the reply.
    let isCut: Bool
    let tellsUsage: Bool

    private static let fragmentBytes = 8

    init(
        _ behaviour: SimulatedBehaviour, scan: borrowing RequestScan, model: String, identity: UInt64, created: Int,
        asksUsage: Bool = true
    ) {
        self.init(
            behaviour, textSeed: scan.digest, textBytes: scan.textBytes, outputTokensMax: scan.outputTokensMax,
            toolName: scan.toolName, model: model, identity: identity, created: created, asksUsage: asksUsage)
    }

    init(
        _ behaviour: SimulatedBehaviour, textSeed: UInt64, textBytes: Int, outputTokensMax: Int? = nil,
        toolName: String? = nil, model: String, identity: UInt64, created: Int, asksUsage: Bool = true
    ) {
        self.behaviour = behaviour
        self.model = model
        self.created = created
        id = Hex.text(identity)
        self.textSeed = textSeed
        self.toolName = toolName ?? "get_water_level"
        let known = behaviour.cachedTokens + behaviour.cacheWriteTokens + behaviour.audioInputTokens
        promptTokens = max(behaviour.inputTokens ?? max(1, (textBytes + 3) / 4), known)
        let bound = max(0, outputTokensMax ?? .max)
        reasoningTokens = min(behaviour.reasoningTokens, bound)
        textTokens = min(behaviour.tokens, bound - reasoningTokens)
        isCut = reasoningTokens + textTokens < behaviour.reasoningTokens + behaviour.tokens
        tellsUsage =
            switch behaviour.usage {
            case .none: false
            case .asked: asksUsage
            case .always: true
            }
    }

    /// How a reply ends; every provider has its own words for it.
    enum Ending { case stop, length, tools }

    var ending: Ending {
        if behaviour.toolCalls > 0 { return .tools }
        return isCut ? .length : .stop
    }

    /// OpenAI's words.
    var finishReason: StaticString {
        switch ending {
        case .stop: "stop"
        case .length: "length"
        case .tools: "tool_calls"
        }
    }

    /// Tokens of reasoning that are sent, not only counted.
    var sentReasoning: Int { behaviour.hidesReasoning ? 0 : reasoningTokens }
    private var fragmentsOfACall: Int { (arguments(0).utf8.count + Self.fragmentBytes - 1) / Self.fragmentBytes }

    /// How many pieces a stream has.
    var pieceCount: Int {
        let calls = behaviour.toolCalls
        return sentReasoning + (calls > 0 ? calls * (1 + fragmentsOfACall) : textTokens)
    }

    func piece(_ index: Int) -> Piece {
        if index < sentReasoning { return .reasoning(index) }
        let rest = index - sentReasoning
        guard behaviour.toolCalls > 0 else { return .text(rest) }
        let (call, part) = rest.quotientAndRemainder(dividingBy: 1 + fragmentsOfACall)
        return part == 0 ? .toolCall(call) : .arguments(call: call, fragment: part - 1)
    }

    /// The tokens that the model generated.
    var outputTokens: Int { reasoningTokens + textTokens + behaviour.audioOutputTokens }
    /// The tokens of the prompt that no cache held or took.
    var freshTokens: Int { promptTokens - behaviour.cachedTokens - behaviour.cacheWriteTokens }

    /// One word; no character of it needs an escape in JSON.
    func word(_ index: Int, reasoning: Bool) -> String {
        (index > 0 ? " " : "") + "\(Words.word(reasoning ? ~textSeed : textSeed, index))"
    }

    /// The whole visible text; empty where tools are called in its place.
    var text: String {
        behaviour.toolCalls > 0 ? "" : (0..<textTokens).map { word($0, reasoning: false) }.joined()
    }
    /// The whole reasoning, as far as it is sent.
    var reasoning: String { (0..<sentReasoning).map { word($0, reasoning: true) }.joined() }
    /// What a provider signs its reasoning with.
    var signature: String { Base64.text(Array(("sim-signature-" + Hex.text(textSeed)).utf8)) }

    /// A piece's words, as the inside of a JSON string.
    func appendWord(_ index: Int, reasoning: Bool, to buffer: inout ByteBuffer) {
        if index > 0 { buffer.append(" ") }
        buffer.append(Words.word(reasoning ? ~textSeed : textSeed, index))
    }

    /// The arguments of a tool call: JSON, of the same length for every call of a reply.
    func arguments(_ call: Int) -> String {
        "{\"place\":\"\(Words.word(textSeed, 0))\",\"call\":\(10 + call)}"
    }

    func fragment(_ fragment: Int, of call: Int) -> String {
        let text = arguments(call).utf8.dropFirst(fragment * Self.fragmentBytes).prefix(Self.fragmentBytes)
        return String(decoding: text, as: UTF8.self)
    }

    func toolCallID(_ call: Int) -> String { "call_" + Hex.text(Mix.draw(textSeed, UInt64(call))) }

    /// The object of `usage`.
    func appendUsage(to buffer: inout ByteBuffer) {
        let completion = outputTokens
        buffer.append("{\"prompt_tokens\":")
        buffer.append(promptTokens)
        buffer.append(",\"completion_tokens\":")
        buffer.append(completion)
        buffer.append(",\"total_tokens\":")
        buffer.append(promptTokens + completion)
        buffer.append(",\"prompt_tokens_details\":{\"cached_tokens\":")
        buffer.append(behaviour.cachedTokens)
        if behaviour.cacheWriteTokens > 0 {
            buffer.append(",\"cache_write_tokens\":")
            buffer.append(behaviour.cacheWriteTokens)
        }
        buffer.append(",\"audio_tokens\":")
        buffer.append(behaviour.audioInputTokens)
        buffer.append("},\"completion_tokens_details\":{\"reasoning_tokens\":")
        buffer.append(reasoningTokens)
        buffer.append(",\"audio_tokens\":")
        buffer.append(behaviour.audioOutputTokens)
        buffer.append(",\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}")
        if let cost = behaviour.cost {
            buffer.append(",\"cost\":")
            buffer.writeString(cost)
        }
        buffer.append("}")
    }

    /// The JSON of all tool calls, comma between them.
    func toolCalls(_ one: (Int) -> String) -> String {
        (0..<behaviour.toolCalls).map(one).joined(separator: ",")
    }

    /// The members that begin every object of the reply, up to the comma before what is its own.
    func appendOpening(object: StaticString, to buffer: inout ByteBuffer) {
        buffer.append("{\"id\":\"chatcmpl-")
        buffer.writeString(id)
        buffer.append("\",\"object\":\"")
        buffer.append(object)
        buffer.append("\",\"created\":")
        buffer.append(created)
        buffer.append(",\"model\":")
        buffer.writeJSONString(model)
        buffer.append(",\"service_tier\":")
        buffer.writeJSONString(behaviour.tier)
        buffer.append(",\"system_fingerprint\":\"fp_weir_sim\",")
    }
}
