import NIOCore

/// Finds the messages in one direction of a WebSocket (RFC 6455 §5). It only looks: the bytes themselves pass unchanged.
/// The same pieces for every split of the bytes.
struct WebSocketReader {
    enum Sender { case client, server }

    enum Piece: Equatable {
        /// A whole text or binary message, unmasked.
        case message(ByteBuffer)
        /// The last frame of this direction; 1005 where it names no code (§7.1.5).
        case close(code: Int)
    }

    /// What makes the bytes no WebSocket; nothing can be read any more.
    struct Problem: Error, Equatable {
        let text: String
    }

    /// Bytes of a frame's payload, and of a whole message.
    static let messageBytesMax = 16 << 20
    private static let controlBytesMax = 125

    private enum Opcode: UInt8 { case continuation, text, binary, close = 8, ping, pong }

    private let sender: Sender
    private var head = ByteBuffer()
    private var opcode: Opcode?
    private var isFinal = false
    private var left = 0
    private var mask: UInt32 = 0
    private var message = ByteBuffer()
    private var isInsideMessage = false
    private var control = ByteBuffer()
    private(set) var isClosed = false

    init(from sender: Sender) { self.sender = sender }

    /// Whether another frame may begin here.
    var isBetweenFrames: Bool { opcode == nil && head.readableBytes == 0 }

    mutating func read(_ bytes: ByteBuffer, _ found: (Piece) -> Void) throws(Problem) {
        var bytes = bytes
        while !isClosed {
            if opcode == nil, try !readHead(&bytes) { return }
            guard let opcode else { return }
            let taken = min(left, bytes.readableBytes)
            if taken > 0, let slice = bytes.readSlice(length: taken) {
                let plain = unmasked(slice)
                switch opcode {
                case .continuation, .text, .binary:
                    if message.readableBytes == 0 { message = plain } else { message.writeImmutableBuffer(plain) }
                case .close, .ping, .pong: control.writeImmutableBuffer(plain)
                }
                left -= taken
            }
            guard left == 0 else { return }
            self.opcode = nil
            try end(opcode, found)
        }
    }

    // MARK: Heads

    /// Reads a frame's head as far as it has come; true once it is whole.
    private mutating func readHead(_ bytes: inout ByteBuffer) throws(Problem) -> Bool {
        while let missing = missingHeadBytes() {
            guard var part = bytes.readSlice(length: min(missing, bytes.readableBytes)), part.readableBytes > 0 else {
                return false
            }
            head.writeBuffer(&part)
            if head.readableBytes >= 2 { try checkStart() }
        }
        try takeLength()
        head.clear()
        return true
    }

    /// How many bytes the head lacks, as far as it tells; nil: none.
    private func missingHeadBytes() -> Int? {
        var length = 2
        if let second = head.getInteger(at: head.readerIndex + 1, as: UInt8.self) {
            switch second & 0x7F {
            case 126: length += 2
            case 127: length += 8
            default: break
            }
            if second & 0x80 != 0 { length += 4 }
        }
        return head.readableBytes < length ? length - head.readableBytes : nil
    }

    private func checkStart() throws(Problem) {
        guard let start = head.getInteger(at: head.readerIndex, as: UInt16.self) else { return }
        guard start & 0x7000 == 0 else { throw Problem(text: "a frame has reserved bits set") }
        guard let opcode = Opcode(rawValue: UInt8(start >> 8 & 0x0F)) else {
            throw Problem(text: "a frame has a reserved opcode")
        }
        guard (start & 0x80 != 0) == (sender == .client) else {
            throw Problem(text: sender == .client ? "a client's frame is not masked" : "a server's frame is masked")
        }
        switch opcode {
        case .continuation:
            guard isInsideMessage else { throw Problem(text: "a continuation follows no message") }
        case .text, .binary:
            guard !isInsideMessage else { throw Problem(text: "a message begins inside another") }
        case .close, .ping, .pong:
            guard start & 0x8000 != 0, start & 0x7F <= Self.controlBytesMax else {
                throw Problem(text: "a control frame is fragmented or too long")
            }
        }
    }

    private mutating func takeLength() throws(Problem) {
        guard let start = head.readInteger(as: UInt16.self) else { return }
        var length = UInt64(start & 0x7F)
        var isMinimal = true
        if length == 126 {
            length = UInt64(head.readInteger(as: UInt16.self) ?? 0)
            isMinimal = length > 125
        } else if length == 127 {
            length = head.readInteger(as: UInt64.self) ?? 0
            isMinimal = length > 0xFFFF
        }
        guard isMinimal else { throw Problem(text: "a frame writes its length longer than it is") }
        let held = start >> 8 & 0x0F < 8 ? message.readableBytes : 0
        guard length <= UInt64(Self.messageBytesMax - held) else {
            throw Problem(text: "a message is longer than \(Self.messageBytesMax) bytes")
        }
        mask = sender == .client ? head.readInteger(as: UInt32.self) ?? 0 : 0
        left = Int(length)
        isFinal = start & 0x8000 != 0
        opcode = Opcode(rawValue: UInt8(start >> 8 & 0x0F))
    }

    // MARK: Payloads

    private mutating func unmasked(_ slice: ByteBuffer) -> ByteBuffer {
        guard mask != 0 else { return slice }
        var plain = ByteBuffer()
        plain.reserveCapacity(slice.readableBytes)
        for byte in slice.readableBytesView {
            mask = mask << 8 | mask >> 24
            plain.writeInteger(byte ^ UInt8(truncatingIfNeeded: mask))
        }
        return plain
    }

    private mutating func end(_ opcode: Opcode, _ found: (Piece) -> Void) throws(Problem) {
        switch opcode {
        case .continuation, .text, .binary:
            isInsideMessage = !isFinal
            guard isFinal else { return }
            found(.message(message))
            message = ByteBuffer()
        case .close:
            guard control.readableBytes != 1 else { throw Problem(text: "a close frame holds half a code") }
            isClosed = true
            found(.close(code: control.readInteger(as: UInt16.self).map(Int.init) ?? 1005))
        case .ping, .pong: control = ByteBuffer()
        }
    }

    /// A close frame of a server's.
    static func closeFrame(code: UInt16, reason: StaticString) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(0x8800 | UInt16(min(reason.utf8CodeUnitCount, controlBytesMax - 2) + 2))
        frame.writeInteger(code)
        for position in 0..<min(reason.utf8CodeUnitCount, controlBytesMax - 2) {
            frame.writeInteger(reason.utf8Start[position])
        }
        return frame
    }
}
