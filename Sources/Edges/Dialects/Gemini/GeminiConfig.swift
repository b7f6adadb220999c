import GatewayTypes
import JSON
import NIOCore

/// Writes a `generationConfig` from the neutral form.
struct GeminiConfig {
    static let stopsMax = 5
    static let logprobsMax: Int64 = 20

    private let chat: ChatRequest
    private let model: String
    private(set) var unsupported: [ChatField] = []

    init(_ chat: ChatRequest, model: String) {
        self.chat = chat
        self.model = model
    }

    mutating func write(outputTokensMax: Int64?, to json: inout JSONBuilder) {
        json.openObject("generationConfig")
        let caps = [chat.outputTokensMax, outputTokensMax].compactMap { $0 }
        json.member("maxOutputTokens", caps.min())
        json.member("temperature", chat.temperature)
        json.member("topP", chat.topP)
        json.member("topK", chat.topK)
        if chat.stop.count > Self.stopsMax {
            unsupported.append(.stop)
        } else if !chat.stop.isEmpty {
            json.openArray("stopSequences")
            for stop in chat.stop { json.string(stop) }
            json.closeArray()
        }
        if chat.choiceCount != 1 { json.member("candidateCount", chat.choiceCount) }
        if let seed = chat.seed {
            if Int32(exactly: seed) == nil { unsupported.append(.seed) } else { json.member("seed", seed) }
        }
        json.member("presencePenalty", chat.presencePenalty)
        json.member("frequencyPenalty", chat.frequencyPenalty)
        if chat.logprobs { json.member("responseLogprobs", true) }
        if let count = chat.topLogprobs {
            if count > Self.logprobsMax { unsupported.append(.topLogprobs) } else { json.member("logprobs", count) }
        }
        writeFormat(to: &json)
        writeThinking(to: &json)
        json.closeObject()
    }

    private func writeFormat(to json: inout JSONBuilder) {
        switch chat.format {
        case .text: break
        case .json: json.member("responseMimeType", "application/json")
        case .schema(_, _, let schema, _):
            json.member("responseMimeType", "application/json")
            json.member("responseJsonSchema", raw: schema)
        }
    }

    // MARK: Thinking

    private enum Thinking {
        case none
        case budget(Int64)
        case level(String)
        /// As the model does of itself.
        case own
        case impossible
    }

    private mutating func writeThinking(to json: inout JSONBuilder) {
        guard let wish = chat.reasoning else { return }
        let thinking = thinking(wish)
        if case .impossible = thinking { return unsupported.append(.reasoning) }
        if case .none = thinking { return }
        if case .own = thinking, wish.shows == nil { return }
        json.openObject("thinkingConfig")
        switch thinking {
        case .budget(let tokens): json.member("thinkingBudget", tokens)
        case .level(let level): json.member("thinkingLevel", level)
        case .none, .own, .impossible: break
        }
        json.member("includeThoughts", wish.shows)
        json.closeObject()
    }

    /// Models think at levels since the third generation, and within budgets before; the first two do not think.
    private func thinking(_ wish: ReasoningWish) -> Thinking {
        let isOff = wish.effort == ReasoningWish.Effort.none || wish.tokensMax == 0
        let isThird = GeminiModelName.isThirdOrLater(model)
        let thinks = isThird || model.contains("gemini-2.5")
        guard thinks else { return isOff ? .none : .impossible }
        if isOff { return isThird || model.contains("2.5-pro") ? .impossible : .budget(0) }
        if isThird {
            if let effort = wish.effort { return .level(Self.level(effort, model)) }
            return wish.tokensMax.map { .budget($0) } ?? .own
        }
        if let tokens = wish.tokensMax { return .budget(tokens) }
        return wish.effort.map { .budget(Self.budget($0)) } ?? .own
    }

    /// The large models begin at `low`.
    private static func level(_ effort: ReasoningWish.Effort, _ model: String) -> String {
        switch effort {
        case .none, .minimal: model.contains("pro") ? "low" : "minimal"
        case .low: "low"
        case .medium: "medium"
        case .high, .xhigh, .max: "high"
        }
    }

    /// As Google's own front in OpenAI's shape has them.
    private static func budget(_ effort: ReasoningWish.Effort) -> Int64 {
        switch effort {
        case .none: 0
        case .minimal, .low: 1024
        case .medium: 8192
        case .high, .xhigh, .max: 24_576
        }
    }
}
