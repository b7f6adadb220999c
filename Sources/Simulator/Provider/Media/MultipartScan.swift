import NIOCore

/// The parts of a `multipart/form-data` body, found by the delimiter that its first line is.
struct MultipartScan {
    private(set) var fields: [String: String] = [:]
    /// Where the first part with a file's name lies.
    private(set) var file: Range<Int>?
    private(set) var filename = "file"

    init(_ body: ByteBuffer) {
        let bytes = body.readableBytesView
        guard let lineEnd = Self.find([13, 10], in: bytes, from: bytes.startIndex),
            bytes.prefix(2).elementsEqual("--".utf8)
        else { return }
        let delimiter = [13, 10] + Array(bytes[..<lineEnd])
        var start = lineEnd + 2
        while let end = Self.find(delimiter, in: bytes, from: start) {
            take(bytes, start..<end)
            start = end + delimiter.count + 2
            if start >= bytes.endIndex { return }
        }
    }

    private mutating func take(_ bytes: ByteBufferView, _ part: Range<Int>) {
        guard let headEnd = Self.find([13, 10, 13, 10], in: bytes[part], from: part.lowerBound) else { return }
        let head = String(decoding: bytes[part.lowerBound..<headEnd], as: UTF8.self)
        let content = headEnd + 4..<part.upperBound
        guard let name = Self.parameter("name", of: head) else { return }
        if let filename = Self.parameter("filename", of: head) {
            if file == nil {
                file = content.lowerBound - bytes.startIndex..<content.upperBound - bytes.startIndex
                self.filename = filename
            }
        } else {
            fields[name] = String(decoding: bytes[content], as: UTF8.self)
        }
    }

    private static func parameter(_ name: String, of head: String) -> String? {
        for piece in head.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let pair = piece.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0].trimming(" ") == name { return pair[1].trimming(" \"") }
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in bytes: ByteBufferView, from start: Int) -> Int? {
        var position = start
        while position + pattern.count <= bytes.endIndex {
            if bytes[position] == pattern[0], bytes[position..<position + pattern.count].elementsEqual(pattern) {
                return position
            }
            position += 1
        }
        return nil
    }
}
