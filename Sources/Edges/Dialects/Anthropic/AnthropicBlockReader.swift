import GatewayTypes
import JSON

/// Reads the content of a system prompt, a turn or a tool's result: a string, or an array of blocks.
struct AnthropicBlockReader {
    /// Where the content stands in the request.
    let path: String
    /// What it holds that the neutral form has no place for.
    private(set) var others: [String] = []
    /// Proves the call behind it.
    private var callSignature: Signature?

    init(path: String) { self.path = path }

    mutating func read(_ content: JSONValue, keepsMarks: Bool = true) throws(Failure) -> [ChatPart] {
        if let text = content.string { return [.text(text)] }
        guard content.isArray else {
            throw Failure(.badRequest, "`\(path)` must be a string or an array of blocks.", param: path)
        }
        var parts: [ChatPart] = []
        for (index, block) in content.elements.enumerated() {
            parts += try read(block, at: "\(path)[\(index)]")
            if keepsMarks, let mark = AnthropicRequestReader.cacheMark(block) { parts.append(mark) }
        }
        return parts
    }

    private mutating func read(_ block: JSONValue, at place: String) throws(Failure) -> [ChatPart] {
        switch block["type"]?.string {
        case "text": return [.text(try Self.text(block, "text", place))]
        case "image": return [.media(try media(.image, block, place))]
        case "document": return try document(block, place)
        case "search_result":
            let heading = [block["title"]?.string, block["source"]?.string].compactMap { $0 }.joined(separator: "\n")
            return [.text(heading)] + (try inner(block["content"], place))
        case "tool_use":
            let arguments = block["input"]?.raw ?? "{}"
            defer { callSignature = nil }
            return [
                .toolCall(
                    ToolCall(
                        id: try Self.text(block, "id", place), name: try Self.text(block, "name", place),
                        arguments: arguments, signature: callSignature))
            ]
        case "tool_result":
            let id = try Self.text(block, "tool_use_id", place)
            let parts = try inner(block["content"], place)
            return [.toolResult(ToolResult(callID: id, parts: parts, isError: block["is_error"]?.bool ?? false))]
        case "thinking":
            let written = block["signature"]?.string ?? ""
            let signature = written.isEmpty ? nil : Signature(written: written, in: .anthropic)
            return [.reasoning(Reasoning(text: block["thinking"]?.string ?? "", signature: signature))]
        case "redacted_thinking":
            switch AnthropicSeal(data: try Self.text(block, "data", place)) {
            case .thought(let sealed): return [.reasoning(Reasoning(text: "", sealed: sealed))]
            case .call(let signature):
                callSignature = signature
                return []
            }
        default:
            // What Anthropic's own tools said, and what is newer than this list.
            others.append(place)
            return []
        }
    }

    private mutating func inner(_ content: JSONValue?, _ place: String) throws(Failure) -> [ChatPart] {
        guard let content else { return [] }
        var reader = AnthropicBlockReader(path: "\(place).content")
        let parts = try reader.read(content, keepsMarks: false)
        others += reader.others
        return parts
    }

    private static func text(_ block: JSONValue, _ key: StaticString, _ place: String) throws(Failure) -> String {
        guard let text = block[key]?.string else {
            throw Failure(.badRequest, "`\(place).\(key)` must be a string.", param: "\(place).\(key)")
        }
        return text
    }

    // MARK: Images and documents

    private func media(_ kind: Media.Kind, _ block: JSONValue, _ place: String) throws(Failure) -> Media {
        let source = block["source"]
        let mimeType = source?["media_type"]?.string
        let name = block["title"]?.string
        if let data = source?["data"]?.string { return Media(kind, .base64(data), mimeType: mimeType, name: name) }
        if let url = source?["url"]?.string { return Media(kind, .url(url), mimeType: mimeType, name: name) }
        if let id = source?["file_id"]?.string { return Media(kind, .fileID(id), mimeType: mimeType, name: name) }
        throw Failure(.badRequest, "`\(place).source` names no data, URL or file.", param: "\(place).source")
    }

    /// A document of text is text to every provider.
    private mutating func document(_ block: JSONValue, _ place: String) throws(Failure) -> [ChatPart] {
        if block["citations"]?["enabled"]?.bool == true { others.append("\(place).citations") }
        let heading = [block["title"]?.string, block["context"]?.string].compactMap { $0 }.map { ChatPart.text($0) }
        switch block["source"]?["type"]?.string {
        case "text": return heading + [.text(block["source"]?["data"]?.string ?? "")]
        case "content": return heading + (try inner(block["source"]?["content"], "\(place).source"))
        default:
            let context = block["context"]?.string.map { [ChatPart.text($0)] } ?? []
            return context + [.media(try media(.file, block, place))]
        }
    }
}
