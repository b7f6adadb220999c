import Compression
import GatewayTypes
import Glibc
import NIOCore
import Synchronization
import Telemetry

/// Batches of one signal that wait on disk for their destination: in segment files, oldest first, bounded in bytes and
/// age. What an earlier process left is found again. Whatever the disk does, nobody fails for it: it is counted.
///
/// An actor on a thread of its own: a slow disk holds up the exporter of this destination and nothing else.
actor Spool {
    /// A batch that was lent out to be sent.
    struct Waiting: Sendable {
        fileprivate let segment: UInt64
        fileprivate let offset: Int
        /// Compressed with gzip.
        let packed: ByteBuffer
        /// Items in it.
        let count: Int
    }

    /// What scrapes see.
    struct Readings: Sendable {
        var bytes = 0
        var items = 0
        var errors: [Trouble: UInt64] = [:]
    }

    /// The label `kind`.
    enum Trouble: String, CaseIterable, Sendable {
        case write, read
        /// A record was torn or damaged; it and what followed it in its file is lost.
        case damaged
    }

    private let directory: String
    private let bytesMax: Int
    private let segmentBytesMax: Int
    private let ageSecondsMax: Double
    private let isText: Bool
    private let counts: ExportCounts
    private let clock: ServiceClock
    private let executor = QueueExecutor(label: "weir.spool")
    private let readings = Mutex(Readings())
    /// Until the directory was looked at, something may wait.
    private let mayWait = Atomic(true)

    private var isOpen = false
    /// In order; the last is appended to.
    private var segments: [SpoolSegment] = []
    private var lastNumber: UInt64 = 0
    private var lent: (segment: UInt64, count: Int)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ target: OTLPTarget, _ settings: SpoolSettings, counts: ExportCounts, clock: ServiceClock) {
        directory = settings.path + "/\(target.signal.rawValue).\(PercentEncoding.encode(target.destination))"
        bytesMax = settings.bytesMax
        segmentBytesMax = max(64 << 10, min(4 << 20, settings.bytesMax / 16))
        ageSecondsMax = settings.ageSecondsMax
        isText = target.encoding.isText
        self.counts = counts
        self.clock = clock
    }

    deinit { for segment in segments { segment.closeFile() } }

    /// False also until the directory was looked at.
    nonisolated var isEmpty: Bool { !mayWait.load(ordering: .acquiring) }

    /// Whether anything waits; looks at the directory the first time.
    nonisolated func hasWaiting() async -> Bool { isEmpty ? false : await look() }

    private func look() -> Bool {
        openIfNeeded()
        publish()
        return !isEmpty
    }

    nonisolated var now: Readings { readings.withLock { $0 } }

    nonisolated func write(to writer: inout SampleWriter, _ labels: [String]) {
        let now = now
        writer.set(.spoolBytes, labels, Double(now.bytes))
        writer.set(.spoolBytesMax, labels, Double(bytesMax))
        writer.set(.spoolItems, labels, Double(now.items))
        for trouble in Trouble.allCases {
            writer.add(.spoolErrors, labels + [trouble.rawValue], now.errors[trouble, default: 0])
        }
    }

    // MARK: Appending

    /// Keeps an encoded message of `count` items. Where there is no room the oldest make it; what cannot be written is
    /// dropped and counted.
    func append(_ message: ByteBuffer, count: Int) {
        openIfNeeded()
        defer { publish() }
        guard let packed = try? Gzip.compress(message) else { return counts.dropped(count, .undeliverable) }
        let record = SpoolRecord(packed, count: count, isText: isText, time: Int64(clock.wallNow().seconds))
        guard record.size <= bytesMax, record.length <= SpoolRecord.bytesMax else {
            return counts.dropped(count, .spoolFull)
        }
        while bytes + record.size > bytesMax, !segments.isEmpty { dropOldest(.spoolFull) }
        do throws(SpoolSegment.Trouble) {
            if segments.isEmpty || segments[segments.count - 1].bytes >= segmentBytesMax {
                // The directory may have been taken away.
                _ = SpoolDirectory.make(directory)
                segments.append(try SpoolSegment.create(number: lastNumber + 1, in: directory))
                lastNumber += 1
            }
            try segments[segments.count - 1].append(record, packed)
        } catch {
            trouble(.write)
            counts.dropped(count, .writeFailed)
            isOpen = segments.contains { $0.items > 0 }
        }
    }

    private var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }

    private func dropOldest(_ reason: DropReason) {
        let oldest = segments.removeFirst()
        let isLent = lent?.segment == oldest.number
        counts.dropped(oldest.items - (isLent ? lent?.count ?? 0 : 0), reason)
        oldest.remove()
    }

    // MARK: Replaying

    /// The batch that waits longest; it is to be taken back. Nil where none waits.
    func lend() -> Waiting? {
        openIfNeeded()
        defer { publish() }
        let oldestAllowed = Int64(clock.wallNow().seconds - ageSecondsMax)
        while !segments.isEmpty {
            do throws(SpoolSegment.Trouble) {
                guard let (offset, record, message) = try segments[0].first() else {
                    segments.removeFirst().remove()
                    continue
                }
                let tooOld = record.time < oldestAllowed
                guard !tooOld, record.isText == isText else {
                    counts.dropped(record.count, tooOld ? .spoolExpired : .spoolUnreadable)
                    segments[0].finish(at: offset, size: record.size, count: record.count)
                    continue
                }
                lent = (segments[0].number, record.count)
                return Waiting(segment: segments[0].number, offset: offset, packed: message, count: record.count)
            } catch {
                trouble(.read)
                dropOldest(.spoolUnreadable)
            }
        }
        return nil
    }

    /// `isDone`: what became of it is known; else it waits on.
    func takeBack(_ waiting: Waiting, isDone: Bool) {
        defer { publish() }
        lent = nil
        guard let position = segments.firstIndex(where: { $0.number == waiting.segment }) else {
            // Newer ones took its place meanwhile.
            if !isDone { counts.dropped(waiting.count, .spoolFull) }
            return
        }
        guard isDone else { return }
        let size = SpoolRecord.headBytes + waiting.packed.readableBytes
        segments[position].finish(at: waiting.offset, size: size, count: waiting.count)
        // An empty spool has no files.
        while let first = segments.first, first.items == 0 { segments.removeFirst().remove() }
    }

    // MARK: Opening

    private func openIfNeeded() {
        guard !isOpen else { return }
        isOpen = true
        guard SpoolDirectory.make(directory) else { return trouble(.write) }
        guard let stream = opendir(directory) else { return trouble(.read) }
        var numbers: [UInt64] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".spool"), let number = UInt64(name.dropLast(6)) { numbers.append(number) }
        }
        closedir(stream)
        for number in numbers.sorted() where !segments.contains(where: { $0.number == number }) {
            lastNumber = max(lastNumber, number)
            do throws(SpoolSegment.Trouble) {
                let (segment, wasTorn) = try SpoolSegment.reopen(number: number, in: directory)
                if wasTorn { trouble(.damaged) }
                if segment.items == 0 { segment.remove() } else { segments.append(segment) }
            } catch { trouble(.read) }
        }
    }

    private func trouble(_ kind: Trouble) { readings.withLock { $0.errors[kind, default: 0] += 1 } }

    private func publish() {
        let (bytes, items) = (bytes, segments.reduce(0) { $0 + $1.items })
        readings.withLock { ($0.bytes, $0.items) = (bytes, items) }
        mayWait.store(items > 0, ordering: .releasing)
    }
}
