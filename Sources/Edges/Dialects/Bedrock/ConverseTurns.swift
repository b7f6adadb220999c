import GatewayTypes
import JSON
import NIOCore

/// A conversation as Converse wants it: begun by the user, then each side in turn, and no blank text anywhere.
struct ConverseTurns {
    struct Turn: Equatable {
        let isUser: Bool
        var blocks: [ConverseBlock]
    }

    private let model: BedrockModel
    private var media = ConverseMedia()
    private(set) var system: [ConverseBlock] = []
    private(set) var turns: [Turn] = []
    /// The tools that the conversation has called, in the order of their first call.
    private(set) var calledTools: [String] = []
    /// Whether there is a call or a result, beside which tools must be declared.
    private(set) var hasTools = false

    init(_ request: ChatRequest, model: BedrockModel) throws(Failure) {
        self.model = model
        for (index, part) in request.system.enumerated() { try addSystem(part, "system[\(index)]") }
        for (index, message) in request.messages.enumerated() { try add(message, "messages[\(index)]") }
        // A conversation that the user does not begin is refused, and so is none at all.
        if turns.first?.isUser != true { turns.insert(Turn(isUser: true, blocks: [.text("Continue.")]), at: 0) }
    }

    private mutating func add(_ message: ChatMessage, _ param: String) throws(Failure) {
        for (index, part) in message.parts.enumerated() {
            let place = "\(param).content[\(index)]"
            switch message.role {
            // There is no place for an instruction in the middle.
            case .system: try addSystem(part, place)
            case .user: append(try block(part, place), isUser: true)
            case .assistant: append(try block(part, place), isUser: false)
            }
        }
    }

    private mutating func append(_ block: ConverseBlock?, isUser: Bool) {
        guard let block else { return }
        if turns.last?.isUser == isUser {
            turns[turns.count - 1].blocks.append(block)
        } else if case .cachePoint = block {
            // A mark with nothing before it in its turn.
            return
        } else {
            turns.append(Turn(isUser: isUser, blocks: [block]))
        }
    }

    private mutating func addSystem(_ part: ChatPart, _ param: String) throws(Failure) {
        switch part {
        case .text(let text), .refusal(let text):
            if !Self.isBlank(text) { system.append(.text(text)) }
        case .cacheMark(let seconds):
            if model.caches, !system.isEmpty { system.append(Self.cachePoint(seconds)) }
        case .media, .toolCall, .toolResult, .reasoning:
            throw Failure(.badRequest, "`\(param)`: Bedrock takes only text as an instruction.", param: param)
        }
    }

    /// Nil where there is nothing to be said.
    private mutating func block(_ part: ChatPart, _ param: String) throws(Failure) -> ConverseBlock? {
        switch part {
        case .text(let text), .refusal(let text): return Self.isBlank(text) ? nil : .text(text)
        case .media(let media): return try self.media.block(media, param)
        case .toolCall(let call):
            hasTools = true
            if !calledTools.contains(call.name) { calledTools.append(call.name) }
            return .call(id: Self.callID(call.id), name: call.name, input: try Self.input(call, param))
        case .toolResult(let result):
            hasTools = true
            var blocks: [ConverseBlock] = []
            for (index, inner) in result.parts.enumerated() {
                guard let block = try content(inner, "\(param).content[\(index)]") else { continue }
                blocks.append(block)
            }
            let isError = result.isError && model.knowsToolStatus
            return .result(id: Self.callID(result.callID), blocks, isError: isError)
        case .reasoning(let thought):
            if let sealed = thought.sealed?.text(for: .bedrock) { return .sealedThought(sealed) }
            // A thought without its own proof is refused.
            return thought.signature?.text(for: .bedrock).map { .thought(text: thought.text, signature: $0) }
        case .cacheMark(let seconds): return model.caches ? Self.cachePoint(seconds) : nil
        }
    }

    /// What may stand in a tool's result.
    private mutating func content(_ part: ChatPart, _ param: String) throws(Failure) -> ConverseBlock? {
        switch part {
        case .text, .refusal, .media: return try block(part, param)
        case .cacheMark: return nil
        case .toolCall, .toolResult, .reasoning:
            throw Failure(
                .badRequest, "`\(param)`: a tool's result on Bedrock is text, images and documents.", param: param)
        }
    }

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy { $0.isWhitespace } }

    private static func cachePoint(_ seconds: Int64?) -> ConverseBlock {
        .cachePoint(ttl: (seconds ?? 0) > 300 ? "1h" : nil)
    }

    /// A JSON object; no arguments at all are an empty one.
    private static func input(_ call: ToolCall, _ param: String) throws(Failure) -> String {
        if isBlank(call.arguments) { return "{}" }
        do throws(JSONProblem) {
            if try JSONDocument(ByteBuffer(string: call.arguments)).root.isObject { return call.arguments }
        } catch {
            // Said below.
        }
        throw Failure(
            .badRequest, "`\(param)`: the arguments of a tool call must be one JSON object.", param: param)
    }

    /// Bedrock lets an identifier have 64 letters, digits and `_.:-`; others become such, each in one way only.
    static func callID(_ id: String) -> String {
        let isFit = { (byte: UInt8) -> Bool in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !id.isEmpty, id.utf8.count <= 64, id.utf8.allSatisfy(isFit) { return id }
        // FNV-1a tells apart what the plain part does not.
        let hash = id.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let plain = String(decoding: id.utf8.filter(isFit).prefix(40), as: UTF8.self)
        return plain + "_" + String(hash, radix: 16)
    }
}
