import Glibc
import NIOCore

/// One file of a spool: records in the order they were appended. Used by its spool alone.
struct SpoolSegment {
    struct Trouble: Error {}

    let number: UInt64
    let path: String
    /// Of the file.
    private(set) var bytes: Int
    /// Items in records that wait.
    private(set) var items = 0
    /// Where the first record begins that may wait.
    private var next = 0
    private let descriptor: Int32

    private init(number: UInt64, path: String, descriptor: Int32, bytes: Int) {
        self.number = number
        self.path = path
        self.descriptor = descriptor
        self.bytes = bytes
    }

    static func path(in directory: String, number: UInt64) -> String {
        let digits = String(number)
        return "\(directory)/\(String(repeating: "0", count: max(0, 20 - digits.utf8.count)))\(digits).spool"
    }

    static func create(number: UInt64, in directory: String) throws(Trouble) -> SpoolSegment {
        let path = path(in: directory, number: number)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Trouble() }
        return SpoolSegment(number: number, path: path, descriptor: descriptor, bytes: 0)
    }

    /// One that an earlier process left. What follows its last whole record is cut off; `wasTorn`: there was such.
    static func reopen(number: UInt64, in directory: String) throws(Trouble) -> (segment: SpoolSegment, wasTorn: Bool) {
        let path = path(in: directory, number: number)
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw Trouble() }
        var segment = SpoolSegment(number: number, path: path, descriptor: descriptor, bytes: 0)
        let size = Int(lseek(descriptor, 0, SEEK_END))
        while segment.bytes < size, let (record, _) = segment.record(at: segment.bytes) {
            if record.isWaiting { segment.items += record.count }
            segment.bytes += record.size
        }
        if segment.bytes < size { ftruncate(descriptor, off_t(segment.bytes)) }
        return (segment, segment.bytes < size)
    }

    /// Appends a record wholly, or leaves the file as it was.
    mutating func append(_ record: SpoolRecord, _ message: ByteBuffer) throws(Trouble) {
        let start = bytes
        let isWritten = record.bytes(with: message).withUnsafeReadableBytes { raw in
            var done = 0
            while done < raw.count {
                let count = pwrite(descriptor, raw.baseAddress.map { $0 + done }, raw.count - done, off_t(start + done))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
        guard isWritten else {
            ftruncate(descriptor, off_t(start))
            throw Trouble()
        }
        bytes += record.size
        items += record.count
    }

    /// The first record that waits, and where it is; nil where none does. Throws where it cannot be read: nothing behind
    /// it can be found any more.
    mutating func first() throws(Trouble) -> (offset: Int, record: SpoolRecord, message: ByteBuffer)? {
        while next < bytes {
            guard let (record, message) = record(at: next) else { throw Trouble() }
            if record.isWaiting { return (next, record, message) }
            next += record.size
        }
        return nil
    }

    /// The record there waits no more.
    mutating func finish(at offset: Int, size: Int, count: Int) {
        if offset == next { next += size }
        var state = SpoolRecord.done
        // Where even this fails, the batch may be sent again after a restart, which OTLP allows.
        pwrite(descriptor, &state, 1, off_t(offset + SpoolRecord.stateOffset))
        items -= count
    }

    func remove() {
        close(descriptor)
        unlink(path)
    }

    func closeFile() { close(descriptor) }

    private func record(at offset: Int) -> (SpoolRecord, ByteBuffer)? {
        guard let head = read(SpoolRecord.headBytes, at: offset), let record = SpoolRecord(head: head),
            let message = read(record.length, at: offset + SpoolRecord.headBytes), record.holds(message)
        else { return nil }
        return (record, message)
    }

    private func read(_ count: Int, at offset: Int) -> ByteBuffer? {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var isWhole = true
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            var done = 0
            while done < count {
                let got = pread(descriptor, space.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else {
                    isWhole = false
                    break
                }
                done += got
            }
            return done
        }
        return isWhole ? buffer : nil
    }
}
