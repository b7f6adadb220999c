import GatewayTypes
import Synchronization
import Testing

@testable import Limits

/// What several loops count together.
private final class Tally: Sendable {
    let passed = Mutex([0, 0])
    let refusedPermits = Mutex(0)
}

@Suite struct StageTests {
    private let clock = TestClock()

    private func refusal(_ result: Result<LimitGrant?, Failure>) -> Failure? {
        if case .failure(let failure) = result { return failure }
        return nil
    }

    private func grant(_ result: Result<LimitGrant?, Failure>) -> LimitGrant? {
        if case .success(let grant) = result { return grant }
        return nil
    }

    private func value(_ name: String, _ fields: [ReplyField]) -> String? { fields.first { $0.name == name }?.value }

    @Test func `Over the limit it refuses with the limit's name, when, and what SDKs read`() async throws {
        var town = Town()
        let house = House(town, [try town.limit(requests: ["2/minute"])], clock: clock)
        var first = town.exchange()
        _ = await house.enter(&first)
        #expect(value("x-ratelimit-limit-requests", first.replyFields) == "2")
        #expect(value("x-ratelimit-remaining-requests", first.replyFields) == "1")
        #expect(value("x-ratelimit-limit-tokens", first.replyFields) == nil)
        #expect(await house.pass(1, town.exchange()) == 1)
        var third = town.exchange()
        let failure = try #require(refusal(await house.enter(&third)))
        #expect(failure.reason == .rateLimited && failure.status == 429 && !failure.retryable)
        let seconds = try #require(failure.retryAfterSeconds)
        #expect((59...62).contains(seconds))
        #expect(
            failure.message
                == "Limit \"chat\" is reached: 2 requests in any minute for each caller. Try again in \(seconds) s.")
        #expect(value("x-ratelimit-remaining-requests", failure.fields) == "0")
        #expect(value("x-weir-limit", failure.fields) == "chat")
        #expect(third.notes.map(\.text) == ["limit chat: refused, 2 requests in any minute"])
        #expect(third.notes.map(\.hop) == [.limits])
        #expect(house.book.rejections() == [LimitBook.RejectionKey(limit: "chat", team: "search"): 1])
        clock.advance(seconds: Double(seconds))
        #expect(await house.pass(1, town.exchange()) == 1, "after the wait there is room")
        #expect(await house.pass(1, town.exchange(caller: "bot")) == 1, "another caller has a count of their own")
    }

    @Test func `A plan's limits hold for those who have it, in the scope that is written`() async throws {
        var town = Town()
        let definitions = [
            try town.limit("free", plan: "free", requests: ["1/minute"]),
            try town.limit("ads", each: .team, team: "ads", requests: ["2/minute"]),
            try town.limit("smart", each: .model, model: "smart", requests: ["5/minute"]),
        ]
        let house = House(town, definitions, clock: clock)
        #expect(await house.pass(9, town.exchange(plan: "free", route: town.fast)) == 1)
        #expect(await house.pass(9, town.exchange(plan: "team", route: town.fast)) == 9)
        #expect(await house.pass(9, town.exchange(team: "ads", caller: "bot", route: town.fast)) == 2)
        #expect(await house.pass(9, town.exchange()) == 5)
        #expect(await house.pass(9, town.exchange(team: "ads", route: town.fast)) == 0, "the team's count is one")
    }

    @Test func `It takes of all limits or of none`() async throws {
        var town = Town()
        let definitions = [
            try town.limit("wide", each: .gateway, requests: ["10/minute"], concurrent: 5),
            try town.limit("narrow", requests: ["1/minute"]),
        ]
        let house = House(town, definitions, clock: clock)
        #expect(await house.pass(50, town.exchange()) == 1)
        #expect(await house.pass(50, town.exchange(caller: "bot")) == 1)
        #expect(house.book.permits() == [LimitBook.Permits(limit: "wide", inUse: 0, most: 5)])
        #expect(await house.pass(50, town.exchange(caller: "nobody")) == 1, "the undeclared share one count")
    }

    @Test(
        arguments: [nil, Failure(.upstreamCut, ""), Failure(.clientGone, ""), Failure(.interrupted, "")] as [Failure?])
    func `A permit is given back exactly once, whatever happened`(failure: Failure?) async throws {
        var town = Town()
        let house = House(town, [try town.limit(concurrent: 2)], clock: clock)
        let first = try #require(grant(await house.enter(town.exchange())))
        let second = try #require(grant(await house.enter(town.exchange())))
        let refused = try #require(refusal(await house.enter(town.exchange())))
        #expect(refused.message == "Limit \"chat\" is reached: 2 at once for each caller. Try again in 1 s.")
        #expect(house.book.permits().map(\.inUse) == [2])
        first.settle(town.outcome(failure: failure, isServed: failure == nil))
        first.settle(town.outcome(failure: failure, isServed: failure == nil))
        #expect(house.book.permits().map(\.inUse) == [1], "the second time has no effect")
        let third = try #require(grant(await house.enter(town.exchange())))
        for grant in [second, third] { grant.settle(town.outcome()) }
        #expect(house.book.permits().map(\.inUse) == [0])
    }

    @Test func `Tokens are reserved by an estimate and become those that were used`() async throws {
        var town = Town()
        let house = House(town, [try town.limit(tokens: "5000/minute")], clock: clock)
        var first = town.exchange(maxTokens: 2000, textBytes: 4000)
        let grant = try #require(grant(await house.enter(&first)))
        #expect(value("x-ratelimit-remaining-tokens", first.replyFields) == "2000")
        let failure = try #require(refusal(await house.enter(town.exchange(maxTokens: 2000, textBytes: 4000))))
        #expect(value("x-ratelimit-remaining-tokens", failure.fields) == "2000")
        #expect(value("x-ratelimit-limit-tokens", failure.fields) == "5000")
        grant.settle(town.outcome(input: 900, output: 100))
        var second = town.exchange(maxTokens: 2000, textBytes: 4000)
        let more = try #require(self.grant(await house.enter(&second)))
        #expect(value("x-ratelimit-remaining-tokens", second.replyFields) == "1000")
        more.settle(town.outcome(input: 1000, output: 6000))
        let over = try #require(refusal(await house.enter(town.exchange(maxTokens: 1))))
        #expect(value("x-ratelimit-remaining-tokens", over.fields) == "0", "what was used beyond the estimate counts")
    }

    @Test func `Tokens of what failed are given back, of a reply that nobody counted kept`() async throws {
        var town = Town()
        let house = House(town, [try town.limit(outputTokens: "1000/minute")], clock: clock)
        let failed = try #require(grant(await house.enter(town.exchange(maxTokens: 600))))
        failed.settle(town.outcome(failure: Failure(.upstreamConnect, ""), isServed: false))
        let uncounted = try #require(grant(await house.enter(town.exchange(maxTokens: 600))))
        uncounted.settle(town.outcome())
        #expect(refusal(await house.enter(town.exchange(maxTokens: 600))) != nil)
        #expect(refusal(await house.enter(town.exchange(maxTokens: 400))) == nil)
    }

    @Test func `Longer replies are cut or refused, larger bodies refused`() async throws {
        var town = Town()
        let house = House(
            town,
            [
                try town.limit("short", maxTokens: 100),
                try town.limit("free", plan: "free", maxTokens: 50, over: .refuse),
                try town.limit("small", body: 10),
            ], clock: clock)
        var open = town.exchange()
        #expect(refusal(await house.enter(&open)) == nil)
        #expect(open.outputTokensMax == 100)
        var long = town.exchange(maxTokens: 1000)
        #expect(refusal(await house.enter(&long)) == nil)
        #expect(long.outputTokensMax == 100 && long.notes.map(\.text) == ["limit short: 100 output tokens at most"])
        let refused = try #require(refusal(await house.enter(town.exchange(plan: "free", maxTokens: 51))))
        #expect(refused.reason == .badRequest && refused.param == "max_tokens" && refused.message.contains("\"free\""))
        let large = try #require(refusal(await house.enter(town.exchange(bodyBytes: 11))))
        #expect(large.reason == .payloadTooLarge && value("x-weir-limit", large.fields) == "small")
        #expect(house.book.rejections().values.reduce(0, +) == 2)
    }

    @Test func `End users have counts of their own, keys too`() async throws {
        var town = Town()
        let house = House(
            town,
            [
                try town.limit("users", each: .endUser, requests: ["1/minute"]),
                try town.limit("keys", each: .key, requests: ["3/minute"]),
            ], clock: clock)
        #expect(await house.pass(5, town.exchange(user: "u1")) == 1)
        #expect(await house.pass(5, town.exchange(user: "u2")) == 1)
        #expect(await house.pass(5, town.exchange(caller: "bot", user: "u1")) == 1, "another caller's user")
        #expect(await house.pass(5, town.exchange()) == 1, "of ann's key the third, though no user is named")
        #expect(await house.pass(5, town.exchange(key: "other")) == 3)
        let long = String(repeating: "x", count: 129)
        #expect(refusal(await house.enter(town.exchange(user: long)))?.reason == .badRequest)
    }

    @Test func `The table of end users is bounded: the idle leave, newcomers beyond it share a count`() throws {
        var town = Town()
        let definition = try town.limit("users", each: .endUser, requests: ["1/second"])
        let table = LimitTable(definition, cellsMax: 64)
        var readings = LimitReadings()
        func take(_ user: Int) -> LimitCell {
            let cell = table.cell(of: LimitSubject(caller: "ann", value: "u\(user)"), at: clock.now)
            cell.state.withLock { state in
                state.take(LimitCost(), at: clock.now, &readings)
                state.settle(LimitCost(), as: LimitCost(), reservedAt: clock.now, at: clock.now)
            }
            return cell
        }
        for user in 0..<5000 { _ = take(user) }
        #expect(table.count <= 64)
        let shared = take(90_001)
        #expect(shared === take(90_002), "no name wins a fresh count")
        clock.advance(seconds: 3)
        #expect(take(90_001) !== take(90_002), "those who were idle have left")
        #expect(table.count <= 64)
    }

    @Test func `A reload keeps the counts of what did not change`() async throws {
        var town = Town()
        let before = [
            try town.limit("same", requests: ["2/minute"], concurrent: 3),
            try town.limit("raised", requests: ["9/minute"]),
        ]
        let house = House(town, before, clock: clock)
        let open = try #require(grant(await house.enter(town.exchange())))
        var later = Town()
        _ = later.callers.declare("zoe")
        later.callers = NameTable()
        for name in ["zoe", "bot", "ann"] { _ = later.callers.declare(name) }
        let after = House(
            later,
            [
                try later.limit("raised", requests: ["1/minute"]),
                try later.limit("same", requests: ["2/minute"], concurrent: 3, maxTokens: 7),
            ], book: house.book)
        #expect(house.book.permits() == [LimitBook.Permits(limit: "same", inUse: 1, most: 3)])
        #expect(await after.pass(5, later.exchange()) == 1, "one of two was counted before; the raised one begins anew")
        open.settle(town.outcome())
        #expect(house.book.permits().map(\.inUse) == [0])
    }

    @Test(arguments: [1, 2, 4])
    func `Loops agree: however many there are, as much passes and all permits come back`(loops: Int) async throws {
        var town = Town()
        let definitions = [
            try town.limit("wide", each: .gateway, requests: ["700/hour"], concurrent: 3),
            try town.limit("mine", requests: ["300/hour"], tokens: "100000000/hour"),
            try town.limit("team", each: .team, requests: ["1000/hour"]),
        ]
        let house = House(town, definitions, clock: clock)
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for loop in 0..<loops {
                group.addTask { @concurrent in
                    for round in 0..<(4000 / loops) {
                        let caller = (round + loop) % 2
                        var exchange = house.town.exchange(caller: caller == 0 ? "ann" : "bot")
                        do throws(Failure) {
                            guard case .follow(let filter) = try await house.stage.enter(&exchange) else { continue }
                            tally.passed.withLock { $0[caller] += 1 }
                            var held = filter
                            held.settle(house.town.outcome(input: 1, output: 1))
                        } catch {
                            if error.message.contains("at once") { tally.refusedPermits.withLock { $0 += 1 } }
                        }
                    }
                }
            }
        }
        #expect(tally.passed.withLock { $0 } == [300, 300])
        #expect(house.book.permits().map(\.inUse) == [0])
        if loops <= 3 { #expect(tally.refusedPermits.withLock { $0 } == 0) }
    }

    @Test func `Each limit is said in plain English`() throws {
        var town = Town()
        let limit = try town.limit(
            plan: "free", each: .team, model: "smart", requests: ["1/second", "60/minute burst 5"], tokens: "1000/day",
            concurrent: 1, maxTokens: 10, body: 100)
        #expect(
            limit.plainEnglish
                == "chat: each team on plan free, asking for smart, at most 1 request in any second; 60 requests a minute, evenly, 5 at once; 1000 tokens in any day; 1 exchange at once; 100 bytes of body in a request; 10 output tokens in a reply (cut to that)."
        )
    }
}
