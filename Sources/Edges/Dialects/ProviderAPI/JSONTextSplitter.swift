import NIOCore

/// Finds JSON texts as they come: one after another, or the elements of one array. Long strings are cut short, so that
/// megabytes of base64 are neither held nor read again to learn what stands behind them.
struct JSONTextSplitter {
    /// No count, name or word of a reply is longer.
    static let stringBytesMax = 16 * 1024
    /// What is left of a longer text is passed over unread.
    static let textBytesMax = 16 * 1024 * 1024
    /// The longest escape: a surrogate pair.
    private static let escapeBytes = 12

    /// Objects and arrays that are open around a text: 1 inside an array.
    private let outerDepth: Int
    private var depth = 0
    private var inString = false
    private var isEscaped = false
    private var isDropping = false
    private var isTooLong = false
    private var stringBytes = 0
    private var sinceEscape = 0
    private var text = ByteBuffer()

    init(insideArray: Bool) { outerDepth = insideArray ? 1 : 0 }

    /// Whether what came so far has begun something that it has not ended.
    var isOpen: Bool { depth > 0 || inString }

    /// Hands on each text that is complete.
    mutating func read(_ bytes: UnsafeRawBufferPointer, _ found: (ByteBuffer) -> Void) {
        var runStart = 0
        for position in 0..<bytes.count {
            let byte = bytes[position]
            if inString {
                follow(byte, bytes, position, &runStart)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                inString = true
                stringBytes = 0
                sinceEscape = Self.escapeBytes
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == outerDepth { runStart = position }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                let closesText = depth == outerDepth + 1
                depth = max(depth - 1, 0)
                guard closesText else { continue }
                keep(bytes, runStart..<position + 1)
                if !isTooLong { found(text) }
                text = ByteBuffer()
                isTooLong = false
            default: break
            }
        }
        if depth > outerDepth, !isDropping { keep(bytes, runStart..<bytes.count) }
    }

    private mutating func follow(
        _ byte: UInt8, _ bytes: UnsafeRawBufferPointer, _ position: Int, _ runStart: inout Int
    ) {
        stringBytes += 1
        sinceEscape += 1
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
            sinceEscape = 0
        } else if byte == UInt8(ascii: "\"") {
            inString = false
            if isDropping {
                isDropping = false
                runStart = position
            }
        } else if stringBytes >= Self.stringBytesMax, !isDropping, depth > outerDepth, byte < 0x80,
            sinceEscape > Self.escapeBytes
        {
            // Neither inside an escape nor inside a character, so that what is kept stays a JSON string.
            keep(bytes, runStart..<position + 1)
            isDropping = true
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        guard !isTooLong else { return }
        text.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[range]))
        guard text.readableBytes > Self.textBytesMax else { return }
        isTooLong = true
        text = ByteBuffer()
    }
}
