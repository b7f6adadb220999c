import CCurl
import GatewayTypes

/// The fields of one attempt as libcurl's linked list, chained in front of an endpoint's prebuilt one.
///
/// Nodes and text lie in one block that the next attempt uses again, so that a request costs no allocation here.
struct FieldChain: ~Copyable {
    private var block: UnsafeMutableRawPointer
    private var capacity: Int

    init() {
        capacity = 1024
        block = .allocate(byteCount: capacity, alignment: MemoryLayout<curl_slist>.alignment)
    }

    deinit { block.deallocate() }

    /// The list of `fields` followed by `tail`; valid until the next call. Throws when a field would break the framing.
    mutating func build(
        _ fields: [ReplyField], before tail: UnsafeMutablePointer<curl_slist>?
    ) throws(Failure) -> UnsafeMutablePointer<curl_slist>? {
        var size = fields.count * MemoryLayout<curl_slist>.stride
        for field in fields { size += field.name.utf8.count + field.value.utf8.count + 3 }
        if size > capacity { grow(to: size) }

        let nodes = block.bindMemory(to: curl_slist.self, capacity: fields.count)
        var text = (block + fields.count * MemoryLayout<curl_slist>.stride).assumingMemoryBound(to: CChar.self)
        var count = 0
        for field in fields where !Self.belongsToEngine(field.name) {
            let start = text
            text = try Self.write(field.name, to: text)
            text[0] = CChar(bitPattern: UInt8(ascii: field.value.isEmpty ? ";" : ":"))
            text += 1
            if !field.value.isEmpty {
                text[0] = CChar(bitPattern: UInt8(ascii: " "))
                text = try Self.write(field.value, to: text + 1)
            }
            text[0] = 0
            text += 1
            (nodes + count).initialize(to: curl_slist(data: start, next: nil))
            if count > 0 { nodes[count - 1].next = nodes + count }
            count += 1
        }
        guard count > 0 else { return tail }
        nodes[count - 1].next = tail
        return nodes
    }

    private mutating func grow(to size: Int) {
        block.deallocate()
        capacity = max(size, capacity * 2)
        block = .allocate(byteCount: capacity, alignment: MemoryLayout<curl_slist>.alignment)
    }

    private static func write(
        _ string: String, to text: UnsafeMutablePointer<CChar>
    ) throws(Failure) -> UnsafeMutablePointer<CChar> {
        var end = text
        for byte in string.utf8 {
            if byte == 0 || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
                throw Failure(.internalError, "A header field for the upstream holds a line break or a zero byte.")
            }
            end[0] = CChar(bitPattern: byte)
            end += 1
        }
        return end
    }

    /// Framing, connection and content coding are the engine's own affair: it frames the body it was given and decodes
    /// what comes back.
    private static func belongsToEngine(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: same(name, "host")
        case 6: same(name, "expect")
        case 10: same(name, "connection")
        case 14: same(name, "content-length")
        case 15: same(name, "accept-encoding")
        case 17: same(name, "transfer-encoding")
        default: false
        }
    }

    private static func same(_ name: String, _ lower: StaticString) -> Bool {
        var position = 0
        for byte in name.utf8 {
            if (byte | 0x20) != (lower.utf8Start[position] | 0x20) { return false }
            position += 1
        }
        return true
    }
}
