import GatewayTypes
import Synchronization

@testable import Routing

/// Ten providers whose latency drifts, who err and fall out, and a gateway's routing before them, in virtual time.
struct Fleet {
    /// What one provider is like.
    struct Provider {
        /// Seconds to the first token in the mean, and how far that swings within ten minutes.
        let latency: Double
        let swing: Double
        /// Of its answers, the part that are errors.
        let errors: Double
        /// Picodollars a token.
        let price: Int64
        /// From, to (seconds), and how it shows.
        let outage: (from: Double, to: Double, how: Outage)?
    }

    enum Outage { case refuses, swallows, errs, asksForPause }

    struct Report {
        var requests = 0
        var failed = 0
        var attempts = 0
        var secondsToFirstToken = 0.0
        var dollars = 0.0
        /// Of each provider, the attempts that reached it within its outage.
        var attemptsInOutage = [Int](repeating: 0, count: 10)

        var errorRatio: Double { Double(failed) / Double(requests) }
        var meanSeconds: Double { secondsToFirstToken / Double(requests - failed) }
        var dollarsPerThousand: Double { dollars / Double(requests - failed) * 1000 }
    }

    static let providers: [Provider] = [
        Provider(latency: 0.4, swing: 0.3, errors: 0.005, price: 8_000_000, outage: (60, 120, .swallows)),
        Provider(latency: 0.6, swing: 0.5, errors: 0.01, price: 5_000_000, outage: nil),
        Provider(latency: 0.3, swing: 0.2, errors: 0.002, price: 12_000_000, outage: (200, 260, .errs)),
        Provider(latency: 1.2, swing: 0.2, errors: 0.01, price: 1_000_000, outage: (100, 180, .refuses)),
        Provider(latency: 0.8, swing: 0.6, errors: 0.002, price: 3_000_000, outage: nil),
        Provider(latency: 0.5, swing: 0.1, errors: 0.08, price: 2_000_000, outage: nil),
        Provider(latency: 1.5, swing: 0.5, errors: 0.002, price: 1_500_000, outage: (250, 300, .asksForPause)),
        Provider(latency: 0.7, swing: 0.4, errors: 0.005, price: 4_000_000, outage: (150, 170, .swallows)),
        Provider(latency: 2.0, swing: 0.9, errors: 0.002, price: 2_500_000, outage: nil),
        Provider(latency: 0.9, swing: 0.2, errors: 0.01, price: 6_000_000, outage: (30, 60, .errs)),
    ]

    /// An attempt under way.
    private struct Flight {
        let ends: Double
        let admissions: [any Admission]
        let outcome: AttemptOutcome
        let exchange: Exchange
        let arrived: Double
        /// The targets that are left to try.
        let rest: [Target]
        let attempts: Int
    }

    private static let attemptsMax = 3
    private static let timeout = 2.0
    private static let tokens: Int64 = 200

    private let bench: Bench
    private let clock = VirtualClock()
    private let stage: TargetOrder
    private let gates: [any AttemptGate]
    private var random: IDSource
    private var flights: [Flight] = []
    private(set) var report = Report()

    init(_ strategy: Route.Strategy, seed: UInt64 = 1) {
        bench = Bench(strategy, weights: [Int](repeating: 1, count: Self.providers.count))
        random = IDSource(seed: seed)
        let now: @Sendable () -> Moment = { [clock] in clock.now }
        let headroom = HeadroomGate(targetCount: bench.targets.count)
        let watch = TargetWatch(
            targets: bench.targets, routes: [bench.route], outliers: OutlierEjection.Settings(), now: now)
        gates = [
            BreakerGate(settings: Breaker.Settings(), targetCount: bench.targets.count, now: now), headroom, watch,
        ]
        stage = TargetOrder(
            headroom: headroom, watch: watch, pricer: TestPrices(prices: Self.providers.map(\.price)), now: now)
    }

    /// Runs so many seconds at so many requests each.
    mutating func run(seconds: Double, perSecond: Double) async throws {
        var next = 0.0
        var number: UInt64 = 0
        while next < seconds || !flights.isEmpty {
            let first = flights.indices.min { flights[$0].ends < flights[$1].ends }
            if let first, next >= seconds || flights[first].ends <= next {
                let flight = flights.remove(at: first)
                clock.set(flight.ends)
                land(flight)
                continue
            }
            clock.set(next)
            number += 1
            report.requests += 1
            var exchange = bench.exchange(number, session: "s\(number % 300)")
            _ = try await stage.enter(&exchange)
            start(exchange, exchange.targets[...], arrived: next, attempts: 0)
            next += 1 / perSecond
        }
    }

    /// Tries the next target that the gates admit.
    private mutating func start(_ exchange: Exchange, _ targets: ArraySlice<Target>, arrived: Double, attempts: Int) {
        var rest = targets
        while attempts < Self.attemptsMax, let target = rest.popFirst() {
            guard let admissions = admit(target, exchange) else { continue }
            let outcome = attempted(target)
            report.attempts += 1
            flights.append(
                Flight(
                    ends: clock.seconds(outcome.ended), admissions: admissions, outcome: outcome, exchange: exchange,
                    arrived: arrived, rest: Array(rest), attempts: attempts + 1))
            return
        }
        report.failed += 1
    }

    private func admit(_ target: Target, _ exchange: Exchange) -> [any Admission]? {
        var admissions: [any Admission] = []
        do throws(Failure) {
            for gate in gates { admissions.append(try gate.admit(target, for: exchange)) }
            return admissions
        } catch {
            var refused = AttemptOutcome(target: target, spanID: 0, began: clock.now)
            refused.failure = error
            for admission in admissions.reversed() { admission.settle(refused) }
            return nil
        }
    }

    private mutating func land(_ flight: Flight) {
        for admission in flight.admissions.reversed() { admission.settle(flight.outcome) }
        guard flight.outcome.failure == nil else {
            return start(flight.exchange, flight.rest[...], arrived: flight.arrived, attempts: flight.attempts)
        }
        let firstToken = flight.outcome.firstToken.map { clock.seconds($0) } ?? flight.ends
        report.secondsToFirstToken += firstToken - flight.arrived
        report.dollars += Double(Self.providers[flight.outcome.target.index].price * (1000 + Self.tokens)) / 1e12
    }

    /// What becomes of an attempt that begins now.
    private mutating func attempted(_ target: Target) -> AttemptOutcome {
        let provider = Self.providers[target.index]
        let began = clock.seconds(clock.now)
        let chance = Double(random.next() >> 11) / Double(1 << 53)
        let noise = 0.7 + 0.6 * Double(random.next() >> 11) / Double(1 << 53)
        // A saw with rounded figures stands for a day's load: it rises for five minutes and falls for five.
        let phase = ((began + Double(target.index) * 60) / 300).truncatingRemainder(dividingBy: 2)
        let drift = phase < 1 ? phase : 2 - phase
        let first = (provider.latency + provider.swing * (drift - 0.5)) * noise
        if let outage = provider.outage, began >= outage.from, began < outage.to {
            report.attemptsInOutage[target.index] += 1
            return Self.failed(target, began, outage.how)
        }
        if chance < provider.errors { return Self.failed(target, began, .errs) }
        return attempt(at: target, from: began, to: began + first + 1, firstToken: first, tokens: Self.tokens)
    }

    private static func failed(_ target: Target, _ began: Double, _ how: Outage) -> AttemptOutcome {
        func failure(_ reason: FailureReason, _ seconds: Double, _ status: Int = 0, after: Int? = nil) -> AttemptOutcome
        {
            attempt(
                at: target, from: began, to: began + seconds, tokens: 0,
                failure: Failure(reason, "", retryable: true, retryAfterSeconds: after), status: status)
        }
        return switch how {
        case .refuses: failure(.upstreamConnect, 0.001)
        case .swallows: failure(.upstreamTimeout, timeout)
        case .errs: failure(.upstreamError, 0.05, 500)
        case .asksForPause: failure(.upstreamError, 0.05, 503, after: 5)
        }
    }
}

/// A clock that stands until it is set.
private final class VirtualClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(Moment.at(0).nanoseconds)

    var now: Moment { Moment(nanoseconds: nanoseconds.load(ordering: .relaxed)) }
    func set(_ seconds: Double) { nanoseconds.store(Moment.at(seconds).nanoseconds, ordering: .relaxed) }
    func seconds(_ moment: Moment) -> Double { moment.seconds(since: .at(0)) }
}
