/// A member of a request that the simulator knows, in any of the providers' spellings.
enum RequestWord: String, CaseIterable {
    case model, stream, dimensions, input, content, text, arguments, tools, name, messages, contents, prompt, system
    case instructions, thought, role, type, args, query, texts, documents, inputs, requests, body, include, size, n
    case includeUsage = "include_usage"
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
    case maxOutputTokens = "max_output_tokens"
    case maxOutputTokensCamel = "maxOutputTokens"
    case maxTokensCamel = "maxTokens"
    case numPredict = "num_predict"
    case encodingFormat = "encoding_format"
    case systemInstruction, functionCall, functionResponse, toolUse, toolResult, reasoningContent, toolConfig
    case outputDimensionality, inputText
    case outputDimension = "output_dimension"
    case topN = "top_n"
    case customID = "custom_id"
    case inputFileID = "input_file_id"
    case streamFormat = "stream_format"

    /// The words by their length in bytes.
    private static let byLength: [[(bytes: [UInt8], word: RequestWord)]] = {
        var table: [[(bytes: [UInt8], word: RequestWord)]] = []
        for word in allCases {
            let bytes = Array(word.rawValue.utf8)
            while table.count <= bytes.count { table.append([]) }
            table[bytes.count].append((bytes, word))
        }
        return table
    }()

    /// The word that these bytes spell.
    static func spelled(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> RequestWord? {
        guard range.count < byLength.count else { return nil }
        for candidate in byLength[range.count] {
            var offset = 0
            while offset < range.count, candidate.bytes[offset] == raw[range.lowerBound + offset] { offset += 1 }
            if offset == range.count { return candidate.word }
        }
        return nil
    }

    /// Whether what stands under it at the top of a request is conversation.
    var holdsConversation: Bool {
        switch self {
        case .messages, .contents, .content, .input, .prompt, .system, .systemInstruction, .instructions, .query,
            .texts, .documents, .inputs, .requests, .inputText, .body:
            true
        case .model, .stream, .dimensions, .text, .arguments, .tools, .name, .thought, .role, .type, .args, .include,
            .size, .n,
            .includeUsage, .maxTokens, .maxCompletionTokens, .maxOutputTokens, .maxOutputTokensCamel, .maxTokensCamel,
            .numPredict, .encodingFormat, .functionCall, .functionResponse, .toolUse, .toolResult, .reasoningContent,
            .toolConfig, .outputDimensionality, .outputDimension, .topN, .customID, .inputFileID, .streamFormat:
            false
        }
    }
}
