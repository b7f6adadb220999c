import GatewayTypes
import NIOCore
import Synchronization

/// The lanes of one worker: each sends one request after another, when the plan says so.
///
/// `@unchecked Sendable` is sound: `upstream` is set and used on the worker's loop only, and the rest is immutable or
/// behind a lock.
final class LaneHost: @unchecked Sendable {
    let tally = Mutex(LoadTally())
    private let plan: LoadPlan
    private let endpoint: Endpoint
    private let body: ByteBuffer
    private var upstream: (any Upstream)?

    init(plan: LoadPlan, endpoint: Endpoint, body: ByteBuffer) {
        self.plan = plan
        self.endpoint = endpoint
        self.body = body
    }

    func prepare(_ upstream: any Upstream) { self.upstream = upstream }

    func runLane() async {
        guard let upstream else { return }
        while let due = plan.next() {
            await plan.clock.sleep(until: due)
            await send(through: upstream, due: due)
        }
    }

    private func send(through upstream: any Upstream, due: Moment) async {
        let clock = plan.clock
        let started = clock.now()
        tally.withLock {
            $0.sent += 1
            $0.lastSent = started
            $0.lag.record(nanoseconds: started.nanoseconds(since: due))
        }
        let exchange = upstream.start(
            UpstreamRequest(
                endpoint: endpoint, fields: [], body: body,
                deadline: started.advanced(bySeconds: plan.settings.timeoutSeconds)))
        var watch = ReplyWatch(isStream: plan.settings.stream)
        var error: LoadError?
        do throws(Failure) {
            let status = try await follow(exchange, &watch, due: due)
            if status != 200 {
                error = .status(status)
            } else if watch.hasError {
                error = .inStream
            } else if !watch.isDone {
                error = .incomplete
            }
        } catch let failure {
            error = .failure(failure.reason)
        }
        let latency = clock.now().nanoseconds(since: due)
        tally.withLock { tally in
            tally.bytes += watch.bytes
            tally.outputTokens += watch.outputTokens
            if let error {
                tally.errors[error.text, default: 0] += 1
                tally.failedLatency.record(nanoseconds: latency)
            } else {
                tally.completed += 1
                tally.latency.record(nanoseconds: latency)
            }
        }
    }

    /// Reads the reply to its end; returns its status.
    private func follow(
        _ exchange: any UpstreamExchange, _ watch: inout ReplyWatch, due: Moment
    ) async throws(Failure) -> Int {
        var status = 0
        var lastToken: Moment?
        while true {
            switch try await exchange.next() {
            case .head(let head):
                status = head.status
            case .body(let bytes):
                let piece = watch.take(bytes)
                record(piece, due: due, lastToken: &lastToken)
            case .end:
                let piece = watch.end()
                // Of a reply that is not streamed the first token is seen with the last.
                if status == 200 { record(piece, due: due, lastToken: &lastToken) }
                return status
            }
        }
    }

    private func record(_ piece: ReplyWatch.Piece, due: Moment, lastToken: inout Moment?) {
        guard piece.hasToken || piece.sentAt != nil else { return }
        let now = plan.clock.now()
        tally.withLock { tally in
            if let sentAt = piece.sentAt { tally.oneWay.record(nanoseconds: now.nanoseconds(since: sentAt)) }
            guard piece.hasToken else { return }
            if let lastToken {
                tally.gap.record(nanoseconds: now.nanoseconds(since: lastToken))
            } else {
                tally.firstToken.record(nanoseconds: now.nanoseconds(since: due))
            }
        }
        if piece.hasToken { lastToken = now }
    }
}
