import GatewayTypes
import JSON
import NIOCore

/// Writes a conversation as a request of Converse or ConverseStream, which differ only in their path.
struct ConverseEncoder {
    private let request: ChatRequest
    private let model: BedrockModel
    private let turns: ConverseTurns
    private let outputTokensMax: Int64?
    private let thinking: ConverseThinking
    private var unsupported: [ChatField] = []
    private var json = JSONBuilder()

    /// `outputTokensMax`: the reply may have no more, whatever the request says.
    init(_ request: ChatRequest, model: BedrockModel, outputTokensMax cap: Int64?) throws(Failure) {
        self.request = request
        self.model = model
        turns = try ConverseTurns(request, model: model)
        outputTokensMax = [request.outputTokensMax, cap].compactMap { $0 }.min()
        thinking = ConverseThinking(request.reasoning, model: model, outputTokensMax: outputTokensMax)
    }

    consuming func encoded() -> EncodedRequest {
        noteUnsupported()
        json.openObject()
        writeConversation()
        writeInference()
        writeTools()
        writeFormat()
        writeAdditionalFields()
        if let tier = serviceTier {
            json.openObject("serviceTier")
            json.member("type", tier)
            json.closeObject()
        }
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }

    private mutating func noteUnsupported() {
        let missing: [(ChatField, Bool)] = [
            (.choiceCount, request.choiceCount != 1), (.seed, request.seed != nil),
            (.presencePenalty, (request.presencePenalty ?? 0) != 0),
            (.frequencyPenalty, (request.frequencyPenalty ?? 0) != 0), (.logprobs, request.logprobs),
            (.topLogprobs, (request.topLogprobs ?? 0) != 0), (.format, request.format == .json),
            (.parallelToolCalls, request.parallelToolCalls == false && !request.tools.isEmpty),
            (.endUser, request.endUser != nil), (.topK, request.topK != nil && !takesTopK),
            (.reasoning, thinking == .unsupported),
            (.serviceTier, serviceTier == nil && (request.serviceTier ?? "auto") != "auto"),
        ]
        unsupported = missing.filter(\.1).map(\.0)
    }

    private func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }

    private var takesTopK: Bool { model.family == .anthropic || model.family == .nova }

    /// Nil: Bedrock's own choice.
    private var serviceTier: String? {
        switch request.serviceTier {
        case "default", "flex", "priority", "reserved": request.serviceTier
        case nil, .some: nil
        }
    }

    private mutating func writeConversation() {
        json.openArray("messages")
        for turn in turns.turns {
            json.openObject()
            json.member("role", turn.isUser ? "user" : "assistant")
            ConverseBlock.write(turn.blocks, "content", into: &json)
            json.closeObject()
        }
        json.closeArray()
        if !turns.system.isEmpty { ConverseBlock.write(turns.system, "system", into: &json) }
    }

    private mutating func writeInference() {
        let stop = request.stop.filter { !$0.isEmpty }
        json.openObject("inferenceConfig")
        json.member("maxTokens", outputTokensMax)
        json.member("temperature", finite(request.temperature))
        json.member("topP", finite(request.topP))
        if !stop.isEmpty {
            json.openArray("stopSequences")
            for text in stop { json.string(text) }
            json.closeArray()
        }
        json.closeObject()
        // Claude says which sequence it was, where it is asked to.
        guard model.family == .anthropic, !stop.isEmpty else { return }
        json.openArray("additionalModelResponseFieldPaths")
        json.string("/stop_sequence")
        json.closeArray()
    }

    private mutating func writeTools() {
        // A conversation with calls in it is refused without tools, also where no more calls are wanted.
        let isOff = request.toolChoice == ToolChoice.none
        var tools = isOff && !turns.hasTools ? [] : request.tools
        if tools.isEmpty, turns.hasTools {
            tools = turns.calledTools.map { ChatTool(name: $0) }
            if tools.isEmpty { tools = [ChatTool(name: "unknown")] }
        }
        guard !tools.isEmpty else { return }
        json.openObject("toolConfig")
        json.openArray("tools")
        for tool in tools { write(tool) }
        json.closeArray()
        if !request.tools.isEmpty { writeToolChoice() }
        json.closeObject()
    }

    private mutating func write(_ tool: ChatTool) {
        json.openObject()
        json.openObject("toolSpec")
        json.member("name", tool.name)
        if let description = tool.description, !description.isEmpty { json.member("description", description) }
        json.openObject("inputSchema")
        json.member("json", raw: tool.parameters ?? #"{"type":"object","properties":{}}"#)
        json.closeObject()
        if tool.strict == true { json.member("strict", true) }
        json.closeObject()
        json.closeObject()
    }

    private mutating func writeToolChoice() {
        switch request.toolChoice {
        case nil, ToolChoice.none?: return
        case .automatic?, .required?, .tool?: json.openObject("toolChoice")
        }
        switch request.toolChoice {
        case .automatic?: json.member("auto", raw: "{}")
        case .required?: json.member("any", raw: "{}")
        case .tool(let name)?:
            json.openObject("tool")
            json.member("name", name)
            json.closeObject()
        case nil, ToolChoice.none?: break
        }
        json.closeObject()
    }

    private mutating func writeFormat() {
        guard case .schema(let name, let description, let schema, _) = request.format else { return }
        json.openObject("outputConfig")
        json.openObject("textFormat")
        json.member("type", "json_schema")
        json.openObject("structure")
        json.openObject("jsonSchema")
        json.member("name", name)
        json.member("description", description)
        // A text that holds the schema, not the schema.
        json.member("schema", schema)
        for _ in 0..<4 { json.closeObject() }
    }

    /// What Converse has no words of its own for, in the words of the model's maker.
    private mutating func writeAdditionalFields() {
        let topK = takesTopK ? request.topK : nil
        guard topK != nil || thinking.isSaid else { return }
        json.openObject("additionalModelRequestFields")
        if let topK {
            if model.family == .nova { json.openObject("inferenceConfig") }
            if model.family == .nova { json.member("topK", topK) } else { json.member("top_k", topK) }
            if model.family == .nova { json.closeObject() }
        }
        thinking.write(into: &json)
        json.closeObject()
    }
}
