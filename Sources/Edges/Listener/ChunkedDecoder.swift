import GatewayTypes
import NIOCore

/// Takes the chunked coding off a request's body (RFC 9112 §7.1); extensions and trailers are read and dropped.
struct ChunkedDecoder {
    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailers
        case done
    }

    private var state = State.size
    /// Bytes of size lines and trailers that one body may have.
    private static let lineBytesMax = 4096
    private var trailerBytes = 0

    /// Moves what is complete from `input` to `body`; true once the last chunk and its trailers were read.
    mutating func decode(_ input: inout ByteBuffer, into body: inout ByteBuffer, bytesMax: Int) throws(Failure) -> Bool
    {
        while true {
            switch state {
            case .size:
                guard let line = try Self.line(&input) else { return false }
                let size = try Self.size(of: line)
                guard body.readableBytes + size <= bytesMax else { throw Failure.bodyTooLarge(bytesMax) }
                state = size == 0 ? .trailers : .data(size)
            case .data(let left):
                let taken = min(left, input.readableBytes)
                guard taken > 0, var slice = input.readSlice(length: taken) else { return false }
                body.writeBuffer(&slice)
                state = left == taken ? .dataEnd : .data(left - taken)
            case .dataEnd:
                guard input.readableBytes >= 2 else { return false }
                guard input.readInteger(as: UInt16.self) == 0x0D0A else {
                    throw Failure(.badRequest, "A chunk is longer than its size says.")
                }
                state = .size
            case .trailers:
                guard let line = try Self.line(&input) else { return false }
                if line.readableBytes == 0 {
                    state = .done
                    return true
                }
                trailerBytes += line.readableBytes
                guard trailerBytes <= Self.lineBytesMax else {
                    throw Failure(.headTooLarge, "The trailers have more than \(Self.lineBytesMax) bytes.")
                }
            case .done:
                return true
            }
        }
    }

    /// The next line without its CRLF; nil until it is whole.
    private static func line(_ input: inout ByteBuffer) throws(Failure) -> ByteBuffer? {
        let view = input.readableBytesView
        guard let end = view.firstIndex(of: .lineFeed) else {
            guard view.count <= lineBytesMax else { throw Failure(.badRequest, "A chunk's size line is too long.") }
            return nil
        }
        let length = end - view.startIndex
        guard length > 0, view[end - 1] == .carriageReturn, length <= lineBytesMax else {
            throw Failure(.badRequest, "A chunk's size line does not end with CRLF.")
        }
        defer { input.moveReaderIndex(forwardBy: 2) }
        return input.readSlice(length: length - 1)
    }

    /// Hexadecimal digits, then nothing or an extension.
    private static func size(of line: ByteBuffer) throws(Failure) -> Int {
        var size = 0
        var digits = 0
        for byte in line.readableBytesView {
            if let digit = hexValue(byte) {
                size = size << 4 | digit
                digits += 1
                guard digits <= 12 else { throw Failure(.badRequest, "A chunk's size has more than 12 digits.") }
            } else if byte == UInt8(ascii: ";"), digits > 0, line.readableBytesView.allSatisfy(isVisible) {
                return size
            } else {
                throw Failure(.badRequest, "A chunk's size must be hexadecimal digits.")
            }
        }
        guard digits > 0 else { throw Failure(.badRequest, "A chunk has no size.") }
        return size
    }

    private static func isVisible(_ byte: UInt8) -> Bool { byte == .tab || (byte >= .space && byte < 0x7F) }

    private static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        case _: nil
        }
    }
}

extension Failure {
    static func bodyTooLarge(_ bytesMax: Int) -> Failure {
        Failure(.payloadTooLarge, "The body is larger than \(bytesMax) bytes; raise listen.body_bytes_max to allow it.")
    }
}
