import GatewayTypes
import JSON

/// Google's words for why a candidate ended.
enum GeminiFinish {
    /// Nil where the candidate has not ended. Old replies have the enum's number.
    static func word(_ value: JSONValue?) -> String? {
        if let number = value?.integer { return number == 0 ? nil : String(number) }
        guard let word = value?.string, !word.isEmpty, word != "FINISH_REASON_UNSPECIFIED" else { return nil }
        return word
    }

    static func reason(_ word: String, calledTools: Bool) -> FinishReason {
        switch word {
        case "STOP", "1": calledTools ? .toolCalls : .stop
        case "MAX_TOKENS", "2": .length
        case "SAFETY", "3", "RECITATION", "4", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
            "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "6", "7", "8":
            .contentFilter
        case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
            "MALFORMED_RESPONSE":
            .error
        default: .other
        }
    }

    /// The word for a client of this dialect.
    static func word(for reason: FinishReason) -> String {
        switch reason {
        case .stop, .stopSequence, .toolCalls: "STOP"
        case .length: "MAX_TOKENS"
        case .contentFilter, .refusal: "SAFETY"
        case .error: "MALFORMED_RESPONSE"
        case .pause, .other: "OTHER"
        }
    }
}
