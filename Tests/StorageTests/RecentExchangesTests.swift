import Foundation
import GatewayTypes
import Testing

@testable import Storage

@Suite struct RecentExchangesTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("recent")
    }

    private func outcomes(_ count: Int) -> [Outcome] {
        var exchanges = Exchanges()
        return (0..<count).map { number in
            exchanges.time = exchanges.time.advanced(byNanoseconds: 1_000_000)
            var outcome = exchanges.outcome(of: exchanges.entry())
            outcome.status = 200 + number
            return outcome
        }
    }

    /// An exchange with everything that a story can tell.
    private func eventful() throws -> Outcome {
        var outcome = outcomes(1)[0]
        var names = NameTable()
        let served = try #require(outcome.attempts.first)
        var failed = AttemptOutcome(target: served.target, spanID: 3, began: Moment(nanoseconds: 1_500))
        failed.ended = Moment(nanoseconds: 1_900)
        failed.failure = Failure(.upstreamConnect, "It could not be reached.", retryable: true)
        failed.usage = Usage(source: .estimated)
        failed.usage[.input] = 3
        failed.cost = .unknown
        var last = served
        last.phases.dns = 1
        last.phases.connect = 2
        last.phases.tls = 3
        last.phases.wait = 4
        last.phases.stream = 5
        last.phases.reused = true
        last.status = 200
        last.resendCount = 1
        last.firstVisibleToken = Moment(nanoseconds: 600_001_000)
        last.ended = Moment(nanoseconds: 1_900_001_000)
        last.usage = outcome.usage
        last.cost = outcome.cost
        outcome.attempts = [failed, last]
        outcome.servedAttempt = 1
        outcome.accounted = true
        outcome.overheadNanoseconds = 12_345
        outcome.hops.add(.receive, from: Moment(nanoseconds: 1_000), to: Moment(nanoseconds: 1_100))
        outcome.hops.add(.attempt, from: Moment(nanoseconds: 1_500), to: Moment(nanoseconds: 1_900_001_000))
        outcome.override = Override(
            budget: names.declare("search"), rule: names.declare("save"),
            action: .reroute(from: names.declare("smart"), to: names.declare("fast")))
        outcome.demand = Money("1.5") ?? .zero
        outcome.failure = Failure(.upstreamCut, "It broke off.")
        outcome.notes = [Note(.routing, "budget search, rule save: rerouted to fast")]
        outcome.dropped = ["top_k"]
        outcome.reply.finishReasons = ["stop", "length"]
        return outcome
    }

    @Test func `A story tells all of an exchange`() throws {
        let outcome = try eventful()
        let recent = try RecentExchanges(path: path, capacity: 4)
        recent.keep([outcome])
        let story = try #require(recent.story(of: outcome.id))
        #expect(story.row == LedgerRow(outcome, instance: 0, worker: 0))
        #expect(story.isAccounted && story.overheadNanoseconds == 12_345 && story.servedAttempt == 2)
        #expect(story.hops.map(\.hop) == [.receive, .attempt])
        #expect(story.hops[0].time == .init(start: 0, nanoseconds: 100))
        #expect(story.hops[1].time == .init(start: 500, nanoseconds: 1_899_999_500))
        let failed = story.attempts[0]
        #expect(failed.number == 1 && failed.time == .init(start: 500, nanoseconds: 400) && failed.status == 0)
        #expect(
            failed.reason == "upstream_connect" && failed.isRetryable && failed.message == "It could not be reached.")
        #expect(failed.usage == outcome.attempts[0].usage && failed.cost == .unknown && failed.firstToken == nil)
        let last = story.attempts[1]
        #expect((last.provider, last.model, last.keyAlias) == ("main", "gpt-4o", "prod-1"))
        #expect([last.dns, last.connect, last.tls, last.wait, last.stream] == [1, 2, 3, 4, 5])
        #expect(last.isReused && last.status == 200 && last.resendCount == 1 && last.reason == nil)
        #expect(last.firstToken == 500_000_000 && last.firstVisibleToken == 600_000_000)
        #expect(last.providerRequestID == "req_01HZX" && last.usage == outcome.usage && last.cost == outcome.cost)
        #expect((story.reroutedFrom, story.clampedTo, story.failureMessage) == ("smart", nil, "It broke off."))
        #expect(story.notes.map(\.hop) == [.routing] && story.dropped == ["top_k"])
        #expect(story.finishReasons == ["stop", "length"])
    }

    @Test func `The oldest make room for the latest, and all are there again after a restart`() throws {
        let all = outcomes(200)
        do {
            let recent = try RecentExchanges(path: path, capacity: 70)
            recent.keep(all[..<3])
            recent.keep(all[3..<199])
            #expect(recent.last?.row.id == all[198].id)
        }
        let recent = try RecentExchanges(path: path, capacity: 70)
        recent.keep(all[199...])
        #expect(recent.last?.row.id == all[199].id)
        for (number, outcome) in all.enumerated() {
            #expect(recent.story(of: outcome.id)?.row.status == (number < 130 ? nil : 200 + number))
        }
        #expect(recent.lost == 0)
        let size = try directory.bytes(of: "recent").count
        #expect(size == 4_096 + 70 * RecentExchanges.slotBytes)
    }

    @Test func `A slot that was torn is missing, the others are not`() throws {
        let all = outcomes(3)
        do { try RecentExchanges(path: path, capacity: 8).keep(all[...]) }
        var bytes = try directory.bytes(of: "recent")
        bytes[4_096 + 2 * RecentExchanges.slotBytes + 100] ^= 1
        try directory.write(bytes, to: "recent")
        let recent = try RecentExchanges(path: path, capacity: 8)
        #expect(recent.story(of: all[1].id) == nil)
        #expect(recent.story(of: all[0].id)?.row.id == all[0].id)
        #expect(recent.story(of: all[2].id)?.row.id == all[2].id)
    }

    @Test func `Another capacity begins anew, another file is left alone, a second process is refused`() throws {
        let all = outcomes(2)
        do { try RecentExchanges(path: path, capacity: 8).keep(all[...]) }
        let recent = try RecentExchanges(path: path, capacity: 9)
        #expect(recent.last == nil && recent.story(of: all[0].id) == nil)
        #expect(throws: StorageError.self) { try RecentExchanges(path: path, capacity: 9) }
        try directory.write(Array(repeating: 65, count: 5_000), to: "other")
        let error = #expect(throws: StorageError.self) {
            try RecentExchanges(path: directory.file("other"), capacity: 9)
        }
        #expect(error?.description.hasSuffix("is some other file; move it away") == true)
        #expect(try directory.bytes(of: "other").count == 5_000)
    }

    @Test(arguments: [1, 2, 3, 10])
    func `However long its texts, a story fits`(attempts: Int) throws {
        var outcome = try eventful()
        let long = String(repeating: "ß", count: 4_000)
        outcome.attempts = (0..<attempts).map { _ in
            var attempt = outcome.attempts[0]
            attempt.failure = Failure(.upstreamError, long)
            attempt.providerRequestID = long
            return attempt
        }
        outcome.servedAttempt = nil
        outcome.askedModel = long
        outcome.reply.responseModel = long
        outcome.notes = (0..<40).map { _ in Note(.routing, long) }
        outcome.dropped = [String](repeating: long, count: 40)
        let recent = try RecentExchanges(path: path, capacity: 2)
        recent.keep([outcome])
        let story = try #require(recent.story(of: outcome.id))
        #expect(story.row.attempts == attempts)
        #expect(story.attempts.first?.number == 1 && story.attempts.last?.number == attempts)
        #expect(story.row.askedModel.hasPrefix("ßßß"))
    }

    @Test func `An identifier is found by its beginning`() throws {
        let all = outcomes(5)
        let recent = try RecentExchanges(path: path, capacity: 8)
        recent.keep(all[...])
        let ledger = try Ledger(path: directory.file("ledger"))
        try ledger.insert(all.map { LedgerRow($0, instance: 1, worker: 0) })
        let text = all[2].id.description
        let long = try #require(IDPrefix(text.prefix(20)))
        #expect(recent.ids(beginningWith: long, limit: 9) == [all[2].id])
        #expect(try ledger.ids(beginningWith: long, limit: 9) == [all[2].id])
        let short = try #require(IDPrefix(text.prefix(9)))
        #expect(recent.ids(beginningWith: short, limit: 9) == all.map(\.id))
        #expect(try ledger.ids(beginningWith: short, limit: 3) == all.prefix(3).map(\.id))
        #expect(IDPrefix(text.uppercased())?.whole == all[2].id)
        #expect(IDPrefix("0199") == nil && IDPrefix("not an id") == nil && IDPrefix(text + "0") == nil)
    }
}
