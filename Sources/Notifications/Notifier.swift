public import GatewayTypes
import Synchronization

/// Tells people of alerts through all channels, again and again as each channel wants it, until it is told.
///
/// A channel that is slow or away holds up no other. What is known is saved at each change, so that a restart neither
/// loses an alert nor tells of it again without need.
public actor Notifier {
    /// What became of what was saved before a restart.
    public enum Restored: Hashable, Sendable {
        case nothing
        case alerts(Int)
        /// Not readable: alerts that still fire are told of again, resolutions that were not told of are lost.
        case unreadable
    }

    /// One channel's answer to a test.
    public struct TestReport: Sendable {
        public let channel: String
        public let answer: ChannelAnswer
    }

    /// What is wanted now, and how often that has changed.
    private struct Wanted {
        var channels: [any NotificationChannel]
        var generation = 0
    }

    private nonisolated let wanted: Mutex<Wanted>
    /// Those that are told; they follow what is wanted.
    private var channels: [any NotificationChannel]
    private var generation = 0
    private let store: (any AlertStore)?
    private let clock: ServiceClock
    private let counted: NotificationCounts
    private let alertsMax: Int
    private var book: AlertBook
    private var unsaved = false
    /// After a save that failed: when to try again.
    private var saveAfter = Moment.zero
    public nonisolated let restored: Restored

    /// Between two looks at what is due, in seconds.
    private static let pollSeconds = 0.25
    private static let idleSeconds = 1.0
    /// Between two tries to save, in seconds.
    private static let savePauseSeconds = 5.0
    /// For one try, in seconds.
    private static let timeoutSeconds = 10.0

    /// The channels' names are unique.
    public init(
        channels: [any NotificationChannel], store: (any AlertStore)?, clock: ServiceClock = .system,
        alertsMax: Int = 10_000
    ) {
        self.channels = channels
        wanted = Mutex(Wanted(channels: channels))
        self.store = store
        self.clock = clock
        self.alertsMax = alertsMax
        counted = NotificationCounts(channels: channels.map(\.name))
        var book = AlertBook(
            rhythms: Self.rhythms(of: channels), alertsMax: alertsMax)
        if let bytes = store?.load() {
            do {
                try book.restore(bytes)
                restored = .alerts(book.count)
            } catch { restored = .unreadable }
        } else {
            restored = .nothing
        }
        self.book = book
        counted.known.store(book.count, ordering: .relaxed)
    }

    // MARK: Channels

    /// From now on these are told, and those that are not among them are not. A channel of the same name stays the same one: what it
    /// was told of is not told again.
    public nonisolated func adopt(_ channels: [any NotificationChannel]) {
        counted.declare(channels.map(\.name))
        wanted.withLock { wanted in
            wanted.channels = channels
            wanted.generation += 1
        }
    }

    /// The names of those that are wanted now.
    public nonisolated var channelNames: [String] { wanted.withLock { $0.channels.map(\.name) } }

    private static func rhythms(of channels: [any NotificationChannel]) -> [String: AlertRhythm] {
        Dictionary(channels.map { ($0.name, $0.rhythm) }, uniquingKeysWith: { one, _ in one })
    }

    private var isOutdated: Bool { wanted.withLock { $0.generation } != generation }

    private func takeOver() {
        guard isOutdated else { return }
        (channels, generation) = wanted.withLock { ($0.channels, $0.generation) }
        book.adopt(Self.rhythms(of: channels))
        unsaved = true
    }

    // MARK: Counts

    /// What became of the alerts, by channel and result; every pair is there from the start.
    public nonisolated var counts: [NotificationCount] { counted.snapshot }

    /// Alerts that fire, or whose end has not been told of everywhere, and how many there may be.
    public nonisolated var known: (count: Int, max: Int) { (counted.known.load(ordering: .relaxed), alertsMax) }

    /// Alerts that fire, or whose end has not been told of everywhere.
    public var alertsKnown: Int { book.count }

    /// Takes transitions; returns when they are saved. Saying again that an alert fires is harmless: after a restart, say
    /// it of all that do.
    public func notify(_ notices: [AlertNotice]) {
        takeOver()
        let now = clock.wallNow()
        for notice in notices {
            unsaved = true
            if !book.take(notice, at: now) {
                for channel in notice.channels { counted.add(1, .dropped, channel) }
            }
        }
        save()
    }

    /// Ends the alerts of that name that have fired for so long, those of an earlier process too.
    public func end(_ name: String, afterSeconds seconds: Double) {
        let now = clock.wallNow()
        guard book.end(name, startedBefore: now.advanced(bySeconds: -seconds), at: now) else { return }
        unsaved = true
        save()
    }

    /// Tells the channels of what is due, until cancelled; without channels too.
    public func run() async {
        while !Task.isCancelled {
            takeOver()
            if channels.isEmpty {
                try? await clock.sleep(Self.idleSeconds)
                continue
            }
            await withTaskGroup { group in
                for channel in channels {
                    group.addTask { [generation] in await self.serve(channel, of: generation) }
                }
            }
        }
    }

    /// Tells of what is due now, for at most so many seconds. Call it when `run` has returned.
    public func flush(within seconds: Double) async {
        takeOver()
        let deadline = clock.now().advanced(bySeconds: seconds)
        await withTaskGroup { group in
            for channel in channels {
                group.addTask { while await self.tell(channel, until: deadline) {} }
            }
        }
        save()
    }

    /// Sends an alert that says that it is a test to every channel, once, and reports what each answered. Where the
    /// channel forgets by itself, it ends after a minute.
    public func test() async -> [TestReport] {
        takeOver()
        let channels = channels
        let now = clock.wallNow()
        let alert = Alert(
            labels: AlertLabels([
                ("alertname", "WeirTestNotification"), ("severity", "none"), ("component", "weir"),
            ]),
            annotations: AlertLabels([
                ("summary", "A test: nothing is wrong."),
                ("description", "Somebody ran weir budgets test-notify to see whether notifications arrive."),
            ]),
            state: .firing, startsAt: now, endsAt: now.advanced(bySeconds: 60))
        let deadline = clock.now().advanced(bySeconds: Self.timeoutSeconds)
        let reports = await withTaskGroup(of: TestReport.self) { group in
            for channel in channels {
                group.addTask {
                    TestReport(channel: channel.name, answer: await channel.send([alert], deadline: deadline))
                }
            }
            var reports: [String: TestReport] = [:]
            for await report in group { reports[report.channel] = report }
            return reports
        }
        return channels.compactMap { reports[$0.name] }
    }

    /// Until other channels are wanted.
    private func serve(_ channel: any NotificationChannel, of generation: Int) async {
        while !Task.isCancelled, generation == self.generation, !isOutdated {
            if await tell(channel, until: .distantFuture) { continue }
            tidy()
            do { try await clock.sleep(Self.pollSeconds) } catch { return }
        }
    }

    /// One try, where something is due. Whether there was, and time for it.
    private func tell(_ channel: any NotificationChannel, until deadline: Moment) async -> Bool {
        guard clock.now() < deadline, !Task.isCancelled,
            let alerts = book.due(for: channel.name, batchMax: channel.batchMax, at: clock.wallNow())
        else { return false }
        let limit = min(deadline, clock.now().advanced(bySeconds: Self.timeoutSeconds))
        let answer = await channel.send(alerts, deadline: limit)
        let now = clock.wallNow()
        switch answer.verdict {
        case .delivered:
            book.answered(channel.name, alerts, at: now)
            counted.add(alerts.count, .delivered, channel.name)
        case .refused:
            book.answered(channel.name, alerts, at: now)
            counted.add(alerts.count, .failed, channel.name)
        case .again(let seconds):
            // Broken off by the end of `run`: says nothing of the receiver, and `flush` is to try again.
            if Task.isCancelled { return false }
            book.unanswered(channel.name, askedSeconds: seconds, chance: clock.chance(), at: now)
            counted.add(alerts.count, .retried, channel.name)
        }
        unsaved = true
        tidy()
        return true
    }

    private func tidy() {
        let known = book.count
        for (channel, count) in book.forget(at: clock.wallNow()) { counted.add(count, .dropped, channel) }
        if book.count != known { unsaved = true }
        save()
    }

    private func save() {
        counted.known.store(book.count, ordering: .relaxed)
        guard unsaved, let store, clock.now() >= saveAfter else { return }
        if store.save(book.snapshot()) {
            unsaved = false
        } else {
            saveAfter = clock.now().advanced(bySeconds: Self.savePauseSeconds)
        }
    }
}
