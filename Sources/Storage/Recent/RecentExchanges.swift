public import GatewayTypes
import Glibc
import Synchronization

/// The stories of the exchanges that ended last, in a file of fixed slots that is written round and round.
///
/// Written a few dozen at a time, off the event loops, by one system call; nothing is mapped, so that it takes no memory
/// but the identifiers. What was written survives the process's death by any signal. After a loss of power a slot may be
/// torn; its checksum tells.
public final class RecentExchanges: OutcomeKeeper {
    static let slotBytes = 2_048
    private static let headBytes = 4_096
    private static let magic: UInt64 = 0x544E_4543_4552_5257  // "WRRECENT"
    private static let version: UInt64 = 1
    /// sequence, id, length, checksum.
    private static let slotHeadBytes = 40
    private static let batchSlots = 64

    private struct State {
        /// Of the next story; the first is 1.
        var next: UInt64 = 1
        /// By slot.
        var ids: [ExchangeID]
        var lost: UInt64 = 0
        var buffer = [UInt8](repeating: 0, count: batchSlots * slotBytes)
    }

    public let capacity: Int
    private let path: String
    private let descriptor: Int32
    private let state: Mutex<State>

    /// `capacity` is at least 1. A file that was written for another capacity begins anew.
    public init(path: String, capacity: Int) throws(StorageError) {
        self.path = path
        self.capacity = capacity
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot be opened", path) }
        state = Mutex(State(ids: [ExchangeID](repeating: Self.noID, count: capacity)))
        do throws(StorageError) {
            try prepare()
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit { Glibc.close(descriptor) }

    // MARK: Writing

    public func keep(_ outcomes: ArraySlice<Outcome>) {
        // What Weir asked itself is in the ledger; here stands what clients did. By position: an outcome is large.
        let isMixed = outcomes.indices.contains { outcomes[$0].asked != nil }
        let own =
            isMixed
            ? ArraySlice(outcomes.indices.filter { outcomes[$0].asked == nil }.map { outcomes[$0] }) : outcomes
        state.withLock { state in
            var rest = own
            while !rest.isEmpty {
                // A run of slots that lie one behind another.
                let room = min(Self.batchSlots, capacity - Int(state.next % UInt64(capacity)))
                let run = rest.prefix(room)
                write(run, &state)
                rest.removeFirst(run.count)
            }
        }
    }

    private func write(_ run: ArraySlice<Outcome>, _ state: inout State) {
        let first = Int(state.next % UInt64(capacity))
        // By position: an outcome is large, and a loop over the elements would copy each.
        for (position, place) in run.indices.enumerated() {
            let sequence = state.next
            state.buffer.withUnsafeMutableBytes { buffer in
                let slot = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[position * Self.slotBytes..<(position + 1) * Self.slotBytes])
                Self.fill(slot, sequence, run[place])
            }
            state.ids[first + position] = run[place].id
            state.next += 1
        }
        let count = run.count * Self.slotBytes
        let offset = off_t(Self.headBytes + first * Self.slotBytes)
        let written = state.buffer.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, count, offset) }
        if written != count { state.lost += UInt64(run.count) }
    }

    private static func fill(_ slot: UnsafeMutableRawBufferPointer, _ sequence: UInt64, _ outcome: Outcome) {
        let memory = UnsafeMutableRawBufferPointer(rebasing: slot[slotHeadBytes...])
        let length = StoryBytes.encode(outcome, into: memory)
        slot.storeBytes(of: sequence, toByteOffset: 0, as: UInt64.self)
        slot.storeBytes(of: outcome.id.high, toByteOffset: 8, as: UInt64.self)
        slot.storeBytes(of: outcome.id.low, toByteOffset: 16, as: UInt64.self)
        slot.storeBytes(of: UInt64(length), toByteOffset: 24, as: UInt64.self)
        let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: memory[..<length]), seed: sequence)
        slot.storeBytes(of: checksum, toByteOffset: 32, as: UInt64.self)
    }

    /// Stories that could not be written.
    public var lost: UInt64 { state.withLock(\.lost) }

    // MARK: Reading

    /// The story of an exchange; nil: it is not among the recent ones.
    public func story(of id: ExchangeID) -> ExchangeStory? {
        state.withLock { state in
            guard let slot = state.ids.firstIndex(of: id) else { return nil }
            return read(slot, expecting: id)
        }
    }

    /// Of all exchanges that ended, the one that arrived last. (Event loops hand theirs over one after the other, so that
    /// the order of the slots says less.)
    public var last: ExchangeStory? {
        state.withLock { state in
            let slot = state.ids.indices.max { left, right in
                let (left, right) = (state.ids[left], state.ids[right])
                return (left.high, left.low) < (right.high, right.low)
            }
            return slot.flatMap { read($0, expecting: state.ids[$0]) }
        }
    }

    /// At most `limit` identifiers that begin with `prefix`, which may leave out the dashes.
    public func ids(beginningWith prefix: IDPrefix, limit: Int) -> [ExchangeID] {
        state.withLock { state in
            let (lowest, highest) = (prefix.lowest, prefix.highest)
            return Array(
                state.ids.lazy.filter { id in
                    id != Self.noID && (lowest.high, lowest.low) <= (id.high, id.low)
                        && (id.high, id.low) <= (highest.high, highest.low)
                }.prefix(limit))
        }
    }

    private func read(_ slot: Int, expecting id: ExchangeID) -> ExchangeStory? {
        guard id != Self.noID else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.slotBytes)
        let offset = off_t(Self.headBytes + slot * Self.slotBytes)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, Self.slotBytes, offset) }
        guard count == Self.slotBytes else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let sequence = bytes.load(fromByteOffset: 0, as: UInt64.self)
            let length = bytes.load(fromByteOffset: 24, as: UInt64.self)
            guard length > 0, length <= UInt64(Self.slotBytes - Self.slotHeadBytes) else { return nil }
            let payload = UnsafeRawBufferPointer(rebasing: bytes[Self.slotHeadBytes..<Self.slotHeadBytes + Int(length)])
            guard Checksum.of(payload, seed: sequence) == bytes.load(fromByteOffset: 32, as: UInt64.self) else {
                return nil
            }
            return StoryBytes.decode(payload).flatMap { $0.row.id == id ? $0 : nil }
        }
    }

    // MARK: The file

    private func prepare() throws(StorageError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StorageError("recent exchanges \(path): another Weir uses it; give each its own storage directory")
        }
        var head = [UInt64](repeating: 0, count: 4)
        guard pread(descriptor, &head, 32, 0) >= 0 else { throw Self.failure("cannot be read", path) }
        guard head[0] == 0 || head[0] == Self.magic else {
            throw StorageError("recent exchanges \(path): is some other file; move it away")
        }
        let wanted = [Self.magic, Self.version, UInt64(capacity), UInt64(Self.slotBytes)]
        if head == wanted { return try readIDs() }
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, wanted, 32, 0) == 32 else {
            throw Self.failure("cannot be written", path)
        }
    }

    private func readIDs() throws(StorageError) {
        let perRead = 512
        var bytes = [UInt8](repeating: 0, count: perRead * Self.slotBytes)
        for first in stride(from: 0, to: capacity, by: perRead) {
            let wanted = min(perRead, capacity - first) * Self.slotBytes
            let count = pread(descriptor, &bytes, wanted, off_t(Self.headBytes + first * Self.slotBytes))
            guard count >= 0 else { throw Self.failure("cannot be read", path) }
            state.withLock { state in
                for slot in 0..<count / Self.slotBytes { Self.take(bytes, slot, as: first + slot, &state) }
            }
            if count < wanted { return }
        }
    }

    private static func take(_ bytes: [UInt8], _ position: Int, as slot: Int, _ state: inout State) {
        bytes.withUnsafeBytes { bytes in
            let start = position * slotBytes
            let sequence = bytes.load(fromByteOffset: start, as: UInt64.self)
            guard sequence > 0, sequence < .max, Int(sequence % UInt64(state.ids.count)) == slot else { return }
            state.ids[slot] = ExchangeID(
                high: bytes.load(fromByteOffset: start + 8, as: UInt64.self),
                low: bytes.load(fromByteOffset: start + 16, as: UInt64.self))
            state.next = max(state.next, sequence + 1)
        }
    }

    private static let noID = ExchangeID(high: 0, low: 0)

    private static func failure(_ what: String, _ path: String) -> StorageError {
        StorageError("recent exchanges \(path): \(what): \(String(cString: strerror(errno)))")
    }
}
