import NIOCore

extension ModelRequest {
    /// How far into the body the prompt's beginning is looked for.
    private static let searchedBytes = 4096
    private static let beginnings = ["\"messages\"", "\"contents\"", "\"system\"", "\"input\"", "\"prompt\""]
        .map { Array($0.utf8) }

    /// The body's bytes from where the prompt begins, at most so many: what stands before it (model, temperature) differs
    /// without meaning. A body without a prompt is taken from its first byte.
    public func withPromptPrefix<Value>(bytesMax: Int, _ read: (UnsafeRawBufferPointer) -> Value) -> Value {
        body.withUnsafeReadableBytes { raw in
            let start = Self.beginning(in: raw)
            return read(UnsafeRawBufferPointer(rebasing: raw[start..<min(raw.count, start + bytesMax)]))
        }
    }

    private static func beginning(in raw: UnsafeRawBufferPointer) -> Int {
        for start in 0..<min(raw.count, searchedBytes) where raw[start] == UInt8(ascii: "\"") {
            for word in beginnings where start + word.count <= raw.count {
                if raw[start..<start + word.count].elementsEqual(word) { return start }
            }
        }
        return 0
    }
}
