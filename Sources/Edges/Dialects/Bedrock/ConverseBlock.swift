import JSON

/// A block of a Converse message's content, checked and ready to be written.
enum ConverseBlock: Equatable {
    enum Source: Equatable {
        /// Base64 text.
        case bytes(String)
        /// `s3://…`
        case s3(String)
    }

    case text(String)
    case image(format: String, Source)
    case document(format: String, name: String, Source)
    /// `input`: a JSON object.
    case call(id: String, name: String, input: String)
    case result(id: String, [ConverseBlock], isError: Bool)
    case thought(text: String, signature: String)
    case sealedThought(String)
    case cachePoint(ttl: String?)

    func write(into json: inout JSONBuilder) {
        json.openObject()
        switch self {
        case .text(let text): json.member("text", text)
        case .image(let format, let source):
            json.openObject("image")
            json.member("format", format)
            source.write(into: &json)
            json.closeObject()
        case .document(let format, let name, let source):
            json.openObject("document")
            json.member("format", format)
            json.member("name", name)
            source.write(into: &json)
            json.closeObject()
        case .call(let id, let name, let input):
            json.openObject("toolUse")
            json.member("toolUseId", id)
            json.member("name", name)
            json.member("input", raw: input)
            json.closeObject()
        case .result(let id, let blocks, let isError):
            json.openObject("toolResult")
            json.member("toolUseId", id)
            Self.write(blocks, "content", into: &json)
            if isError { json.member("status", "error") }
            json.closeObject()
        case .thought(let text, let signature):
            json.openObject("reasoningContent")
            json.openObject("reasoningText")
            json.member("text", text)
            json.member("signature", signature)
            json.closeObject()
            json.closeObject()
        case .sealedThought(let sealed):
            json.openObject("reasoningContent")
            json.member("redactedContent", sealed)
            json.closeObject()
        case .cachePoint(let ttl):
            json.openObject("cachePoint")
            json.member("type", "default")
            json.member("ttl", ttl)
            json.closeObject()
        }
        json.closeObject()
    }

    static func write(_ blocks: [ConverseBlock], _ key: StaticString, into json: inout JSONBuilder) {
        json.openArray(key)
        for block in blocks { block.write(into: &json) }
        json.closeArray()
    }
}

extension ConverseBlock.Source {
    fileprivate func write(into json: inout JSONBuilder) {
        json.openObject("source")
        switch self {
        case .bytes(let base64): json.member("bytes", base64)
        case .s3(let uri):
            json.openObject("s3Location")
            json.member("uri", uri)
            json.closeObject()
        }
        json.closeObject()
    }
}
