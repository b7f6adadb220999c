import GatewayTypes
import JSON
import NIOCore

/// Writes a conversation as a request to `/responses` that the provider need not keep.
struct ResponsesEncoder {
    private let target: Target
    private let outputTokensMax: Int64?
    private var json = JSONBuilder()
    private var unsupported: [ChatField] = []

    init(_ target: Target, outputTokensMax: Int64?) {
        self.target = target
        self.outputTokensMax = outputTokensMax
    }

    consuming func encode(_ chat: ChatRequest) throws(Failure) -> EncodedRequest {
        json.openObject()
        json.member("model", target.servedModel.text)
        try writeInstructions(chat.system)
        json.openArray("input")
        var input = ResponsesInputEncoder(json)
        json = JSONBuilder()
        for (index, message) in chat.messages.enumerated() { try input.write(message, "messages[\(index)]") }
        json = input.json
        json.closeArray()
        writeTools(chat)
        writeSampling(chat)
        writeFormat(chat.format)
        writeReasoning(chat.reasoning)
        writeInclude(chat)
        json.member("store", false)
        if chat.stream { json.member("stream", true) }
        json.member("service_tier", chat.serviceTier)
        switch target.providerKind {
        // Where `user` gave way to it.
        case "openai", "azure.ai.openai": json.member("safety_identifier", chat.endUser)
        default: json.member("user", chat.endUser)
        }
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }

    private mutating func writeInstructions(_ system: [ChatPart]) throws(Failure) {
        var texts: [String] = []
        for (index, part) in system.enumerated() {
            switch part {
            case .text(let text): texts.append(text)
            case .cacheMark: break
            case .refusal, .media, .toolCall, .toolResult, .reasoning:
                throw ResponsesInputEncoder.unsaid("system[\(index)]", "Instructions are text.")
            }
        }
        if !texts.isEmpty { json.member("instructions", texts.joined(separator: "\n\n")) }
    }

    // MARK: Tools

    private mutating func writeTools(_ chat: ChatRequest) {
        if !chat.tools.isEmpty {
            json.openArray("tools")
            for tool in chat.tools {
                json.openObject()
                json.member("type", "function")
                json.member("name", tool.name)
                json.member("description", tool.description)
                json.member("parameters", raw: tool.parameters ?? #"{"type":"object","properties":{}}"#)
                // What is not said would be strict here, and is not in other dialects.
                json.member("strict", tool.strict ?? false)
                json.closeObject()
            }
            json.closeArray()
        }
        switch chat.toolChoice {
        case nil: break
        case .automatic: json.member("tool_choice", "auto")
        case .some(.none): json.member("tool_choice", "none")
        case .required: json.member("tool_choice", "required")
        case .tool(let name):
            json.openObject("tool_choice")
            json.member("type", "function")
            json.member("name", name)
            json.closeObject()
        }
        json.member("parallel_tool_calls", chat.parallelToolCalls)
    }

    // MARK: Output

    private mutating func writeSampling(_ chat: ChatRequest) {
        let caps = [chat.outputTokensMax, outputTokensMax].compactMap { $0 }
        json.member("max_output_tokens", caps.min())
        json.member("temperature", chat.temperature)
        json.member("top_p", chat.topP)
        if chat.logprobs { json.member("top_logprobs", chat.topLogprobs) }
        let lacking: [(ChatField, Bool)] = [
            (.topK, chat.topK != nil), (.stop, !chat.stop.isEmpty), (.choiceCount, chat.choiceCount > 1),
            (.seed, chat.seed != nil), (.presencePenalty, (chat.presencePenalty ?? 0) != 0),
            (.frequencyPenalty, (chat.frequencyPenalty ?? 0) != 0),
        ]
        unsupported += lacking.filter(\.1).map(\.0)
    }

    private mutating func writeFormat(_ format: OutputFormat) {
        if format == .text { return }
        json.openObject("text")
        json.openObject("format")
        switch format {
        case .text: break
        case .json: json.member("type", "json_object")
        case .schema(let name, let description, let schema, let strict):
            json.member("type", "json_schema")
            json.member("name", name)
            json.member("description", description)
            json.member("schema", raw: schema)
            json.member("strict", strict)
        }
        json.closeObject()
        json.closeObject()
    }

    private mutating func writeReasoning(_ wish: ReasoningWish?) {
        guard let wish else { return }
        let effort = wish.effort ?? wish.tokensMax.map(Self.effort)
        guard effort != nil || wish.shows == true else { return }
        json.openObject("reasoning")
        json.member("effort", effort?.rawValue)
        if wish.shows == true, effort != .some(.none) { json.member("summary", "auto") }
        json.closeObject()
    }

    /// The API knows no number of tokens: the effort that thinks about as long.
    private static func effort(_ tokensMax: Int64) -> ReasoningWish.Effort {
        switch tokensMax {
        case ...0: .none
        case ..<4_096: .low
        case ..<16_384: .medium
        default: .high
        }
    }

    private mutating func writeInclude(_ chat: ChatRequest) {
        let thinks = chat.reasoning.map { $0.effort != .some(.none) && $0.tokensMax != 0 } ?? false
        guard thinks || chat.logprobs else { return }
        json.openArray("include")
        // Nothing is kept there: the thoughts come back with the next turn, sealed.
        if thinks { json.string("reasoning.encrypted_content") }
        if chat.logprobs { json.string("message.output_text.logprobs") }
        json.closeArray()
    }
}
