import GatewayTypes
import NIOCore

/// The client's body with only what must change for a target: the model's name, the wish for usage in a stream, and
/// the cap on output tokens that a budget needs.
struct OpenAIBodySplice {
    private struct Edit {
        let range: Range<Int>
        let text: String
        /// Whether the text is still to be written as a JSON string.
        let isString: Bool
    }

    let body: ByteBuffer

    init(_ request: ModelRequest, _ target: Target, outputTokensMax: Int64?) {
        var edits: [Edit] = []
        if request.askedModel != target.servedModel.text {
            edits.append(Edit(range: request.facts.modelRange, text: target.servedModel.text, isString: true))
        }
        if Self.addsUsage(request, target) {
            let (range, text) = Self.usageEdit(request)
            edits.append(Edit(range: range, text: text, isString: false))
        }
        if let cap = outputTokensMax { edits += Self.capEdits(request, target, cap) }
        guard !edits.isEmpty else {
            body = request.body
            return
        }
        edits.sort { $0.range.lowerBound < $1.range.lowerBound }
        body = Self.apply(edits, to: request.body)
    }

    /// Whether Weir asks for the usage that the client did not ask for.
    static func addsUsage(_ request: ModelRequest, _ target: Target) -> Bool {
        request.operation == .chat && request.stream && target.injectsStreamUsage && !request.facts.includeUsage
    }

    /// Lowers what the client wrote, or writes a cap where it wrote none.
    private static func capEdits(_ request: ModelRequest, _ target: Target, _ cap: Int64) -> [Edit] {
        let facts = request.facts
        guard request.operation == .chat, facts.outputTokensMax.map({ $0 > cap }) ?? true else { return [] }
        let written = [facts.maxTokensRange, facts.maxCompletionTokensRange].compactMap { $0 }
        if !written.isEmpty { return written.map { Edit(range: $0, text: String(cap), isString: false) } }
        let start = facts.objectStart..<facts.objectStart
        return [Edit(range: start, text: "\"\(capField(target))\":\(cap),", isString: false)]
    }

    /// OpenAI's newer models refuse `max_tokens`; most servers of the same shape know nothing else.
    private static func capField(_ target: Target) -> String {
        switch target.providerKind {
        case "openai", "azure.ai.openai": "max_completion_tokens"
        default: "max_tokens"
        }
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

    private static func apply(_ edits: [Edit], to body: ByteBuffer) -> ByteBuffer {
        let added = edits.reduce(0) { $0 + $1.text.utf8.count + 2 }
        var result = ByteBufferAllocator().buffer(capacity: body.readableBytes + added)
        body.withUnsafeReadableBytes { bytes in
            var position = 0
            for edit in edits {
                result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position..<edit.range.lowerBound]))
                if edit.isString { result.writeJSONString(edit.text) } else { result.writeString(edit.text) }
                position = edit.range.upperBound
            }
            result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        }
        return result
    }
}
