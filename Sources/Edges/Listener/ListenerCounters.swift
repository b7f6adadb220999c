public import GatewayTypes
import Synchronization

/// What a port counts, written by its loops and read by whoever asks.
final class ListenerCounters: Sendable {
    private let open = Atomic<Int>(0)
    private let accepted = Atomic<Int>(0)
    private let shed = Atomic<Int>(0)
    private let handshakes = Mutex<[TLSHandshakeResult: Int]>([:])
    private let refused = Mutex<[FailureReason: Int]>([:])

    /// Counts a connection, unless `max` are open already.
    func tryOpen(max: Int) -> Bool {
        accepted.wrappingAdd(1, ordering: .relaxed)
        if open.wrappingAdd(1, ordering: .relaxed).newValue <= max { return true }
        open.wrappingSubtract(1, ordering: .relaxed)
        shed.wrappingAdd(1, ordering: .relaxed)
        return false
    }

    func closed() { open.wrappingSubtract(1, ordering: .relaxed) }

    func refused(_ reason: FailureReason) { refused.withLock { $0[reason, default: 0] += 1 } }

    func handshake(_ result: TLSHandshakeResult) { handshakes.withLock { $0[result, default: 0] += 1 } }

    var snapshot: ListenerStatistics {
        ListenerStatistics(
            open: open.load(ordering: .relaxed), accepted: accepted.load(ordering: .relaxed),
            shed: shed.load(ordering: .relaxed), refused: refused.withLock { $0 },
            handshakes: handshakes.withLock { $0 })
    }
}

/// Connections of one port.
public struct ListenerStatistics: Sendable {
    /// Now open.
    public let open: Int
    /// Ever accepted, those shed included.
    public let accepted: Int
    /// Answered 503 and closed because too many were open.
    public let shed: Int
    /// Requests that were refused before they became exchanges, by reason.
    public let refused: [FailureReason: Int]
    /// TLS handshakes by how they ended.
    public let handshakes: [TLSHandshakeResult: Int]
}

/// How a TLS handshake ended.
public enum TLSHandshakeResult: String, CaseIterable, Sendable {
    case completed
    /// Broke the protocol, had nothing in common with what is offered, or showed no certificate that counts.
    case failed
    case timedOut = "timed_out"
    /// The client left before the end.
    case abandoned
}
