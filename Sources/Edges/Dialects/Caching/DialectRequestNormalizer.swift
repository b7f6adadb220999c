public import GatewayTypes
import JSON
import NIOCore

/// Writes the body of a request as JSON with sorted keys, plain numbers and no space, whatever its dialect.
public struct DialectRequestNormalizer: RequestNormalizer {
    public init() {}

    public func normalized(_ request: ModelRequest, without question: String?) -> [UInt8]? {
        guard request.facts.contentType == nil else { return nil }
        do {
            // A key that stands twice is read in this way by one and in that by another.
            var writer = NormalizedJSON(question: question)
            try writer.writeBody(JSONDocument(request.body, strict: true).root)
            if question != nil, !writer.leavesOut { return nil }
            return writer.bytes
        } catch {
            return nil
        }
    }
}

/// JSON that is the same for values that are the same.
struct NormalizedJSON {
    /// Members of a request, of all dialects, that say nothing to the model.
    private static let silent: Set<String> = [
        "model", "stream", "stream_options", "user", "metadata", "safety_identifier", "prompt_cache_key",
        "prompt_cache_retention", "store", "service_tier", "serviceTier", "labels",
    ]
    /// Members that hold the conversation.
    private static let spoken: Set<String> = ["messages", "input", "contents", "prompt"]

    private(set) var bytes: [UInt8] = []
    /// Where the question stood last, in the part of the conversation.
    private var questionRange: Range<Int>?
    private let question: String?
    private var isSpoken = false

    init(question: String? = nil) { self.question = question }

    /// Whether the question was found, and left out.
    private(set) var leavesOut = false

    mutating func writeBody(_ root: JSONValue) {
        let members = root.members.filter { !Self.silent.contains($0.key) && !$0.value.isNull }
        write(members) { $0.isSpoken = Self.spoken.contains($1) }
        guard let questionRange else { return }
        leavesOut = true
        // No text in quotation marks can be this.
        bytes.replaceSubrange(questionRange, with: "?".utf8)
    }

    private mutating func write(
        _ members: [(key: String, value: JSONValue)], before: (inout NormalizedJSON, String) -> Void = { _, _ in }
    ) {
        bytes.append(UInt8(ascii: "{"))
        for (position, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            before(&self, member.key)
            write(string: member.key)
            bytes.append(UInt8(ascii: ":"))
            write(member.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ value: JSONValue) {
        if value.isObject { return write(value.members) }
        if value.isArray {
            bytes.append(UInt8(ascii: "["))
            for (position, element) in value.elements.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
            return
        }
        if let text = value.string {
            let start = bytes.count
            write(string: text)
            if isSpoken, text == question { questionRange = start..<bytes.count }
            return
        }
        bytes += Self.scalar(value).utf8
    }

    /// `1.0`, `1` and `1e0` are one number.
    private static func scalar(_ value: JSONValue) -> String {
        if let integer = value.integer { return "\(integer)" }
        // A whole number that is too large stays as it is written: rounded, it would be its neighbour's.
        if value.isNumber, value.raw.contains(where: { $0 == "." || $0 == "e" || $0 == "E" }),
            let number = value.double,
            number.isFinite
        {
            return "\(number)"
        }
        return value.raw
    }

    private mutating func write(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
