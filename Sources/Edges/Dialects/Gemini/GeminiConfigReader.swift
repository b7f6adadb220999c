import GatewayTypes
import JSON

/// Reads a `generationConfig`.
struct GeminiConfigReader {
    private var members: GeminiMembers

    init(_ config: JSONValue?) { members = GeminiMembers(config) }

    mutating func read(into chat: inout ChatRequest) {
        chat.outputTokensMax = members.take("maxOutputTokens")?.googleInteger
        chat.temperature = members.take("temperature")?.googleDouble
        chat.topP = members.take("topP")?.googleDouble
        chat.topK = members.take("topK")?.googleInteger
        chat.stop = members.take("stopSequences")?.elements.compactMap(\.string) ?? []
        chat.choiceCount = members.take("candidateCount")?.googleInteger ?? 1
        chat.seed = members.take("seed")?.googleInteger
        chat.presencePenalty = members.take("presencePenalty")?.googleDouble
        chat.frequencyPenalty = members.take("frequencyPenalty")?.googleDouble
        chat.logprobs = members.take("responseLogprobs")?.bool ?? false
        chat.topLogprobs = members.take("logprobs")?.googleInteger
        readFormat(&chat)
        readThinking(&chat)
        // Text alone is what every model gives.
        if let modalities = members.take("responseModalities"),
            modalities.elements.contains(where: { $0.string?.uppercased() != "TEXT" })
        {
            chat.others.append("generationConfig.responseModalities")
        }
        chat.others += members.others.map { "generationConfig.\($0)" }
    }

    private mutating func readFormat(_ chat: inout ChatRequest) {
        let type = members.take("responseMimeType")?.string
        let plain = members.take("responseSchema").map(GeminiSchema.jsonSchema)
        let schema = members.take("responseJsonSchema")?.compact ?? plain
        switch type {
        case nil, "", "text/plain": break
        case "application/json":
            chat.format =
                schema.map { .schema(name: "response", description: nil, schema: $0, strict: nil) } ?? .json
        default: chat.others.append("generationConfig.responseMimeType")
        }
    }

    private mutating func readThinking(_ chat: inout ChatRequest) {
        guard let value = members.take("thinkingConfig") else { return }
        var config = GeminiMembers(value)
        var wish = ReasoningWish(shows: config.take("includeThoughts")?.bool)
        // −1 leaves it to the model, as saying nothing does.
        if let budget = config.take("thinkingBudget")?.googleInteger, budget >= 0 {
            wish.tokensMax = budget
            if budget == 0 { wish.effort = ReasoningWish.Effort.none }
        }
        if let level = config.take("thinkingLevel")?.string?.lowercased(), level != "thinking_level_unspecified" {
            wish.effort = ReasoningWish.Effort(rawValue: level)
        }
        if wish != ReasoningWish() { chat.reasoning = wish }
        chat.others += config.others.map { "generationConfig.thinkingConfig.\($0)" }
    }
}
