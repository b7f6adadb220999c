import NIOCore

extension ByteBuffer {
    mutating func append(_ text: StaticString) { writeStaticString(text) }
    mutating func append(_ number: Int) { writeString(String(number)) }
}
