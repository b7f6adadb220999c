import GatewayTypes
import NIOCore
import TestSupport
import Testing

@testable import Routing

/// Which of a provider's keys serves, as traces.
@Suite struct KeyPoolTests {
    private static func at(_ seconds: Double) -> Moment { Moment.zero.advanced(bySeconds: 1000 + seconds) }

    private static func shares(_ pool: KeyPool, at now: Moment, draws: Int = 10_000) -> [Int?: Int] {
        var shares: [Int?: Int] = [:]
        for draw in 0..<draws { shares[pool.choose(draw: UInt64(draw), at: now), default: 0] += 1 }
        return shares
    }

    @Test func `Keys serve by their weights`() {
        let shares = Self.shares(KeyPool(weights: [7, 2, 1]), at: Self.at(0))
        #expect((6_700...7_300).contains(shares[0] ?? 0))
        #expect((1_800...2_200).contains(shares[1] ?? 0))
        #expect((850...1_150).contains(shares[2] ?? 0))
    }

    @Test func `A refused key is left alone, and the others share what it had`() {
        var pool = KeyPool(weights: [8, 1, 1])
        pool.refused(0, .refused, asked: nil, began: Self.at(0), at: Self.at(1))
        let shares = Self.shares(pool, at: Self.at(2))
        #expect(shares[0] == nil)
        #expect((4_500...5_500).contains(shares[1] ?? 0))
        #expect(pool.cause(0, at: Self.at(600.9)) == .refused)
        #expect(pool.isUsable(0, at: Self.at(601)))
        #expect(pool.cause(0, at: Self.at(601)) == nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let cause: KeyPool.Cause
        let asked: Double?
        /// Seconds of the first refusal, of the second and of the tenth in a row.
        let seconds: [Double]
        var testDescription: String { "\(cause) \(asked.map { "\($0)" } ?? "")" }
    }

    private static let cases = [
        Case(cause: .refused, asked: nil, seconds: [600, 1200, 3600]),
        Case(cause: .refused, asked: 1, seconds: [600, 1200, 3600]),
        Case(cause: .quota, asked: nil, seconds: [600, 1200, 3600]),
        Case(cause: .quota, asked: 60, seconds: [60, 60, 60]),
        Case(cause: .rateLimited, asked: nil, seconds: [20, 40, 3600]),
        Case(cause: .rateLimited, asked: 7, seconds: [7, 7, 7]),
        Case(cause: .rateLimited, asked: 0, seconds: [1, 1, 1]),
        Case(cause: .rateLimited, asked: 1e9, seconds: [3600, 3600, 3600]),
        Case(cause: .forbidden, asked: 1e9, seconds: [20, 40, 3600]),
    ]

    @Test(arguments: cases) func `How long a key is left alone depends on why, within bounds`(one: Case) {
        var pool = KeyPool(weights: [1])
        var now = Self.at(0)
        for number in 1...10 {
            pool.refused(0, one.cause, asked: one.asked, began: now, at: now)
            let expected: Double? =
                number == 1 ? one.seconds[0] : number == 2 ? one.seconds[1] : number == 10 ? one.seconds[2] : nil
            if let expected { #expect(pool.freeAt.seconds(since: now) == expected, "refusal \(number)") }
            now = pool.freeAt
        }
    }

    @Test func `Many requests that were refused together are one refusal`() {
        var pool = KeyPool(weights: [1, 1])
        for number in 0..<100 {
            pool.refused(0, .refused, asked: nil, began: Self.at(0), at: Self.at(1 + Double(number) / 100))
        }
        #expect(pool.isUsable(0, at: Self.at(602)))
    }

    @Test func `A shorter pause does not end a longer one`() {
        var pool = KeyPool(weights: [1, 1])
        pool.refused(0, .refused, asked: nil, began: Self.at(0), at: Self.at(1))
        pool.refused(0, .rateLimited, asked: 2, began: Self.at(0), at: Self.at(2))
        #expect(pool.cause(0, at: Self.at(100)) == .refused)
    }

    @Test func `A success ends a pause only where it was begun after it`() {
        var pool = KeyPool(weights: [1, 1])
        pool.refused(0, .rateLimited, asked: 30, began: Self.at(0), at: Self.at(1))
        pool.served(0, began: Self.at(0.5))
        #expect(!pool.isUsable(0, at: Self.at(2)))
        pool.served(0, began: Self.at(31))
        pool.refused(0, .rateLimited, asked: nil, began: Self.at(32), at: Self.at(32))
        #expect(pool.freeAt == .zero)
        #expect(pool.isUsable(0, at: Self.at(52)), "the count of refusals begins anew")
    }

    @Test func `Where all are left alone there is none, and it is known until when`() {
        var pool = KeyPool(weights: [1, 1])
        pool.refused(0, .refused, asked: nil, began: Self.at(0), at: Self.at(0))
        pool.refused(1, .rateLimited, asked: 9, began: Self.at(0), at: Self.at(0))
        #expect(pool.choose(draw: 1, at: Self.at(1)) == nil)
        #expect(pool.freeAt == Self.at(9))
        #expect(pool.choose(draw: 1, at: Self.at(9)) == 1)
    }
}

/// The keys as attempts take them.
@Suite struct KeyRingTests {
    private static func ring(
        _ names: [String] = ["main", "spare"], secret: String = "s", inheriting old: KeyRing? = nil
    ) -> KeyRing {
        KeyRing(
            provider: "p", members: members(names, secret), settings: KeyPool.Settings(), inheriting: old)
    }

    private static func members(_ names: [String], _ secret: String) -> [KeyRing.Member] {
        names.enumerated().map { position, name in
            KeyRing.Member(
                key: ProviderKey(name: name, position: position, fields: [ReplyField("x-api-key", name)]), weight: 1,
                identity: Array((secret + name).utf8))
        }
    }

    private let target: Target
    private let now = Moment.now()

    init() {
        var names = NameTable()
        target = Target(
            index: 0, provider: names.declare("p"), providerKind: "p", servedModel: names.declare("m"), weight: 1,
            ways: [], keyAlias: "", injectsStreamUsage: false)
    }

    private func outcome(_ failure: Failure?, status: Int) -> AttemptOutcome {
        var outcome = AttemptOutcome(target: target, spanID: 1, began: now)
        outcome.failure = failure
        outcome.status = status
        return outcome
    }

    private func taken(_ ring: KeyRing, at now: Moment) throws -> Set<String> {
        Set(try (0..<50).map { try ring.take(draw: UInt64($0), at: now).name })
    }

    @Test func `What an attempt failed of decides whether its key is left alone`() throws {
        let cases: [(FailureReason, Int, KeyPool.Cause?)] = [
            (.upstreamUnauthenticated, 401, .refused), (.upstreamUnauthenticated, 400, .refused),
            (.upstreamUnauthenticated, 403, .forbidden), (.upstreamUnauthenticated, 0, .forbidden),
            (.upstreamRateLimited, 429, .rateLimited), (.upstreamQuota, 429, .quota), (.upstreamError, 500, nil),
            (.upstreamRejected, 400, nil), (.clientGone, 200, nil), (.upstreamTimeout, 0, nil),
        ]
        for (reason, status, cause) in cases {
            let ring = Self.ring()
            let key = try ring.take(draw: 1, at: now)
            ring.settle(key, outcome(Failure(reason, "", retryable: true), status: status), isOwnAPI: false)
            #expect(ring.readings(at: now)[key.position].cause == cause, "\(reason) \(status)")
            #expect(ring.replaces(key, at: now) == (cause != nil))
            #expect(ring.readings(at: now)[key.position].refusals.values.reduce(0, +) == (cause == nil ? 0 : 1))
        }
    }

    @Test func `What a client asks of a provider's own API takes no key away, but for its limits`() throws {
        let ring = Self.ring()
        let key = try ring.take(draw: 1, at: now)
        ring.settle(key, outcome(Failure(.upstreamUnauthenticated, ""), status: 401), isOwnAPI: true)
        ring.settle(key, outcome(Failure(.upstreamUnauthenticated, ""), status: 403), isOwnAPI: true)
        #expect(try taken(ring, at: now).count == 2)
        ring.settle(key, outcome(Failure(.upstreamRateLimited, ""), status: 429), isOwnAPI: true)
        #expect(try taken(ring, at: now).count == 1)
    }

    @Test func `Where none is left, the failure says why and until when`() throws {
        let refused = Self.ring()
        for _ in 0..<2 {
            let key = try refused.take(draw: 3, at: now)
            refused.settle(key, outcome(Failure(.upstreamUnauthenticated, ""), status: 401), isOwnAPI: false)
        }
        let failure = try #require(throws: Failure.self) { try refused.take(draw: 1, at: now) }
        #expect(failure.reason == .upstreamUnauthenticated)
        #expect(failure.status == 503)
        #expect(failure.retryable)
        #expect(failure.retryAfterSeconds == 600)
        #expect(!refused.isUsable(at: now))

        let limited = Self.ring()
        for _ in 0..<2 {
            let key = try limited.take(draw: 3, at: now)
            limited.settle(
                key, outcome(Failure(.upstreamRateLimited, "", retryAfterSeconds: 12), status: 429), isOwnAPI: false)
        }
        let other = try #require(throws: Failure.self) { try limited.take(draw: 1, at: now) }
        #expect(other.reason == .upstreamRateLimited)
        #expect(other.status == 429)
        #expect(other.retryAfterSeconds == 12)
    }

    @Test func `A reload keeps what is known of a key, unless its secret is another`() throws {
        let ring = Self.ring()
        let key = try ring.take(draw: 1, at: now)
        ring.settle(key, outcome(Failure(.upstreamUnauthenticated, ""), status: 401), isOwnAPI: false)
        #expect(ring.isSame(members: Self.members(["main", "spare"], "s"), settings: KeyPool.Settings()))
        #expect(!ring.isSame(members: Self.members(["main", "spare"], "t"), settings: KeyPool.Settings()))
        let grown = Self.ring(["new", "spare", "main"], inheriting: ring)
        #expect(try taken(grown, at: now) == Set(["new", "spare", "main"]).subtracting([key.name]))
        let renewed = Self.ring(secret: "t", inheriting: ring)
        #expect(try taken(renewed, at: now).count == 2)
        #expect(renewed.readings(at: now)[key.position].refusals[.refused] == 1, "what was counted stays counted")
    }

    @Test func `A target is put behind others only when no key is left`() throws {
        let ring = Self.ring()
        var names = NameTable()
        let target = Target(
            index: 0, provider: names.declare("p"), providerKind: "p", servedModel: names.declare("m"), weight: 1,
            ways: [], keyAlias: "", injectsStreamUsage: false, keys: ring)
        let gate = HeadroomGate(targetCount: 1)
        let exchange = Exchange.sample()
        for isPaused in [false, true] {
            var outcome = AttemptOutcome(target: target, spanID: 1, began: now)
            outcome.key = try ring.take(draw: 1, at: now)
            outcome.failure = Failure(.upstreamRateLimited, "", retryable: true, retryAfterSeconds: 30)
            outcome.status = 429
            let admission = try gate.admit(target, for: exchange)
            if let key = outcome.key { ring.settle(key, outcome, isOwnAPI: false) }
            admission.settle(outcome)
            #expect((gate.pause(of: target, now: now) != nil) == isPaused)
        }
    }
}
