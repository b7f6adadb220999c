import NIOCore

/// Writes a JSON text from its beginning to its end; the commas come by themselves.
struct JSONBuilder {
    private(set) var bytes: ByteBuffer
    private var needsComma = false

    init(_ bytes: ByteBuffer = ByteBuffer()) { self.bytes = bytes }

    // MARK: Structure

    mutating func openObject() { open("{") }
    mutating func closeObject() { close("}") }
    mutating func openArray() { open("[") }
    mutating func closeArray() { close("]") }

    mutating func key(_ key: StaticString) {
        separate()
        bytes.writeStaticString("\"")
        bytes.writeStaticString(key)
        bytes.writeStaticString("\":")
        needsComma = false
    }

    mutating func openObject(_ key: StaticString) {
        self.key(key)
        openObject()
    }

    mutating func openArray(_ key: StaticString) {
        self.key(key)
        openArray()
    }

    private mutating func open(_ mark: StaticString) {
        separate()
        bytes.writeStaticString(mark)
        needsComma = false
    }

    private mutating func close(_ mark: StaticString) {
        bytes.writeStaticString(mark)
        needsComma = true
    }

    @inline(__always) private mutating func separate() {
        if needsComma { bytes.writeStaticString(",") }
        needsComma = true
    }

    // MARK: Values

    mutating func string(_ text: String) {
        separate()
        bytes.writeJSONString(text)
    }

    /// A text that needs no escapes.
    mutating func word(_ word: StaticString) {
        separate()
        bytes.writeStaticString("\"")
        bytes.writeStaticString(word)
        bytes.writeStaticString("\"")
    }

    mutating func integer(_ value: Int64) {
        separate()
        bytes.writeString(String(value))
    }

    /// `value` must be finite.
    mutating func double(_ value: Double) {
        separate()
        if value == value.rounded(), abs(value) < 1e15 {
            bytes.writeString(String(Int64(value)))
        } else {
            bytes.writeString(value.description)
        }
    }

    mutating func bool(_ value: Bool) {
        separate()
        bytes.writeStaticString(value ? "true" : "false")
    }

    mutating func null() {
        separate()
        bytes.writeStaticString("null")
    }

    /// `json` must be one JSON value.
    mutating func raw(_ json: String) {
        separate()
        bytes.writeString(json)
    }

    // MARK: Members; those whose value is nil are left out

    mutating func member(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        self.key(key)
        string(value)
    }

    /// `word` needs no escapes.
    mutating func member(_ key: StaticString, word: StaticString) {
        self.key(key)
        self.word(word)
    }

    mutating func member(_ key: StaticString, _ value: Int64?) {
        guard let value else { return }
        self.key(key)
        integer(value)
    }

    mutating func member(_ key: StaticString, _ value: Double?) {
        guard let value else { return }
        self.key(key)
        double(value)
    }

    mutating func member(_ key: StaticString, _ value: Bool?) {
        guard let value else { return }
        self.key(key)
        bool(value)
    }

    /// `json` must be one JSON value.
    mutating func member(_ key: StaticString, raw json: String?) {
        guard let json else { return }
        self.key(key)
        raw(json)
    }

    mutating func nullMember(_ key: StaticString) {
        self.key(key)
        null()
    }
}
