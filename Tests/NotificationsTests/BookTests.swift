import GatewayTypes
import Testing

@testable import Notifications

@Suite struct BookTests {
    private let begin = Sample.begin

    private func book(alertsMax: Int = 10) -> AlertBook {
        AlertBook(rhythms: ["am": .alertmanager, "hook": .messages], alertsMax: alertsMax)
    }

    /// Looks every second from `begin` on and answers all that is due. When the channel was told, and of which state.
    private func told(
        _ channel: String, _ book: inout AlertBook, from: Double = 0, to: Double
    ) -> [(seconds: Double, state: Alert.State)] {
        var told: [(seconds: Double, state: Alert.State)] = []
        var second = from
        while second <= to {
            if let alerts = book.due(for: channel, batchMax: 256, at: begin + second) {
                told += alerts.map { (second, $0.state) }
                book.answered(channel, alerts, at: begin + second)
            }
            _ = book.forget(at: begin + second)
            second += 1
        }
        return told
    }

    @Test func `Alertmanager hears of a firing alert every minute and of its end for 15 minutes`() {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "am"), at: begin)
        let firing = told("am", &book, to: 150)
        #expect(firing.map(\.seconds) == [0, 60, 120] && firing.allSatisfy { $0.state == .firing })
        _ = book.take(Sample.notice(.resolved, to: "am"), at: begin + 151)
        let resolved = told("am", &book, from: 151, to: 3_000)
        #expect(resolved.map(\.seconds) == (0...15).map { 151 + Double($0) * 60 })
        #expect(resolved.allSatisfy { $0.state == .resolved })
        #expect(book.count == 0)
    }

    @Test func `What happened once is told of as ended after its time, and nothing else is`() {
        var book = book()
        let alert = KeyNetworkAlert(
            key: "laptop", caller: "alice", team: "search", network: "192.0.2.0/24", exchange: "x"
        ).alert(startsAt: begin)
        _ = book.take(AlertNotice(alert, channels: ["hook"]), at: begin)
        _ = book.take(Sample.notice(.firing, to: "hook"), at: begin)
        #expect(told("hook", &book, to: 10).map(\.seconds) == [0, 0])
        let early = book.end(KeyNetworkAlert.name, startedBefore: begin, at: begin + 900)
        let late = book.end(KeyNetworkAlert.name, startedBefore: begin + 1, at: begin + 901)
        #expect(!early && late)
        #expect(told("hook", &book, from: 901, to: 950).map(\.state) == [.resolved])
        #expect(book.count == 1, "the other one goes on")
    }

    @Test func `A web hook hears of it once, again after four hours, and of the end once`() {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "hook"), at: begin)
        #expect(told("hook", &book, to: 15_000).map(\.seconds) == [0, 14_400])
        _ = book.take(Sample.notice(.resolved, to: "hook"), at: begin + 15_001)
        #expect(told("hook", &book, from: 15_001, to: 15_100).map(\.seconds) == [15_001])
        #expect(book.count == 0)
    }

    @Test func `The beginning stays and the end moves on while an alert fires`() throws {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "am"), at: begin)
        var changed = Sample.alert(.firing, startsAt: begin + 30)
        changed.annotations["description"] = "Now 7 times."
        _ = book.take(AlertNotice(changed, channels: ["am"]), at: begin + 30)
        let alert = try #require(book.due(for: "am", batchMax: 9, at: begin + 40)?.first)
        #expect(alert.startsAt == begin && alert.endsAt == begin + 280)
        #expect(alert.annotations["description"] == "Now 7 times.")
        #expect(book.count == 1)
    }

    @Test func `An alert that resolves while it is being told of is told as resolved next`() throws {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "hook"), at: begin)
        let sent = try #require(book.due(for: "hook", batchMax: 1, at: begin))
        _ = book.take(Sample.notice(.resolved, to: "hook"), at: begin + 1)
        book.answered("hook", sent, at: begin + 2)
        let next = try #require(book.due(for: "hook", batchMax: 1, at: begin + 2)?.first)
        #expect(next.state == .resolved && next.startsAt == begin && next.endsAt == begin + 1)
    }

    @Test func `A new episode has its own beginning`() throws {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "am"), at: begin)
        _ = book.take(Sample.notice(.resolved, to: "am"), at: begin + 10)
        _ = told("am", &book, from: 10, to: 20)
        let again = AlertNotice(Sample.alert(.firing, startsAt: begin + 30), channels: ["am"])
        _ = book.take(again, at: begin + 30)
        let alert = try #require(book.due(for: "am", batchMax: 9, at: begin + 30)?.first)
        #expect(alert.state == .firing && alert.startsAt == begin + 30)
    }

    @Test func `A channel that does not answer is tried again later and later, then at once when it answers`() {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "hook"), at: begin)
        var now = begin
        var pauses: [Double] = []
        for _ in 0..<9 {
            #expect(book.due(for: "hook", batchMax: 1, at: now) != nil)
            book.unanswered("hook", askedSeconds: nil, chance: 1, at: now)
            var pause = 0.0
            while book.due(for: "hook", batchMax: 1, at: now + pause) == nil { pause += 0.5 }
            pauses.append(pause)
            now = now + pause
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        book.answered("hook", book.due(for: "hook", batchMax: 1, at: now) ?? [], at: now)
        _ = book.take(Sample.notice(.firing, budget: "ads", to: "hook"), at: now)
        #expect(book.due(for: "hook", batchMax: 1, at: now)?.count == 1)
    }

    @Test(arguments: [(90.0, 90.0), (100_000, 300), (0, 0.5)])
    func `A pause that the receiver asks for is kept, within bounds`(asked: Double, kept: Double) {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "hook"), at: begin)
        book.unanswered("hook", askedSeconds: asked, chance: 0, at: begin)
        #expect(book.due(for: "hook", batchMax: 1, at: begin + (kept - 0.1)) == nil)
        #expect(book.due(for: "hook", batchMax: 1, at: begin + kept) != nil)
    }

    @Test func `A wall clock set back by a day silences nothing`() {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "am", "hook"), at: begin)
        _ = told("am", &book, to: 0)
        book.unanswered("hook", askedSeconds: nil, chance: 1, at: begin)
        #expect(book.due(for: "am", batchMax: 9, at: begin + -86_400) != nil)
        #expect(book.due(for: "hook", batchMax: 9, at: begin + -86_400) != nil)
    }

    @Test func `What is due comes in batches, the longest due first`() throws {
        var book = AlertBook(rhythms: ["am": .alertmanager], alertsMax: 1_000)
        for number in 0..<600 {
            let notice = Sample.notice(.firing, budget: "b\(number)", to: "am")
            _ = book.take(notice, at: begin + Double(number) / 100)
        }
        var sizes: [Int] = []
        var names: [String] = []
        while let alerts = book.due(for: "am", batchMax: 256, at: begin + 10) {
            sizes.append(alerts.count)
            names += alerts.compactMap { $0.labels["budget"] }
            book.answered("am", alerts, at: begin + 10)
        }
        #expect(sizes == [256, 256, 88])
        #expect(names == (0..<600).map { "b\($0)" })
    }

    @Test func `Too many alerts are refused, but never the end of a known one`() {
        var book = book(alertsMax: 1)
        let first = book.take(Sample.notice(.firing, to: "am"), at: begin)
        let second = book.take(Sample.notice(.firing, budget: "ads", to: "am"), at: begin)
        let end = book.take(Sample.notice(.resolved, to: "am"), at: begin)
        #expect(first && !second && end)
        #expect(book.due(for: "am", batchMax: 9, at: begin)?.map(\.state) == [.resolved])
    }

    @Test func `An end that could not be told in its time is dropped and counted`() {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "am", "hook"), at: begin)
        _ = book.take(Sample.notice(.resolved, to: "am", "hook"), at: begin)
        #expect(book.forget(at: begin + 899) == [:])
        #expect(book.forget(at: begin + 900) == ["am": 1])
        #expect(book.forget(at: begin + 86_399) == [:] && book.count == 1)
        #expect(book.forget(at: begin + 86_400) == ["hook": 1] && book.count == 0)
    }

    @Test func `Channels that nobody configured are told nothing`() {
        var book = book()
        _ = book.take(Sample.notice(.firing, to: "pager"), at: begin)
        #expect(book.count == 0 && book.due(for: "pager", batchMax: 9, at: begin) == nil)
    }

    @Test func `The same labels in any order are the same alert`() {
        let one = AlertLabels([("b", "2"), ("a", "1"), ("empty", ""), ("a", "3")])
        let other = AlertLabels([("a", "3"), ("b", "2")])
        #expect(one == other && one.pairs.map(\.name) == ["a", "b"])
        #expect(one.fingerprint == other.fingerprint)
        #expect(one.fingerprint != AlertLabels([("a", "3b"), ("", "2")]).fingerprint)
        // The fingerprint of no labels is the hash's own beginning.
        #expect(Hex.text(AlertLabels().fingerprint) == "cbf29ce484222325")
    }
}
