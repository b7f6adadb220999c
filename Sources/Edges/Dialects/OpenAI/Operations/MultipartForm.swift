/// A `multipart/form-data` body (RFC 7578), cut into its parts by one strict scan.
///
/// Refuses what parsers disagree about, so that no second reader finds another model than Weir: bytes before the first
/// part, bare line feeds, a boundary inside a part, escapes in names, a part without a name.
struct MultipartForm {
    struct Part {
        let name: String
        /// Whether it is a file: it has a file name.
        let isFile: Bool
        /// Its value, in bytes from the body's start.
        let value: Range<Int>
    }

    /// What is wrong, as a sentence for the client.
    struct Problem: Error { let text: String }

    static let partsMax = 256
    static let headBytesMax = 8 * 1024
    static let boundaryBytesMax = 70

    private(set) var parts: [Part] = []
    let boundary: String

    /// Whether a content-type says that a body is such a form.
    static func isNamed(by contentType: String?) -> Bool {
        contentType.map { mediaType($0) == "multipart/form-data" } ?? false
    }

    private static func mediaType(_ contentType: String) -> String {
        let type = contentType.prefix { $0 != ";" }
        return String(type.filter { $0 != " " && $0 != "\t" }).lowercased()
    }

    init(_ bytes: UnsafeRawBufferPointer, contentType: String) throws(Problem) {
        boundary = try Self.boundary(in: contentType)
        let mark = Array("--\(boundary)".utf8)
        guard bytes.starts(with: mark) else {
            throw Problem(text: "The form must begin with its boundary, --\(boundary).")
        }
        let search = MarkSearch(Array("\r\n".utf8) + mark)
        var position = mark.count
        while !(try Self.isEnd(bytes, position)) {
            guard parts.count < Self.partsMax else {
                throw Problem(text: "The form has more than \(Self.partsMax) parts.")
            }
            position += 2
            let head = try PartHead(bytes, &position)
            guard let end = search.find(in: bytes, from: position) else {
                throw Problem(text: "The form's part \"\(head.name)\" has no end: no boundary follows it.")
            }
            guard end >= position else {
                throw Problem(
                    text: "The form's part \"\(head.name)\" has no line end between its head and the boundary.")
            }
            parts.append(Part(name: head.name, isFile: head.isFile, value: position..<end))
            position = end + mark.count + 2
        }
        guard bytes[(position + 2)...].allSatisfy({ $0 <= 0x20 }) else {
            throw Problem(text: "The form goes on behind its final boundary.")
        }
    }

    /// Whether the final boundary was read, or another part follows; nothing else may.
    private static func isEnd(_ bytes: UnsafeRawBufferPointer, _ position: Int) throws(Problem) -> Bool {
        if bytes[position...].starts(with: "--".utf8) { return true }
        if bytes[position...].starts(with: "\r\n".utf8) { return false }
        throw Problem(text: "A boundary of the form is followed neither by a line end nor by `--` (byte \(position)).")
    }

    // MARK: The boundary

    private static func boundary(in contentType: String) throws(Problem) -> String {
        var found: String?
        for (name, value) in try FieldParameters(contentType[...]).parameters where name == "boundary" {
            guard found == nil else { throw Problem(text: "The content-type names two boundaries.") }
            found = value
        }
        guard let found, !found.isEmpty else {
            throw Problem(text: "The content-type names no boundary: multipart/form-data; boundary=….")
        }
        guard found.utf8.count <= boundaryBytesMax, found.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F || $0 == 0x20 }),
            found.utf8.last != 0x20
        else { throw Problem(text: "The boundary must be at most \(boundaryBytesMax) visible characters.") }
        return found
    }
}

/// The head of one part: what it is called.
private struct PartHead {
    var name = ""
    var isFile = false

    /// Reads the lines up to the blank one, and goes behind it.
    init(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(MultipartForm.Problem) {
        let limit = min(bytes.count, position + MultipartForm.headBytesMax)
        var hasName = false
        while true {
            guard let end = bytes[position..<limit].firstIndex(of: 0x0A) else {
                throw MultipartForm.Problem(text: "A part of the form has a head without end or a too long one.")
            }
            guard end > position, bytes[end - 1] == 0x0D else {
                throw MultipartForm.Problem(text: "A line of the form ends without a carriage return (byte \(end)).")
            }
            let line = String(decoding: bytes[position..<end - 1], as: UTF8.self)
            position = end + 1
            if line.isEmpty { break }
            guard try read(line[...]) else { continue }
            guard !hasName else { throw MultipartForm.Problem(text: "A part of the form has two names.") }
            hasName = true
        }
        guard hasName else {
            throw MultipartForm.Problem(
                text: "A part of the form has no name (content-disposition: form-data; name=…).")
        }
    }

    /// Whether the line gave the name.
    private mutating func read(_ line: Substring) throws(MultipartForm.Problem) -> Bool {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex, line.first != " ", line.first != "\t"
        else {
            throw MultipartForm.Problem(text: "A part of the form has a line that is no field: \(line.prefix(80))")
        }
        let value = line[line.index(after: colon)...]
        switch line[..<colon].lowercased() {
        case "content-disposition": break
        case "content-transfer-encoding":
            let encoding = value.trimming.lowercased()
            guard encoding.isEmpty || ["7bit", "8bit", "binary"].contains(encoding) else {
                throw MultipartForm.Problem(
                    text: "A part of the form is encoded as \(encoding.prefix(40)); send its bytes.")
            }
            return false
        default: return false
        }
        let disposition = try FieldParameters(value)
        guard disposition.word == "form-data" else {
            throw MultipartForm.Problem(text: "A part of the form is not `form-data`.")
        }
        var found: String?
        for (key, text) in disposition.parameters {
            switch key {
            case "name":
                guard found == nil else { throw MultipartForm.Problem(text: "A part of the form has two names.") }
                found = text
            case "filename", "filename*": isFile = true
            default: break
            }
        }
        guard let found else { return false }
        name = found
        return true
    }
}

/// A field's value with parameters: `word; name="value"; other=value`.
private struct FieldParameters {
    let word: String
    private(set) var parameters: [(name: String, value: String)] = []

    init(_ text: Substring) throws(MultipartForm.Problem) {
        var rest = text
        word = rest.cut(before: ";").trimming.lowercased()
        while !rest.isEmpty {
            rest.unicodeScalars.removeFirst()
            rest = rest.drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty { break }
            let name = rest.cut(before: "=", ";").trimming.lowercased()
            guard rest.unicodeScalars.first == "=" else {
                throw MultipartForm.Problem(text: "The parameter \(name.prefix(40)) of a form has no value.")
            }
            rest.unicodeScalars.removeFirst()
            parameters.append((name, try Self.value(of: name, &rest)))
        }
    }

    private static func value(of name: String, _ rest: inout Substring) throws(MultipartForm.Problem) -> String {
        guard rest.unicodeScalars.first == "\"" else { return String(rest.cut(before: ";").trimming) }
        rest.unicodeScalars.removeFirst()
        // File names may hold escapes; what Weir goes by may not. By scalars: a mark that combines with a quote hides none.
        var value = String.UnicodeScalarView()
        while let character = rest.unicodeScalars.popFirst() {
            if character == "\"" {
                let gap = rest.cut(before: ";")
                guard gap.trimming.isEmpty else { break }
                return String(value)
            }
            if character == "\\", name != "filename" {
                throw MultipartForm.Problem(text: "Write the \(name.prefix(40)) of a form plainly, without escapes.")
            }
            value.append(character)
            if character == "\\", let escaped = rest.unicodeScalars.popFirst() { value.append(escaped) }
        }
        throw MultipartForm.Problem(text: "The parameter \(name.prefix(40)) of a form has a quote without its end.")
    }
}

extension Substring {
    fileprivate var trimming: Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }

    /// Takes what stands before the first of some marks, or all.
    fileprivate mutating func cut(before marks: Unicode.Scalar...) -> Substring {
        let end = unicodeScalars.firstIndex { marks.contains($0) } ?? endIndex
        defer { self = self[end...] }
        return self[..<end]
    }
}

/// Finds a mark in many bytes, looking at few of them (Horspool's search).
private struct MarkSearch {
    private let mark: [UInt8]
    private let steps: [Int]

    init(_ mark: [UInt8]) {
        self.mark = mark
        var steps = [Int](repeating: mark.count, count: 256)
        for (position, byte) in mark.dropLast().enumerated() { steps[Int(byte)] = mark.count - 1 - position }
        self.steps = steps
    }

    /// Where the mark begins. The line end that closes a part's head may be that of an empty part's boundary.
    func find(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start - 2
        while position + mark.count <= bytes.count {
            let last = bytes[position + mark.count - 1]
            if last == mark[mark.count - 1], (0..<mark.count).allSatisfy({ bytes[position + $0] == mark[$0] }) {
                return position
            }
            position += steps[Int(last)]
        }
        return nil
    }
}
