/// A message in the wire format of Protocol Buffers, read without knowing its type.
struct WireMessage {
    struct Malformed: Error {}

    private var numbers: [Int: [UInt64]] = [:]
    private var parts: [Int: [[UInt8]]] = [:]

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let key = try Self.varint(&rest)
            let field = Int(key >> 3)
            switch key & 7 {
            case 0: numbers[field, default: []].append(try Self.varint(&rest))
            case 1:
                guard rest.count >= 8 else { throw Malformed() }
                numbers[field, default: []].append(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
                rest = rest.dropFirst(8)
            case 2: parts[field, default: []].append(try Self.part(&rest))
            case _: throw Malformed()
            }
        }
    }

    /// Messages that stand one after the other, each after its length.
    static func delimited(_ bytes: [UInt8]) throws -> [WireMessage] {
        var rest = bytes[...]
        var all: [WireMessage] = []
        while !rest.isEmpty { all.append(try WireMessage(part(&rest))) }
        return all
    }

    func text(_ field: Int) -> String? { parts[field]?.first.map { String(decoding: $0, as: UTF8.self) } }
    func number(_ field: Int) -> UInt64? { numbers[field]?.first }
    func double(_ field: Int) -> Double? { number(field).map { Double(bitPattern: $0) } }
    func signed(_ field: Int) -> Int64? { number(field).map(Self.signed) }
    func messages(_ field: Int) throws -> [WireMessage] { try (parts[field] ?? []).map { try WireMessage($0) } }

    func packedSigned(_ field: Int) throws -> [Int64] {
        var rest = (parts[field]?.first ?? [])[...]
        var all: [Int64] = []
        while !rest.isEmpty { all.append(Self.signed(try Self.varint(&rest))) }
        return all
    }

    private static func signed(_ zigzag: UInt64) -> Int64 { Int64(bitPattern: zigzag >> 1) ^ -Int64(zigzag & 1) }

    private static func part(_ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        let count = Int(try varint(&rest))
        guard rest.count >= count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Malformed()
    }
}
