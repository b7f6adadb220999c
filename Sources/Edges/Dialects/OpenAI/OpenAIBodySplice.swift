import GatewayTypes
import NIOCore

/// The client's body with only what must change for a target: the model's name, the wish for usage in a stream, and
/// the cap on output tokens that a budget needs.
struct OpenAIBodySplice {
    let body: ByteBuffer

    init(_ request: ModelRequest, _ target: Target, _ variant: OpenAIVariant, outputTokensMax: Int64?) {
        var splice = JSONSplice()
        if request.askedModel != target.servedModel.text {
            splice.replace(request.facts.modelRange, string: target.servedModel.text)
        }
        if Self.addsUsage(request, target) {
            let (range, text) = Self.usageEdit(request)
            splice.replace(range, json: text)
        }
        if let cap = outputTokensMax { Self.cap(request, variant, cap, &splice) }
        body = splice.apply(to: request.body)
    }

    /// Whether Weir asks for the usage that the client did not ask for.
    static func addsUsage(_ request: ModelRequest, _ target: Target) -> Bool {
        generatesText(request) && request.stream && target.injectsStreamUsage && !request.facts.includeUsage
    }

    /// Lowers what the client wrote, or writes a cap where it wrote none.
    private static func cap(
        _ request: ModelRequest, _ variant: OpenAIVariant, _ cap: Int64, _ splice: inout JSONSplice
    ) {
        let facts = request.facts
        guard generatesText(request), facts.outputTokensMax.map({ $0 > cap }) ?? true else { return }
        let written = [facts.maxTokensRange, facts.maxCompletionTokensRange].compactMap { $0 }
        for range in written { splice.replace(range, json: String(cap)) }
        guard written.isEmpty else { return }
        // OpenAI's newer chat models refuse `max_tokens`; most servers of the same shape know nothing else.
        let isNewer = request.operation == .chat && variant.capsCompletionTokens
        splice.insert(at: facts.objectStart, json: "\"\(isNewer ? "max_completion_tokens" : "max_tokens")\":\(cap),")
    }

    private static func generatesText(_ request: ModelRequest) -> Bool {
        request.operation == .chat || request.operation == .textCompletion
    }

    private static func usageEdit(_ request: ModelRequest) -> (Range<Int>, String) {
        let facts = request.facts
        if let range = facts.includeUsageRange { return (range, "true") }
        guard let options = facts.streamOptionsRange else {
            // The object has at least its `model`, hence the comma.
            return (facts.objectStart..<facts.objectStart, #""stream_options":{"include_usage":true},"#)
        }
        return request.body.withUnsafeReadableBytes { bytes in
            guard bytes[options.lowerBound] == UInt8(ascii: "{") else {
                return (options, #"{"include_usage":true}"#)
            }
            let inside = options.lowerBound + 1
            let isEmpty = bytes[inside..<options.upperBound - 1].allSatisfy { $0 <= 0x20 }
            return (inside..<inside, isEmpty ? #""include_usage":true"# : #""include_usage":true,"#)
        }
    }
}
