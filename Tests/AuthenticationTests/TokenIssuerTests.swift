import Crypto
import GatewayTypes
import Testing

@testable import Authentication

/// When an issuer's keys are fetched, and who waits for that.
@Suite struct TokenIssuerTests {
    private static func at(_ seconds: Double) -> Moment { Moment.zero.advanced(bySeconds: 1000 + seconds) }

    private var second: TokenMaker {
        var maker = TokenMaker()
        maker.keyID = "two"
        maker.pem = SigningKeys.second
        return maker
    }

    @Test func `A schedule fetches when due, and sooner and sooner not after failures`() {
        var schedule = KeySetSchedule(KeySetSchedule.Settings())
        #expect(schedule.step(for: .routine, now: Self.at(0)) == .fetch)
        #expect(schedule.step(for: .routine, now: Self.at(0)) == .leave)
        #expect(schedule.step(for: .unknownKey, now: Self.at(0)) == .wait)
        schedule.succeeded(at: Self.at(0))
        #expect(schedule.step(for: .routine, now: Self.at(299)) == .leave)
        #expect(schedule.step(for: .unknownKey, now: Self.at(4.9)) == .leave)
        #expect(schedule.step(for: .routine, now: Self.at(300)) == .fetch)
        schedule.failed()
        #expect(schedule.goodUntil == Self.at(86_400))
        // After 5 s, then 10, 20, 40, and every minute from then on.
        var time = 300.0
        for pause in [5.0, 10, 20, 40, 60, 60] {
            #expect(schedule.step(for: .routine, now: Self.at(time + pause - 0.1)) == .leave)
            time += pause
            #expect(schedule.step(for: .routine, now: Self.at(time)) == .fetch)
            schedule.failed()
        }
        #expect(schedule.step(for: .unknownKey, now: Self.at(time + 5)) == .fetch)
        schedule.abandoned()
        #expect(schedule.step(for: .unknownKey, now: Self.at(time + 5)) == .fetch)
        schedule.succeeded(at: Self.at(time + 5))
        #expect(schedule.step(for: .routine, now: Self.at(time + 6)) == .leave)
    }

    @Test func `A token with a new key makes one fetch, whoever else has such a token waits for it`() async throws {
        let door = try TestDoor()
        let (old, new) = (try TokenMaker().token(), try second.token())
        #expect(await door.enter(old, at: TokenMaker.now, Self.at(0)).failure == nil)
        door.place.show(KeySets.json(KeySets.first, KeySets.second))
        door.place.hold()
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { await door.enter(new, at: TokenMaker.now, Self.at(10)).failure == nil } }
            while door.place.waiting == 0 { await Task.yield() }
            // Those with a known key do not wait.
            #expect(await door.enter(old, at: TokenMaker.now, Self.at(10)).failure == nil)
            door.place.release()
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(accepted == 50)
        #expect(door.place.fetches == 2)
    }

    @Test func `Tokens with invented keys do not make more than a fetch in five seconds`() async throws {
        let door = try TestDoor()
        #expect(await door.enter(try TokenMaker().token(), at: TokenMaker.now, Self.at(0)).failure == nil)
        for number in 0..<100 {
            var forger = second
            forger.keyID = "invented-\(number)"
            let failure = await door.enter(try forger.token(), at: TokenMaker.now, Self.at(5 + Double(number) / 10))
                .failure
            #expect(failure?.reason == .unauthenticated)
        }
        #expect(door.faults == [.unknownSigner: 100])
        #expect(door.place.fetches == 3)
        #expect(door.place.checks.count == 1)
    }

    @Test func `Keys count on while the issuer is away, and end when they are too old`() async throws {
        var times = TokenIssuer.Times()
        times.staleSeconds = 600
        let door = try TestDoor(times: times)
        let token = try TokenMaker().token()
        #expect(await door.enter(token, at: TokenMaker.now, Self.at(0)).failure == nil)
        door.place.show(nil)
        let issuer = door.tokens.realms[0].issuer
        guard case .trouble? = await issuer.renewIfDue(at: Self.at(300)) else {
            Issue.record("the issuer is away, and nobody noticed")
            return
        }
        #expect(await door.enter(token, at: TokenMaker.now, Self.at(599)).failure == nil)
        let other = try TokenMaker().token(TokenMaker.plain.replacing("ada", with: "bob"))
        #expect(await door.enter(other, at: TokenMaker.now, Self.at(599)).failure == nil)
        // A remembered token counts no longer than the keys do.
        for token in [token, other] {
            let failure = await door.enter(token, at: TokenMaker.now, Self.at(600)).failure
            #expect(failure?.reason == .overloaded)
            #expect(failure?.retryAfterSeconds == 5)
        }
        #expect(door.faults == [.keysAway: 2])
        #expect(issuer.reading(at: Self.at(600)).failed == 2)
        door.place.show(KeySets.json(KeySets.first))
        #expect(await door.enter(token, at: TokenMaker.now, Self.at(700)).failure == nil)
        #expect(issuer.reading(at: Self.at(710)).ageSeconds == 10)
    }

    @Test func `A key that the issuer has taken back lets nobody in, remembered or not`() async throws {
        let door = try TestDoor()
        let token = try TokenMaker().token()
        #expect(await door.enter(token, at: TokenMaker.now, Self.at(0)).failure == nil)
        door.place.show(KeySets.json(KeySets.second))
        _ = await door.tokens.realms[0].issuer.renewIfDue(at: Self.at(300))
        #expect(await door.enter(token, at: TokenMaker.now, Self.at(301)).failure?.reason == .unauthenticated)
        #expect(await door.enter(try second.token(), at: TokenMaker.now, Self.at(301)).failure == nil)
        #expect(door.faults == [.unknownSigner: 1])
    }

    @Test func `A set that cannot be read does not take the place of a good one`() async throws {
        let door = try TestDoor()
        #expect(await door.enter(try TokenMaker().token(), at: TokenMaker.now, Self.at(0)).failure == nil)
        door.place.show(Array("<html>".utf8))
        _ = await door.tokens.realms[0].issuer.renewIfDue(at: Self.at(300))
        let other = try TokenMaker().token(TokenMaker.plain.replacing("ada", with: "bob"))
        #expect(await door.enter(other, at: TokenMaker.now, Self.at(301)).failure == nil)
        #expect(door.tokens.realms[0].issuer.reading(at: Self.at(301)).keys == 1)
    }

    @Test func `Who gives up while it fetches leaves the fetch to another`() async throws {
        let door = try TestDoor()
        let token = try TokenMaker().token()
        door.place.hold()
        let first = Task { await door.enter(token, at: TokenMaker.now, Self.at(0)).failure }
        while door.place.waiting == 0 { await Task.yield() }
        let second = Task { await door.enter(token, at: TokenMaker.now, Self.at(0)).failure }
        door.place.show(nil)
        first.cancel()
        door.place.release()
        #expect(await first.value != nil)
        door.place.show(KeySets.json(KeySets.first))
        #expect(await door.enter(token, at: TokenMaker.now, Self.at(10)).failure == nil)
        _ = await second.value
    }
}
