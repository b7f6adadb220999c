import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Notifications

@Suite struct ChannelTests {
    private static let labels =
        #"{"alertname":"WeirBudgetRuleFiring","budget":"search","component":"weir","owner":"search-oncall","#
        + #""rule":"too-fast","severity":"page","team":"search"}"#
    private static let annotations =
        #"{"description":"Spends 6 times too fast: \"smart\" goes to fast.\n","#
        + #""runbook_url":"docs/runbooks/WeirBudgetRuleFiring.md","summary":"A rule of a budget fires."}"#

    @Test func `Alertmanager's alerts are written to the letter`() {
        var alert = Sample.alert(.firing, endsAt: Sample.begin + 240)
        alert.generatorURL = "http://weir/budgets"
        let bare = Alert(
            labels: AlertLabels([("alertname", "A")]), annotations: AlertLabels(), state: .resolved,
            startsAt: Sample.begin + 0.5)
        #expect(
            String(buffer: AlertmanagerChannel.body([alert, bare]))
                == #"[{"labels":\#(Self.labels),"annotations":\#(Self.annotations),"#
                + #""startsAt":"2026-11-22T18:00:00.000Z","endsAt":"2026-11-22T18:04:00.000Z","#
                + #""generatorURL":"http://weir/budgets"},"#
                + #"{"labels":{"alertname":"A"},"annotations":{},"startsAt":"2026-11-22T18:00:00.500Z"}]"#)
    }

    @Test(arguments: [
        (Alert.State.firing, "0001-01-01T00:00:00Z"), (.resolved, "2026-11-22T18:04:00.000Z"),
    ])
    func `A web hook's message is written to the letter`(state: Alert.State, end: String) {
        let channel = WebhookChannel(
            name: "hook", endpoint: ScriptedReceivers.endpoint(9, "/secret"), externalURL: "http://weir",
            fetcher: ScriptedReceivers([:]))
        let alert = Sample.alert(state, endsAt: Sample.begin + 240)
        let key = WebhookChannel.groupKey(alert.labels)
        #expect(key.hasPrefix(#"{}:{alertname="WeirBudgetRuleFiring", budget="search", "#))
        #expect(
            String(buffer: channel.body(alert))
                == #"{"version":"4","groupKey":\#(key.json),"#
                + #""truncatedAlerts":0,"status":"\#(state.rawValue)","receiver":"hook","#
                + #""groupLabels":\#(Self.labels),"commonLabels":\#(Self.labels),"#
                + #""commonAnnotations":\#(Self.annotations),"externalURL":"http://weir","#
                + #""alerts":[{"status":"\#(state.rawValue)","labels":\#(Self.labels),"#
                + #""annotations":\#(Self.annotations),"startsAt":"2026-11-22T18:00:00.000Z","#
                + #""endsAt":"\#(end)","generatorURL":"","fingerprint":"\#(alert.fingerprint)"}]}"#)
    }

    @Test func `The fingerprint is the one that Alertmanager gives to the same labels`() {
        #expect(Sample.alert(.firing).fingerprint == "b600dbec5a8273ab")
    }

    @Test func `Every peer is told, and one that takes the alerts is enough`() async {
        let receivers = ScriptedReceivers([1: [.unreachable], 2: [.status(200)], 3: [.status(500, body: "oops")]])
        let answer = await alertmanager(receivers, peers: [1, 2, 3]).send([Sample.alert(.firing)], deadline: .zero)
        #expect(answer.verdict == .delivered)
        #expect(answer.peers.map(\.address) == ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"])
        #expect(answer.peers.map(\.status) == [nil, 200, 500])
        #expect(answer.peers.map(\.text) == ["connection refused", "", "oops"])
        #expect(Set(receivers.bodies).count == 1 && receivers.requests.count == 3)
        #expect(receivers.requests.allSatisfy { $0.fields.map(\.value) == ["application/json"] })
    }

    @Test(
        arguments: [
            ([400, 503], .again(afterSeconds: nil)), ([400, 400], .refused), ([404], .refused),
            ([429], .again(afterSeconds: nil)), ([500], .again(afterSeconds: nil)), ([202], .delivered),
            ([301], .refused),
        ] as [([Int], ChannelAnswer.Verdict)])
    func `Only what may go better next time is tried again`(
        statuses: [Int], verdict: ChannelAnswer.Verdict
    ) async {
        let scripts = statuses.enumerated().map { ($0.offset, [ScriptedReceivers.Answer.status($0.element)]) }
        let receivers = ScriptedReceivers(Dictionary(uniqueKeysWithValues: scripts))
        let channel = alertmanager(receivers, peers: Array(statuses.indices))
        #expect(await channel.send([Sample.alert(.firing)], deadline: .zero).verdict == verdict)
    }

    @Test(arguments: [("7", 7.0), ("soon", nil), ("-1", nil)] as [(String, Double?)])
    func `A web hook may say when to come back`(text: String, seconds: Double?) async {
        let receivers = ScriptedReceivers([1: [.status(429, fields: [ReplyField("retry-after", text)])]])
        let channel = WebhookChannel(
            name: "hook", endpoint: ScriptedReceivers.endpoint(1, "/secret"), fetcher: receivers)
        let answer = await channel.send([Sample.alert(.firing)], deadline: .zero)
        #expect(answer.verdict == .again(afterSeconds: seconds))
        // The path may be a secret.
        #expect(answer.peers.map(\.address) == ["127.0.0.1:1"])
    }

    private func alertmanager(_ receivers: ScriptedReceivers, peers: [Int]) -> AlertmanagerChannel {
        AlertmanagerChannel(
            name: "am", peers: peers.map { ScriptedReceivers.endpoint($0) }, fetcher: receivers)
    }
}
