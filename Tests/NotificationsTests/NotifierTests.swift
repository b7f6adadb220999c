import GatewayTypes
import NIOCore
import Testing

@testable import Notifications

@Suite struct NotifierTests {
    private let time = FakeTime()

    private func notifier(
        _ receivers: ScriptedReceivers, store: MemoryStore? = nil, alertsMax: Int = 10
    ) -> Notifier {
        Notifier(
            channels: [
                AlertmanagerChannel(
                    name: "am", peers: [ScriptedReceivers.endpoint(1), ScriptedReceivers.endpoint(2)],
                    fetcher: receivers),
                WebhookChannel(name: "hook", endpoint: ScriptedReceivers.endpoint(3, "/hook"), fetcher: receivers),
            ], store: store, clock: time.clock, alertsMax: alertsMax)
    }

    /// Those that are not 0.
    private func counts(_ notifier: Notifier) -> [String] {
        notifier.counts.filter { $0.count > 0 }.map { "\($0.channel) \($0.result.rawValue) \($0.count)" }
    }

    private static let well: [Int: [ScriptedReceivers.Answer]] = [
        1: [.status(200)], 2: [.status(200)], 3: [.status(204)],
    ]

    @Test func `Every channel and result is counted from the start, at 0`() {
        let counts = notifier(ScriptedReceivers([:])).counts
        #expect(counts.map(\.channel) == Array(repeating: "am", count: 4) + Array(repeating: "hook", count: 4))
        #expect(counts.map(\.result) == NotificationResult.allCases + NotificationResult.allCases)
        #expect(counts.allSatisfy { $0.count == 0 })
    }

    @Test func `While it runs, transitions reach every peer and the web hook`() async {
        let receivers = ScriptedReceivers(Self.well)
        let notifier = notifier(receivers)
        let running = Task { await notifier.run() }
        await notifier.notify([Sample.notice(.firing, to: "am", "hook")])
        while receivers.count(1) < 2 || receivers.count(2) < 2 || receivers.count(3) < 1 { await Task.yield() }
        await notifier.notify([Sample.notice(.resolved, to: "am", "hook")])
        let ended = #""status":"resolved""#
        while receivers.bodies.last(where: { $0.contains(#""receiver":"hook""#) })?.contains(ended) != true {
            await Task.yield()
        }
        running.cancel()
        await running.value
        let hook = receivers.bodies.filter { $0.contains(#""receiver":"hook""#) }
        #expect(hook.first?.contains(#""status":"firing""#) == true)
        #expect(hook.filter { $0.contains(ended) }.count == 1)
    }

    @Test func `A receiver that is away is tried until it is back, and holds up no other`() async {
        var scripts = Self.well
        scripts[3] = [.unreachable, .status(503), .status(200)]
        let receivers = ScriptedReceivers(scripts)
        let notifier = notifier(receivers)
        await notifier.notify([Sample.notice(.firing, to: "am", "hook")])
        await notifier.flush(within: 5)
        #expect(counts(notifier) == ["am delivered 1", "hook retried 1"])
        time.pass(1)
        await notifier.flush(within: 5)
        time.pass(2)
        await notifier.flush(within: 5)
        #expect(counts(notifier) == ["am delivered 1", "hook delivered 1", "hook retried 2"])
        await notifier.flush(within: 5)
        #expect(receivers.count(3) == 3)
    }

    @Test func `What a receiver refuses is not tried again`() async {
        var scripts = Self.well
        scripts[3] = [.status(400)]
        let receivers = ScriptedReceivers(scripts)
        let notifier = notifier(receivers)
        await notifier.notify([Sample.notice(.firing, to: "hook")])
        await notifier.flush(within: 5)
        time.pass(600)
        await notifier.flush(within: 5)
        #expect(receivers.count(3) == 1)
        #expect(counts(notifier) == ["hook failed 1"])
    }

    @Test func `What was not told before a restart is told after it, under the same key`() async throws {
        let store = MemoryStore()
        let away = ScriptedReceivers([3: [.unreachable]])
        let before = notifier(away, store: store)
        #expect(before.restored == .nothing)
        await before.notify([Sample.notice(.firing, to: "hook")])
        await before.flush(within: 5)
        let receivers = ScriptedReceivers(Self.well)
        let after = notifier(receivers, store: store)
        #expect(after.restored == .alerts(1))
        await after.notify([Sample.notice(.firing, to: "hook")])
        await after.flush(within: 5)
        #expect(receivers.bodies == away.bodies && receivers.bodies.count == 1)
        let third = notifier(receivers, store: store)
        await third.notify([Sample.notice(.firing, to: "hook")])
        await third.flush(within: 5)
        #expect(receivers.bodies.count == 1)
    }

    @Test func `What could not be saved is saved some seconds later`() async {
        let store = MemoryStore()
        let notifier = notifier(ScriptedReceivers(Self.well), store: store)
        store.works(false)
        await notifier.notify([Sample.notice(.firing, to: "hook")])
        #expect(store.load() == nil)
        store.works(true)
        await notifier.flush(within: 0)
        #expect(store.load() == nil)
        time.pass(5)
        await notifier.flush(within: 0)
        #expect(store.load() != nil)
    }

    @Test func `Without channels it runs until it is cancelled, and takes what it is told`() async {
        let notifier = Notifier(channels: [], store: nil, clock: time.clock)
        let running = Task { await notifier.run() }
        await notifier.notify([Sample.notice(.firing, to: "hook")])
        while time.wallNow < Sample.begin + 120 { await Task.yield() }
        running.cancel()
        await running.value
        #expect(await notifier.alertsKnown == 0)
    }

    @Test func `A damaged snapshot is said to be one, and the notifier goes on`() async {
        let receivers = ScriptedReceivers(Self.well)
        let notifier = notifier(receivers, store: MemoryStore([1, 2, 3]))
        #expect(notifier.restored == .unreadable)
        await notifier.notify([Sample.notice(.firing, to: "hook")])
        await notifier.flush(within: 5)
        #expect(receivers.count(3) == 1)
    }

    @Test func `An alert for which there is no room is counted as dropped`() async {
        let notifier = notifier(ScriptedReceivers(Self.well), alertsMax: 1)
        await notifier.notify([
            Sample.notice(.firing, to: "hook"), Sample.notice(.firing, budget: "ads", to: "am", "hook"),
        ])
        #expect(counts(notifier) == ["am dropped 1", "hook dropped 1"])
        #expect(await notifier.alertsKnown == 1)
    }

    @Test func `A test asks every channel once and changes nothing`() async {
        var scripts = Self.well
        scripts[3] = [.status(403, body: "who are you?")]
        let receivers = ScriptedReceivers(scripts)
        let notifier = notifier(receivers)
        let reports = await notifier.test()
        #expect(reports.map(\.channel) == ["am", "hook"])
        #expect(reports.map(\.answer.verdict) == [.delivered, .refused])
        #expect(reports.last?.answer.peers == [.init(address: "127.0.0.1:3", status: 403, text: "who are you?")])
        #expect(receivers.bodies.allSatisfy { $0.contains("WeirTestNotification") } && receivers.bodies.count == 3)
        #expect(counts(notifier) == [])
        #expect(await notifier.alertsKnown == 0)
    }
}
