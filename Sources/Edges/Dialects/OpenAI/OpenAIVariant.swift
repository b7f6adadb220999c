import GatewayTypes

/// In what a provider of OpenAI's API differs from OpenAI, where Weir writes the body itself.
public struct OpenAIVariant: Sendable {
    /// How the wish for thought is said.
    enum ReasoningWishes: Sendable {
        /// `reasoning_effort`.
        case effort
        /// `reasoning: {effort | max_tokens, exclude}`.
        case object
        /// `thinking: {type: enabled | disabled}`.
        case thinking
        case unsaid
    }

    /// How earlier thoughts are given back.
    enum Thoughts: Sendable {
        /// As a member of the assistant's message.
        case reasoningContent, reasoning
        /// With proofs, as a list beside the text.
        case details
        /// As parts of the content.
        case parts
        case unsaid
    }

    enum Formats: Sendable { case all, objectOnly, schemaOnly }

    /// Whether the cap on output tokens is `max_completion_tokens`, as OpenAI's newer models want it.
    var capsCompletionTokens = false
    /// `seed`, or Mistral's own word.
    var namesSeedRandom = false
    /// Whether instructions have the role `developer`; else `system`.
    var instructsAsDeveloper = false
    /// Whether ids of tool calls must be nine letters and digits.
    var wantsNineCharacterIDs = false
    /// Whether `any` is the word for a tool that must be called; else `required`.
    var requiresToolsByAny = false
    /// Whether `stream_options` is known.
    var takesStreamOptions = true
    /// Whether the content of a message may be a list of text parts.
    var takesTextParts = true
    /// Whether text parts may carry `cache_control`.
    var takesCacheMarks = false
    /// Whether a tool call may carry Google's `thought_signature`.
    var takesCallSignatures = false
    var reasoningWishes = ReasoningWishes.effort
    var thoughts = Thoughts.unsaid
    var formats = Formats.all
    /// What a user's message may hold beside text.
    var media: Set<Media.Kind> = [.image, .audio, .file]
    /// Whether documents are said as `document_url`, and sound as bare base64.
    var namesDocumentsByURL = false
    /// Fields that it has no word for.
    var lacks: Set<ChatField> = [.topK, .embeddingPurpose]
    /// Whether vectors are asked for in Voyage's words.
    var asksVectorsAsVoyage = false
    /// Whether the size of vectors is `output_dimension`.
    var namesDimensionsOutput = false
    var usageRule = OpenAIUsageRule.standard

    /// By `gen_ai.provider.name`, or the names that people give such providers; others count as `generic`.
    public init(providerKind: String) {
        self = Self.byWord[Self.word(of: providerKind)] ?? .generic
    }

    /// Its ASCII letters and digits, in lower case. Asked for every request, so it reads bytes and not characters.
    private static func word(of providerKind: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(providerKind.utf8.count)
        for byte in providerKind.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): bytes.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte | 0x20)
            case _: continue
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let byWord: [String: OpenAIVariant] = [
        "openai": .openai, "azure": .azure, "azureaiopenai": .azure, "azureaiinference": .azure,
        "azopenai": .azure, "mistral": .mistral, "mistralai": .mistral, "groq": .groq, "deepseek": .deepseek,
        "openrouter": .openRouter, "together": .together, "togetherai": .together, "xai": .xAI,
        "perplexity": .perplexity, "cerebras": .cerebras, "fireworks": .fireworks, "fireworksai": .fireworks,
        "huggingface": .huggingFace, "vllm": .vllm, "ollama": .ollama, "llamacpp": .llamaCpp, "litellm": .liteLLM,
        "gemini": .gemini, "gcpgemini": .gemini, "vertexai": .gemini, "gcpvertexai": .gemini, "gcpgenai": .gemini,
        "voyage": .voyage, "voyageai": .voyage,
    ]

    private init(_ change: (inout OpenAIVariant) -> Void) { change(&self) }

    /// What any server of the API understands.
    public static let generic = OpenAIVariant { _ in }
}

extension OpenAIVariant {
    public static let openai = OpenAIVariant {
        $0.capsCompletionTokens = true
        $0.instructsAsDeveloper = true
    }

    public static let azure = OpenAIVariant { $0.capsCompletionTokens = true }

    public static let mistral = OpenAIVariant {
        $0.namesSeedRandom = true
        $0.wantsNineCharacterIDs = true
        $0.requiresToolsByAny = true
        $0.takesStreamOptions = false
        $0.thoughts = .parts
        $0.namesDocumentsByURL = true
        $0.namesDimensionsOutput = true
        $0.lacks.formUnion([.logprobs, .topLogprobs, .endUser, .serviceTier])
        $0.usageRule = .inputWithoutAudio
    }

    public static let groq = OpenAIVariant {
        $0.thoughts = .reasoning
        $0.media = [.image]
        $0.lacks.formUnion([.choiceCount, .logprobs, .topLogprobs, .presencePenalty, .frequencyPenalty])
    }

    public static let deepseek = OpenAIVariant {
        $0.takesTextParts = false
        $0.reasoningWishes = .thinking
        $0.thoughts = .reasoningContent
        $0.formats = .objectOnly
        $0.media = []
        $0.lacks.formUnion([.choiceCount, .seed, .parallelToolCalls, .endUser, .serviceTier])
    }

    public static let openRouter = OpenAIVariant {
        $0.takesCacheMarks = true
        $0.reasoningWishes = .object
        $0.thoughts = .details
        $0.lacks = [.choiceCount, .embeddingPurpose]
    }

    public static let together = OpenAIVariant {
        $0.thoughts = .reasoning
        $0.media = [.image]
        $0.lacks = [.parallelToolCalls, .endUser, .serviceTier, .embeddingPurpose]
    }

    public static let xAI = OpenAIVariant {
        $0.thoughts = .reasoningContent
        $0.media = [.image]
        $0.lacks.insert(.serviceTier)
        $0.usageRule = .outputWithoutReasoning
    }

    public static let perplexity = OpenAIVariant {
        $0.takesStreamOptions = false
        $0.formats = .schemaOnly
        $0.media = [.image]
        $0.lacks = [
            .stop, .choiceCount, .seed, .logprobs, .topLogprobs, .toolChoice, .parallelToolCalls, .endUser,
            .serviceTier, .embeddingPurpose,
        ]
    }

    public static let cerebras = OpenAIVariant {
        $0.takesTextParts = false
        $0.thoughts = .reasoning
        $0.media = []
        $0.lacks.formUnion([.choiceCount, .presencePenalty, .frequencyPenalty])
    }

    public static let fireworks = OpenAIVariant {
        $0.thoughts = .reasoningContent
        $0.media = [.image]
        $0.lacks = [.embeddingPurpose]
    }

    public static let huggingFace = OpenAIVariant {
        $0.media = [.image]
        $0.lacks.formUnion([.parallelToolCalls, .endUser, .serviceTier])
    }

    public static let vllm = OpenAIVariant {
        $0.thoughts = .reasoning
        $0.media = [.image, .audio]
        $0.lacks = [.serviceTier, .embeddingPurpose]
    }

    public static let ollama = OpenAIVariant {
        $0.thoughts = .reasoning
        $0.media = [.image]
        $0.lacks.formUnion([.choiceCount, .toolChoice, .parallelToolCalls, .endUser, .serviceTier])
    }

    public static let llamaCpp = OpenAIVariant {
        $0.thoughts = .reasoningContent
        $0.media = [.image, .audio]
        $0.reasoningWishes = .unsaid
        $0.lacks = [.endUser, .serviceTier, .embeddingPurpose]
    }

    public static let liteLLM = OpenAIVariant {
        $0.takesCacheMarks = true
        $0.thoughts = .reasoningContent
        $0.lacks = [.embeddingPurpose]
    }

    /// Gemini by its front of OpenAI's shape.
    public static let gemini = OpenAIVariant {
        $0.takesCallSignatures = true
        $0.media = [.image, .audio]
        $0.lacks.formUnion([
            .seed, .presencePenalty, .frequencyPenalty, .logprobs, .topLogprobs, .parallelToolCalls, .endUser,
            .serviceTier,
        ])
        $0.usageRule = .outputWithoutReasoning
    }

    public static let voyage = OpenAIVariant {
        $0.asksVectorsAsVoyage = true
        $0.namesDimensionsOutput = true
        $0.lacks = [.endUser]
    }
}
