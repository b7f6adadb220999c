import GatewayTypes
import Glibc

/// The journal's file: locked for this process alone, wholly allocated, and mapped into memory.
///
/// `@unchecked Sendable` is sound because the fields never change after `init`, and who owns which slot of the mapping
/// is settled by `MappedJournal`'s lanes.
final class JournalFile: @unchecked Sendable {
    private static let magic: UInt64 = 0x4C_4E_52_4A_52_49_45_57  // "WEIRJRNL"
    private static let version: UInt32 = 1
    private static let headBytes = 4096

    let path: String
    let slotCount: Int
    private let descriptor: Int32
    private let base: UnsafeMutableRawPointer
    private let byteCount: Int

    /// Takes the slots of an earlier process as they are; the wanted number holds for a new file, and for one in which
    /// no slot is in use.
    init(path: String, slotCount wanted: Int) throws(StorageError) {
        self.path = path
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot be opened", path) }
        do throws(StorageError) {
            slotCount = try Self.prepare(descriptor, wanted, path)
            byteCount = Self.headBytes + slotCount * JournalSlotBytes.byteCount
            guard let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
                base != MAP_FAILED
            else { throw Self.failure("cannot be mapped", path) }
            self.base = base
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        munmap(base, byteCount)
        Glibc.close(descriptor)
    }

    func slot(_ index: Int) -> JournalSlotBytes { JournalSlotBytes(base + offset(of: index)) }

    /// The bytes of a slot, valid as long as this file is.
    func bytes(of index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + offset(of: index), count: JournalSlotBytes.byteCount)
    }

    /// Slots that are not free, read from the file instead of the mapping, so that idle slots take no memory.
    func slotsInUse() throws(StorageError) -> [Int] {
        var used: [Int] = []
        try Self.eachState(descriptor, slotCount, path) { index, state in if state != 0 { used.append(index) } }
        return used
    }

    private func offset(of index: Int) -> Int {
        precondition(index >= 0 && index < slotCount)
        return Self.headBytes + index * JournalSlotBytes.byteCount
    }

    // MARK: The head

    /// Locks the file and sees to it that it is a journal; the result is its number of slots.
    private static func prepare(_ descriptor: Int32, _ wanted: Int, _ path: String) throws(StorageError) -> Int {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StorageError("journal \(path): another Weir uses it; give each its own storage directory")
        }
        if let existing = try slotCount(of: descriptor, path) {
            if existing == wanted { return existing }
            if try isInUse(descriptor, existing, path) { return existing }
        }
        try format(descriptor, wanted, path)
        return wanted
    }

    /// Slots of an existing journal; nil where there is none yet.
    private static func slotCount(of descriptor: Int32, _ path: String) throws(StorageError) -> Int? {
        var head = [UInt64](repeating: 0, count: 4)
        let read = pread(descriptor, &head, 32, 0)
        guard read >= 0 else { throw failure("cannot be read", path) }
        guard head[0] != 0 else { return nil }
        guard head[0] == magic else {
            throw StorageError("journal \(path): is some other file; move it away")
        }
        guard head[1] == UInt64(version) else {
            throw StorageError(
                "journal \(path): has format \(head[1]), this Weir reads \(version); "
                    + "start and stop the Weir that wrote it once more, so that it empties it")
        }
        let count = Int(truncatingIfNeeded: head[2])
        guard head[3] == headSum(count),
            lseek(descriptor, 0, SEEK_END) >= headBytes + count * JournalSlotBytes.byteCount
        else { throw StorageError("journal \(path): its head is damaged; move it away to start afresh") }
        return count
    }

    /// The head is wiped first and written last: a kill in between leaves a file that is formatted again.
    private static func format(_ descriptor: Int32, _ slotCount: Int, _ path: String) throws(StorageError) {
        let size = headBytes + slotCount * JournalSlotBytes.byteCount
        guard ftruncate(descriptor, 0) == 0 else { throw failure("cannot be emptied", path) }
        // Without all blocks, a full disk would end the process at a store into the mapping.
        let refused = posix_fallocate(descriptor, 0, off_t(size))
        guard refused == 0 else {
            errno = refused
            throw failure("needs \(size) bytes of disk", path)
        }
        var head = [magic, UInt64(version), UInt64(slotCount), headSum(slotCount)]
        guard pwrite(descriptor, &head, 32, 0) == 32, fsync(descriptor) == 0 else {
            throw failure("cannot be written", path)
        }
    }

    private static func headSum(_ slotCount: Int) -> UInt64 {
        [magic, UInt64(version), UInt64(slotCount)].withUnsafeBytes { Checksum.of($0, seed: 0) }
    }

    private static func isInUse(_ descriptor: Int32, _ count: Int, _ path: String) throws(StorageError) -> Bool {
        var used = false
        try eachState(descriptor, count, path) { _, state in if state != 0 { used = true } }
        return used
    }

    private static func eachState(
        _ descriptor: Int32, _ count: Int, _ path: String, _ body: (Int, UInt32) -> Void
    ) throws(StorageError) {
        let perRead = 64
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: perRead * JournalSlotBytes.byteCount, alignment: 8)
        defer { buffer.deallocate() }
        for first in stride(from: 0, to: count, by: perRead) {
            let slots = min(perRead, count - first)
            let length = slots * JournalSlotBytes.byteCount
            let offset = headBytes + first * JournalSlotBytes.byteCount
            guard pread(descriptor, buffer.baseAddress, length, off_t(offset)) == length else {
                throw failure("cannot be read", path)
            }
            for slot in 0..<slots {
                body(first + slot, buffer.load(fromByteOffset: slot * JournalSlotBytes.byteCount, as: UInt32.self))
            }
        }
    }

    private static func failure(_ what: String, _ path: String) -> StorageError {
        StorageError("journal \(path): \(what): \(String(cString: strerror(errno)))")
    }
}
