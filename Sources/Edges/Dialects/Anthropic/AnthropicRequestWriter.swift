import GatewayTypes
import JSON
import NIOCore

/// Writes a translated request as Anthropic's Messages API wants it.
struct AnthropicRequestWriter {
    /// Anthropic wants a bound; this one where neither the client nor the configuration knows any.
    static let outputTokensDefault: Int64 = 4096

    let chat: ChatRequest
    let model: String
    let hosting: AnthropicProvider.Hosting
    private let tokensMax: Int64
    private var json = JSONBuilder()
    private(set) var unsupported: [ChatField] = []
    private var blocks = AnthropicBlockWriter()

    init(_ chat: ChatRequest, for target: Target, outputTokensMax: Int64?, hosting: AnthropicProvider.Hosting) {
        self.chat = chat
        model = target.servedModel.text
        self.hosting = hosting
        let wanted = chat.outputTokensMax ?? target.abilities.outputTokensMax ?? Self.outputTokensDefault
        tokensMax = min(wanted, outputTokensMax ?? wanted)
    }

    mutating func write() throws(Failure) -> EncodedRequest {
        let turns = AnthropicTurns(chat)
        json.openObject()
        if let version = hosting.bodyVersion {
            json.member("anthropic_version", version)
        } else {
            json.member("model", model)
        }
        json.member("max_tokens", tokensMax)
        if chat.stream { json.member("stream", true) }
        if !turns.system.isEmpty {
            json.openArray("system")
            for block in turns.system { try blocks.write(block, into: &json) }
            json.closeArray()
        }
        json.openArray("messages")
        for turn in turns.turns {
            json.openObject()
            json.member("role", turn.role == .assistant ? "assistant" : "user")
            json.openArray("content")
            for block in turn.blocks { try blocks.write(block, into: &json) }
            json.closeArray()
            json.closeObject()
        }
        json.closeArray()
        writeTools(turns.toolsMark)
        let thinks = writeThinking(turns)
        writeSampling(thinks: thinks)
        writeRest()
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }

    // MARK: Tools

    private mutating func writeTools(_ mark: ChatPart?) {
        guard !chat.tools.isEmpty else { return }
        json.openArray("tools")
        for (index, tool) in chat.tools.enumerated() {
            json.openObject()
            json.member("name", tool.name)
            json.member("description", tool.description)
            json.member("input_schema", raw: Self.schema(tool.parameters))
            if tool.strict == true { json.member("strict", true) }
            if index == chat.tools.count - 1, case .cacheMark(let seconds)? = mark {
                AnthropicBlockWriter.writeMark(seconds, into: &json)
            }
            json.closeObject()
        }
        json.closeArray()
        guard chat.toolChoice != nil || chat.parallelToolCalls == false else { return }
        json.openObject("tool_choice")
        let choice = chat.toolChoice ?? .automatic
        switch choice {
        case .automatic: json.member("type", "auto")
        case .none: json.member("type", "none")
        case .required: json.member("type", "any")
        case .tool(let name):
            json.member("type", "tool")
            json.member("name", name)
        }
        if chat.parallelToolCalls == false, choice != .none { json.member("disable_parallel_tool_use", true) }
        json.closeObject()
    }

    /// Anthropic wants the schema of an object, and its type written down.
    private static func schema(_ text: String?) -> String {
        let empty = #"{"type":"object","properties":{}}"#
        guard let text else { return empty }
        do throws(JSONProblem) {
            let root = try JSONDocument(ByteBuffer(string: text)).root
            guard root.isObject, !root.members.isEmpty else { return empty }
            guard root["type"] == nil else { return text }
            return #"{"type":"object","# + root.raw.dropFirst()
        } catch {
            return empty
        }
    }

    // MARK: Thinking and sampling

    /// Whether the model is told to think.
    private mutating func writeThinking(_ turns: AnthropicTurns) -> Bool {
        let thinking = AnthropicThinking(chat.reasoning, model: model, tokensMax: tokensMax)
        if thinking.isUnsupported { unsupported.append(.reasoning) }
        writeOutputConfig(thinking.effort)
        switch thinking.mode {
        case .unsaid: return false
        case .off:
            json.openObject("thinking")
            json.member("type", "disabled")
            json.closeObject()
            return false
        case .adaptive(let display):
            guard !forcesTool else { return false }
            json.openObject("thinking")
            json.member("type", "adaptive")
            json.member("display", display)
            json.closeObject()
        case .budget(let tokens):
            // Anthropic lets no model think that must call a tool, nor one whose thoughts before a call are gone.
            guard !forcesTool, !turns.goesOnWithoutThoughts else { return false }
            json.openObject("thinking")
            json.member("type", "enabled")
            json.member("budget_tokens", tokens)
            json.closeObject()
        }
        return true
    }

    private var forcesTool: Bool {
        guard !chat.tools.isEmpty, let choice = chat.toolChoice else { return false }
        return switch choice {
        case .required, .tool: true
        case .automatic, .none: false
        }
    }

    private mutating func writeOutputConfig(_ effort: String?) {
        var schema: String?
        switch chat.format {
        case .text: break
        case .json: unsupported.append(.format)
        case .schema(_, _, let text, _): schema = text
        }
        guard effort != nil || schema != nil else { return }
        json.openObject("output_config")
        json.member("effort", effort)
        if let schema {
            json.openObject("format")
            json.member("type", "json_schema")
            json.member("schema", raw: schema)
            json.closeObject()
        }
        json.closeObject()
    }

    /// Anthropic's temperature ends at 1; a model that thinks has its own.
    private mutating func writeSampling(thinks: Bool) {
        if let temperature = chat.temperature {
            let isSayable = thinks ? temperature == 1 : (0...1).contains(temperature)
            if isSayable { json.member("temperature", temperature) } else { unsupported.append(.temperature) }
        }
        if let topP = chat.topP {
            // What changes nothing need not be said, and newer models take no two of these.
            let isSayable = !thinks || topP >= 0.95
            if !isSayable { unsupported.append(.topP) } else if topP < 1 { json.member("top_p", topP) }
        }
        if let topK = chat.topK {
            if thinks { unsupported.append(.topK) } else { json.member("top_k", topK) }
        }
    }

    private mutating func writeRest() {
        // Anthropic refuses a stop of nothing but white space.
        let stops = chat.stop.filter { $0.utf8.contains { $0 > 0x20 } }
        if stops.count < chat.stop.count { unsupported.append(.stop) }
        if !stops.isEmpty {
            json.openArray("stop_sequences")
            for stop in stops { json.string(stop) }
            json.closeArray()
        }
        if let user = chat.endUser {
            json.openObject("metadata")
            json.member("user_id", user)
            json.closeObject()
        }
        switch chat.serviceTier {
        case nil, "auto": break
        case "default", "standard_only": json.member("service_tier", "standard_only")
        default: unsupported.append(.serviceTier)
        }
        if chat.choiceCount > 1 { unsupported.append(.choiceCount) }
        if chat.seed != nil { unsupported.append(.seed) }
        if (chat.presencePenalty ?? 0) != 0 { unsupported.append(.presencePenalty) }
        if (chat.frequencyPenalty ?? 0) != 0 { unsupported.append(.frequencyPenalty) }
        if chat.logprobs { unsupported.append(.logprobs) }
        if chat.topLogprobs != nil { unsupported.append(.topLogprobs) }
    }
}
