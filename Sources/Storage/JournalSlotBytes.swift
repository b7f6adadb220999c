import GatewayTypes
import Synchronization

/// One slot of the journal as it lies in memory.
///
/// ```
///  0 state          what the slot holds; written last, with release order
///  4 entryLength    bytes of the entry
///  6 rowLength      bytes of the row
///  8 sequence       one more at each use: it binds entry and row to one another
/// 16 entryChecksum  over sequence, entryLength and the entry
/// 24 rowChecksum    over sequence, both lengths and the row
/// 32 worker         the event loop that opened it
/// 40 entry          the exchange as it was when it began to spend
///  … row            the exchange as it ended, behind the entry, at a multiple of 8
/// ```
///
/// A kill between any two instructions leaves a slot that reads as what it was before or as what it was to become: the
/// entry is written while the state says free, the row while it says open, each where nothing valid lies. Whatever
/// else is found there (a power loss may write pages in any order) fails a checksum.
struct JournalSlotBytes {
    static let byteCount = 2048
    private static let headBytes = 40
    private static let entryBytesMax = 768

    /// Values that a flipped bit does not turn into one another; a new file's zeros are free slots.
    enum State: UInt32 {
        case free = 0
        case open = 0x4E45_504F
        case closed = 0x5455_4853
    }

    enum Contents: Equatable {
        case free
        /// The row says that the exchange was interrupted.
        case open(LedgerRow)
        case closed(LedgerRow)
        /// Neither entry nor row can be trusted.
        case damaged
    }

    private let base: UnsafeMutableRawPointer

    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    /// Sound: the state is a naturally aligned word of the mapped file, and an `Atomic<UInt32>` is that word.
    private var stateWord: UnsafeMutablePointer<Atomic<UInt32>> { base.assumingMemoryBound(to: Atomic<UInt32>.self) }

    func has(_ state: State) -> Bool { stateWord.pointee.load(ordering: .acquiring) == state.rawValue }

    func free() { stateWord.pointee.store(State.free.rawValue, ordering: .releasing) }

    /// The event loop that opened the slot.
    var worker: Int { Int(base.load(fromByteOffset: 32, as: Int64.self)) }

    /// Takes a free slot into use.
    func open(_ entry: LedgerRow) {
        let sequence = base.load(fromByteOffset: 8, as: UInt64.self) &+ 1
        base.storeBytes(of: Int64(entry.worker), toByteOffset: 32, as: Int64.self)
        let memory = UnsafeMutableRawBufferPointer(start: base + Self.headBytes, count: Self.entryBytesMax)
        let length = entry.encode(into: memory)
        base.storeBytes(of: UInt16(length), toByteOffset: 4, as: UInt16.self)
        base.storeBytes(of: 0, toByteOffset: 6, as: UInt16.self)
        base.storeBytes(of: sequence, toByteOffset: 8, as: UInt64.self)
        let seed = Self.entrySeed(sequence, length)
        let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: memory[..<length]), seed: seed)
        base.storeBytes(of: checksum, toByteOffset: 16, as: UInt64.self)
        stateWord.pointee.store(State.open.rawValue, ordering: .releasing)
    }

    /// Puts an open slot's outcome down.
    func close(_ row: LedgerRow) {
        let sequence = base.load(fromByteOffset: 8, as: UInt64.self)
        let entryLength = Int(base.load(fromByteOffset: 4, as: UInt16.self))
        let start = Self.rowStart(entryLength)
        let memory = UnsafeMutableRawBufferPointer(start: base + start, count: Self.byteCount - start)
        let length = row.encode(into: memory)
        base.storeBytes(of: UInt16(length), toByteOffset: 6, as: UInt16.self)
        let seed = Self.rowSeed(sequence, entryLength, length)
        let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: memory[..<length]), seed: seed)
        base.storeBytes(of: checksum, toByteOffset: 24, as: UInt64.self)
        stateWord.pointee.store(State.closed.rawValue, ordering: .releasing)
    }

    /// What `bytes`, a whole slot, hold. A state that is none of the three is judged by what can be trusted.
    static func contents(of bytes: UnsafeRawBufferPointer) -> Contents {
        let word = bytes.load(as: UInt32.self)
        let state = State(rawValue: word)
        if state == .free { return .free }
        let entryLength = Int(bytes.load(fromByteOffset: 4, as: UInt16.self))
        let rowLength = Int(bytes.load(fromByteOffset: 6, as: UInt16.self))
        let sequence = bytes.load(fromByteOffset: 8, as: UInt64.self)
        if state != .open {
            let seed = rowSeed(sequence, entryLength, rowLength)
            if let row = row(in: bytes, from: rowStart(entryLength), rowLength, checksumAt: 24, seed) {
                return .closed(row)
            }
        }
        let seed = entrySeed(sequence, entryLength)
        if let entry = row(in: bytes, from: headBytes, entryLength, checksumAt: 16, seed) { return .open(entry) }
        return .damaged
    }

    private static func row(
        in slot: UnsafeRawBufferPointer, from start: Int, _ length: Int, checksumAt: Int, _ seed: UInt64
    ) -> LedgerRow? {
        guard length > 0, start + length <= byteCount else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: slot[start..<start + length])
        guard Checksum.of(bytes, seed: seed) == slot.load(fromByteOffset: checksumAt, as: UInt64.self) else {
            return nil
        }
        return LedgerRow(bytes: bytes)
    }

    private static func rowStart(_ entryLength: Int) -> Int { (headBytes + entryLength + 7) & ~7 }

    private static func entrySeed(_ sequence: UInt64, _ entryLength: Int) -> UInt64 {
        sequence &* 4 &+ UInt64(entryLength) << 32
    }

    private static func rowSeed(_ sequence: UInt64, _ entryLength: Int, _ rowLength: Int) -> UInt64 {
        sequence &* 4 &+ UInt64(entryLength) << 32 &+ UInt64(rowLength) << 48 &+ 1
    }
}
