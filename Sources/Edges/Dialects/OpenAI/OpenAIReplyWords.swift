import GatewayTypes
import JSON

/// Parts of replies in OpenAI's words, the same in streams and whole replies.
enum OpenAIReplyWords {
    static func finish(
        _ reason: FinishReason, hasCalls: Bool, hasRefused: Bool, isLegacy: Bool
    ) -> String {
        switch reason {
        case .toolCalls: isLegacy ? "function_call" : "tool_calls"
        case .length: "length"
        case .contentFilter: "content_filter"
        case .refusal: hasRefused ? "stop" : "content_filter"
        case .stop: hasCalls ? (isLegacy ? "function_call" : "tool_calls") : "stop"
        case .stopSequence, .pause, .error, .other: "stop"
        }
    }

    static func usage(_ usage: Usage, into builder: inout JSONBuilder) {
        let prompt = usage.inputTokens ?? 0
        let completion = usage.outputTokens ?? 0
        builder.openObject()
        builder.member("prompt_tokens", prompt)
        builder.member("completion_tokens", completion)
        builder.member("total_tokens", prompt + completion)
        builder.openObject("prompt_tokens_details")
        builder.member("cached_tokens", usage[.cacheRead] ?? 0)
        builder.member("cache_write_tokens", usage[.cacheWrite])
        builder.member("audio_tokens", usage[.audioInput] ?? 0)
        builder.member("image_tokens", usage[.image])
        builder.closeObject()
        builder.openObject("completion_tokens_details")
        builder.member("reasoning_tokens", usage[.reasoning] ?? 0)
        builder.member("audio_tokens", usage[.audioOutput] ?? 0)
        builder.closeObject()
        builder.closeObject()
    }

    /// The value of `logprobs`.
    static func logprobs(_ tokens: [TokenLogprob], into builder: inout JSONBuilder) {
        builder.openObject()
        builder.openArray("content")
        for token in tokens { logprob(token, isAlternative: false, into: &builder) }
        builder.closeArray()
        builder.nullMember("refusal")
        builder.closeObject()
    }

    private static func logprob(_ token: TokenLogprob, isAlternative: Bool, into builder: inout JSONBuilder) {
        builder.openObject()
        builder.member("token", token.token)
        // As OpenAI writes what is as good as impossible.
        builder.member("logprob", token.logprob.isFinite ? token.logprob : -9999)
        builder.openArray("bytes")
        for byte in token.bytes ?? Array(token.token.utf8) { builder.integer(Int64(byte)) }
        builder.closeArray()
        if !isAlternative {
            builder.openArray("top_logprobs")
            for other in token.alternatives { logprob(other, isAlternative: true, into: &builder) }
            builder.closeArray()
        }
        builder.closeObject()
    }

    /// An element of `reasoning_details`.
    static func detail(_ thought: Reasoning, index: Int, into builder: inout JSONBuilder) {
        builder.openObject()
        if let sealed = thought.sealed {
            builder.member("type", "reasoning.encrypted")
            builder.member("data", sealed.written(in: .openAI))
        } else {
            builder.member("type", "reasoning.text")
            builder.member("text", thought.text)
            builder.member("signature", thought.signature?.written(in: .openAI))
        }
        builder.member("index", Int64(index))
        builder.closeObject()
    }

    /// An element of `annotations`.
    static func annotation(_ citation: Citation, into builder: inout JSONBuilder) {
        builder.openObject()
        builder.member("type", "url_citation")
        builder.openObject("url_citation")
        builder.member("url", citation.url ?? "")
        builder.member("title", citation.title ?? "")
        builder.member("start_index", Int64(citation.start ?? 0))
        builder.member("end_index", Int64(citation.end ?? 0))
        builder.closeObject()
        builder.closeObject()
    }

    /// An element of `tool_calls`; `index` where it is a chunk's.
    static func call(_ call: ToolCall, index: Int? = nil, into builder: inout JSONBuilder) {
        builder.openObject()
        builder.member("index", index.map { Int64($0) })
        builder.member("id", call.id)
        builder.member("type", "function")
        builder.openObject("function")
        builder.member("name", call.name)
        builder.member("arguments", call.arguments)
        builder.closeObject()
        signature(of: call, into: &builder)
        builder.closeObject()
    }

    /// Members of a call that stand beside its `function`.
    static func signature(of call: ToolCall, into builder: inout JSONBuilder) {
        guard let signature = call.signature else { return }
        builder.openObject("extra_content")
        builder.openObject("google")
        builder.member("thought_signature", signature.written(in: .openAI))
        builder.closeObject()
        builder.closeObject()
    }

    /// An element of `images`.
    static func image(_ media: Media, into builder: inout JSONBuilder) {
        builder.openObject()
        builder.member("type", "image_url")
        builder.openObject("image_url")
        builder.member("url", OpenAIMedia.url(of: media) ?? "")
        builder.closeObject()
        builder.closeObject()
    }

    /// The base64 of a sound.
    static func data(of media: Media) -> String? {
        if case .base64(let text) = media.source { text } else { nil }
    }
}
