import Compression
import GatewayTypes
import NIOCore
import Synchronization
import Telemetry

/// Brings encoded batches of one signal to one destination: compresses, sends, and tries again while there is time.
/// Its user sends one batch at a time.
final class Courier: Sendable {
    private enum Delivery {
        case taken(rejected: Int)
        case rejected
        case undeliverable
        /// The task was cancelled meanwhile; what becomes of the batch is the shutdown's to say.
        case interrupted
    }

    /// What its user is to do with a batch.
    enum Fate {
        case delivered
        /// Gone, and counted.
        case dropped
        /// It is to be brought again.
        case interrupted
    }

    let counts: ExportCounts
    private let target: OTLPTarget
    private let endpoint: Endpoint
    private let fetcher: any HTTPFetcher
    private let clock: ServiceClock
    private let lastWasFinal = Atomic(true)

    private static let backoffSecondsMax = 5.0

    init(_ target: OTLPTarget, endpoint: Endpoint, fetcher: any HTTPFetcher, clock: ServiceClock) {
        self.target = target
        self.endpoint = endpoint
        self.fetcher = fetcher
        self.clock = clock
        counts = ExportCounts(target)
    }

    /// Whether the collector gave a final answer to the last request.
    var healthy: Bool { lastWasFinal.load(ordering: .relaxed) }

    /// Brings a batch of `count` items, and counts what became of them.
    func bring(_ body: ByteBuffer, count: Int, until deadline: Moment) async -> Fate {
        switch await deliver(body, until: deadline) {
        case .taken(let rejected):
            let refused = min(max(0, rejected), count)
            counts.exported(count - refused)
            counts.dropped(refused, .rejected)
            return .delivered
        case .rejected:
            counts.dropped(count, .rejected)
            return .dropped
        case .undeliverable:
            counts.dropped(count, .undeliverable)
            return .dropped
        case .interrupted: return .interrupted
        }
    }

    private func deliver(_ plain: ByteBuffer, until deadline: Moment) async -> Delivery {
        var body = plain
        if target.gzip {
            guard let packed = try? Gzip.compress(body) else {
                counts.failed(.encoding)
                return .undeliverable
            }
            body = packed
        }
        var tries = 0
        while true {
            let wait: Double
            switch await send(body, until: deadline) {
            case .done(let delivery):
                lastWasFinal.store(true, ordering: .relaxed)
                return delivery
            case .again(let seconds):
                lastWasFinal.store(false, ordering: .relaxed)
                wait = delay(after: tries, asked: seconds)
            }
            if Task.isCancelled { return .interrupted }
            tries += 1
            guard clock.now().advanced(bySeconds: wait) < deadline else { return .undeliverable }
            do { try await clock.sleep(wait) } catch { return .interrupted }
        }
    }

    private enum Answer {
        case done(Delivery)
        case again(afterSeconds: Double?)
    }

    private func send(_ body: ByteBuffer, until deadline: Moment) async -> Answer {
        let limit = min(deadline, clock.now().advanced(bySeconds: target.timeoutSeconds))
        let request = UpstreamRequest(endpoint: endpoint, fields: [], body: body, deadline: limit)
        let reply: (head: UpstreamHead, body: ByteBuffer)
        do { reply = try await fetcher.fetch(request) } catch {
            counts.failed(.connection)
            return .again(afterSeconds: nil)
        }
        switch reply.head.status {
        case 200..<300: return .done(.taken(rejected: ExportReply.rejected(in: reply.body, target.encoding)))
        case 429, 502, 503, 504:
            counts.failed(reply.head.status == 429 ? .throttled : .unavailable)
            let asked = reply.head["retry-after"].flatMap { RetryAfter.seconds($0, now: clock.wallNow()) }
            return .again(afterSeconds: asked)
        default:
            counts.failed(.refused)
            return .done(.rejected)
        }
    }

    /// What the collector asked for and up to a tenth more, else 1, 2, 4, 5 … seconds, each by 0.5 … 1.5: so that many
    /// gateways do not come back at once.
    private func delay(after tries: Int, asked: Double?) -> Double {
        if let asked { return asked * (1 + clock.chance() / 10) }
        return min(Self.backoffSecondsMax, Double(1 << min(tries, 8))) * (0.5 + clock.chance())
    }
}
