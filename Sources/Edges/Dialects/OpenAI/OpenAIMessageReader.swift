import GatewayTypes
import JSON

/// Reads the messages of a chat request into turns.
struct OpenAIMessageReader {
    private(set) var system: [ChatPart] = []
    private(set) var messages: [ChatMessage] = []
    private(set) var others: [String] = []
    /// Of the old function calls, which have no ids.
    private var functionCallCount = 0

    private static let known: Set<String> = [
        "role", "content", "refusal", "tool_calls", "tool_call_id", "function_call", "name", "reasoning",
        "reasoning_content", "reasoning_details", "annotations",
    ]

    mutating func read(_ message: JSONValue, _ place: String) throws(Failure) {
        guard message.isObject else { throw OpenAIChatReader.wrong(place, "an object") }
        for (key, value) in message.members where !value.isNull && !Self.known.contains(key) {
            others.append("\(place).\(key)")
        }
        let role = message["role"]?.string
        switch role {
        case "system", "developer":
            let parts = try content(message, place)
            if messages.isEmpty { system += parts } else { messages.append(ChatMessage(.system, parts)) }
            nameIsOther(message, place)
        case "user":
            messages.append(ChatMessage(.user, try content(message, place)))
            nameIsOther(message, place)
        case "assistant":
            messages.append(ChatMessage(.assistant, try assistant(message, place)))
            nameIsOther(message, place)
        case "tool":
            guard let id = message["tool_call_id"]?.string else {
                throw OpenAIChatReader.wrong(place + ".tool_call_id", "the id of a tool call")
            }
            try answer(message, id, place)
        case "function": try answer(message, "call_function_\(max(functionCallCount - 1, 0))", place)
        default:
            throw OpenAIChatReader.wrong(
                place + ".role", "`system`, `developer`, `user`, `assistant`, `tool` or `function`")
        }
    }

    /// The neutral form has no names of those who speak.
    private mutating func nameIsOther(_ message: JSONValue, _ place: String) {
        if message["name"] != nil { others.append(place + ".name") }
    }

    private mutating func answer(_ message: JSONValue, _ id: String, _ place: String) throws(Failure) {
        let result = ToolResult(callID: id, name: message["name"]?.string, parts: try content(message, place))
        messages.append(ChatMessage(.user, [.toolResult(result)]))
    }

    // MARK: Content

    private func content(_ message: JSONValue, _ place: String) throws(Failure) -> [ChatPart] {
        guard let content = message["content"] else { return [] }
        if let text = content.string { return [.text(text)] }
        guard content.isArray else { throw OpenAIChatReader.wrong(place + ".content", "a string or an array") }
        var parts: [ChatPart] = []
        for (position, part) in content.elements.enumerated() {
            parts += try Self.parts(of: part, "\(place).content[\(position)]")
        }
        return parts
    }

    private static func parts(of part: JSONValue, _ place: String) throws(Failure) -> [ChatPart] {
        if let text = part.string { return [.text(text)] }
        let read: ChatPart
        switch part["type"]?.string {
        case "text": read = .text(try text(part["text"], place + ".text"))
        case "refusal": read = .refusal(try text(part["refusal"], place + ".refusal"))
        case "image_url":
            guard let media = OpenAIMedia.image(part["image_url"]) else {
                throw OpenAIChatReader.wrong(place + ".image_url.url", "a URL")
            }
            read = .media(media)
        case "input_audio":
            let audio = part["input_audio"]
            let data = try text(audio?["data"] ?? audio, place + ".input_audio.data")
            let format = audio?["format"]?.string.map(OpenAIMedia.type(ofFormat:))
            read = .media(Media(.audio, .base64(data), mimeType: format))
        case "file": read = .media(try file(part["file"], place + ".file"))
        case "thinking":
            let texts = part["thinking"].map { $0.string ?? $0.elements.compactMap { $0["text"]?.string }.joined() }
            read = .reasoning(Reasoning(text: texts ?? ""))
        case .some, .none:
            throw OpenAIChatReader.wrong(
                place + ".type", "`text`, `image_url`, `input_audio`, `file` or `refusal`")
        }
        guard let mark = part["cache_control"], mark.isObject else { return [read] }
        return [read, .cacheMark(seconds: seconds(mark["ttl"]?.string))]
    }

    private static func seconds(_ word: String?) -> Int64? {
        switch word {
        case "5m": 300
        case "1h": 3600
        case .some, .none: nil
        }
    }

    private static func text(_ value: JSONValue?, _ place: String) throws(Failure) -> String {
        guard let text = value?.string else { throw OpenAIChatReader.wrong(place, "a string") }
        return text
    }

    private static func file(_ file: JSONValue?, _ place: String) throws(Failure) -> Media {
        let name = file?["filename"]?.string
        if let id = file?["file_id"]?.string { return Media(.file, .fileID(id), name: name) }
        let data = try text(file?["file_data"], place + ".file_data")
        if data.utf8.starts(with: "data:".utf8) || data.utf8.starts(with: "http".utf8) {
            let (source, type) = OpenAIMedia.source(ofURL: data)
            return Media(.file, source, mimeType: type, name: name)
        }
        let isPDF = name?.lowercased().hasSuffix(".pdf") ?? false
        return Media(.file, .base64(data), mimeType: isPDF ? "application/pdf" : nil, name: name)
    }

    // MARK: What the model said

    private mutating func assistant(_ message: JSONValue, _ place: String) throws(Failure) -> [ChatPart] {
        var parts = Self.thoughts(message)
        parts += try content(message, place).filter { $0 != .text("") }
        if let refusal = message["refusal"]?.string, !refusal.isEmpty { parts.append(.refusal(refusal)) }
        for (position, call) in (message["tool_calls"]?.elements ?? []).enumerated() {
            parts.append(.toolCall(try Self.call(call, "\(place).tool_calls[\(position)]")))
        }
        if let function = message["function_call"] {
            let id = "call_function_\(functionCallCount)"
            functionCallCount += 1
            parts.append(.toolCall(try Self.call(function, id, nil, place + ".function_call")))
        }
        return parts
    }

    private static func call(_ call: JSONValue, _ place: String) throws(Failure) -> ToolCall {
        guard let id = call["id"]?.string else { throw OpenAIChatReader.wrong(place + ".id", "a string") }
        guard let function = call["function"] else {
            throw OpenAIChatReader.wrong(place + ".function", "an object")
        }
        let signature = call["extra_content"]?["google"]?["thought_signature"]?.string
        return try Self.call(
            function, id, signature.map { Signature(written: $0, in: .openAI) }, place + ".function")
    }

    private static func call(
        _ function: JSONValue, _ id: String, _ signature: Signature?, _ place: String
    ) throws(Failure) -> ToolCall {
        let name = try text(function["name"], place + ".name")
        let written = function["arguments"]
        let arguments = written.map { $0.string ?? $0.raw } ?? ""
        return ToolCall(id: id, name: name, arguments: arguments.isEmpty ? "{}" : arguments, signature: signature)
    }

    /// With their proofs where the client kept them.
    private static func thoughts(_ message: JSONValue) -> [ChatPart] {
        var thoughts: [Reasoning] = []
        for detail in message["reasoning_details"]?.elements ?? [] {
            if let data = detail["data"]?.string {
                thoughts.append(Reasoning(text: "", sealed: Signature(written: data, in: .openAI)))
                continue
            }
            let text = detail["text"]?.string ?? detail["summary"]?.string ?? ""
            let signature = detail["signature"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            let proof = signature.map { Signature(written: $0, in: .openAI) }
            if !text.isEmpty || proof != nil { thoughts.append(Reasoning(text: text, signature: proof)) }
        }
        let plain = message["reasoning_content"]?.string ?? message["reasoning"]?.string ?? ""
        if !plain.isEmpty, thoughts.allSatisfy({ $0.text.isEmpty }) {
            // A client that joined the stream has the text here and the proof alone there.
            if let place = thoughts.firstIndex(where: { $0.signature != nil }) {
                thoughts[place].text = plain
            } else {
                thoughts.insert(Reasoning(text: plain), at: 0)
            }
        }
        return thoughts.map { .reasoning($0) }
    }
}
