public import NIOCore

/// Writes a JSON text from its beginning to its end; the commas come by themselves.
public struct JSONBuilder {
    @usableFromInline var output: ByteBuffer
    @usableFromInline var needsComma = false

    /// Goes on behind `bytes`.
    @inlinable public init(_ bytes: ByteBuffer = ByteBuffer()) { output = bytes }

    /// What is written.
    @inlinable public var bytes: ByteBuffer { output }

    // MARK: Structure

    @inlinable public mutating func openObject() { open("{") }
    @inlinable public mutating func closeObject() { close("}") }
    @inlinable public mutating func openArray() { open("[") }
    @inlinable public mutating func closeArray() { close("]") }

    @inlinable public mutating func key(_ key: StaticString) {
        separate()
        output.writeStaticString("\"")
        output.writeStaticString(key)
        output.writeStaticString("\":")
        needsComma = false
    }

    /// A key that is not known when this is compiled.
    @inlinable public mutating func key(text: String) {
        string(text)
        output.writeStaticString(":")
        needsComma = false
    }

    @inlinable public mutating func openObject(_ key: StaticString) {
        self.key(key)
        openObject()
    }

    @inlinable public mutating func openArray(_ key: StaticString) {
        self.key(key)
        openArray()
    }

    @inlinable mutating func open(_ mark: StaticString) {
        separate()
        output.writeStaticString(mark)
        needsComma = false
    }

    @inlinable mutating func close(_ mark: StaticString) {
        output.writeStaticString(mark)
        needsComma = true
    }

    @inlinable @inline(__always) mutating func separate() {
        if needsComma { output.writeStaticString(",") }
        needsComma = true
    }

    // MARK: Values

    @inlinable public mutating func string(_ text: String) {
        separate()
        output.writeJSONString(text)
    }

    /// A text that needs no escapes.
    @inlinable public mutating func word(_ word: StaticString) {
        separate()
        output.writeStaticString("\"")
        output.writeStaticString(word)
        output.writeStaticString("\"")
    }

    @inlinable public mutating func integer(_ value: Int64) {
        separate()
        output.writeString(String(value))
    }

    /// `value` must be finite.
    @inlinable public mutating func double(_ value: Double) {
        separate()
        if value == value.rounded(), abs(value) < 1e15 {
            output.writeString(String(Int64(value)))
        } else {
            output.writeString(value.description)
        }
    }

    @inlinable public mutating func bool(_ value: Bool) {
        separate()
        output.writeStaticString(value ? "true" : "false")
    }

    @inlinable public mutating func null() {
        separate()
        output.writeStaticString("null")
    }

    /// `json` must be one JSON value.
    @inlinable public mutating func raw(_ json: String) {
        separate()
        output.writeString(json)
    }

    // MARK: Members; those whose value is nil are left out

    @inlinable public mutating func member(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        self.key(key)
        string(value)
    }

    /// `word` needs no escapes.
    @inlinable public mutating func member(_ key: StaticString, word: StaticString) {
        self.key(key)
        self.word(word)
    }

    @inlinable public mutating func member(_ key: StaticString, _ value: Int64?) {
        guard let value else { return }
        self.key(key)
        integer(value)
    }

    @inlinable public mutating func member(_ key: StaticString, _ value: Double?) {
        guard let value else { return }
        self.key(key)
        double(value)
    }

    @inlinable public mutating func member(_ key: StaticString, _ value: Bool?) {
        guard let value else { return }
        self.key(key)
        bool(value)
    }

    /// `json` must be one JSON value.
    @inlinable public mutating func member(_ key: StaticString, raw json: String?) {
        guard let json else { return }
        self.key(key)
        raw(json)
    }

    @inlinable public mutating func nullMember(_ key: StaticString) {
        self.key(key)
        null()
    }
}
