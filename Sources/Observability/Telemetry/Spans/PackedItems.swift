public import NIOCore

/// Spans or log records of one exchange, as they leave.
public struct PackedItems: Sendable {
    public let bytes: ByteBuffer
    /// Of items.
    public let count: Int
    /// Of the exchange; nil where they belong to none.
    public let facts: ExchangeFacts?

    public init(_ bytes: ByteBuffer, count: Int, of facts: ExchangeFacts?) {
        self.bytes = bytes
        self.count = count
        self.facts = facts
    }
}
