import GatewayTypes
import NIOCore

/// One of two attempts that race for the first token. What comes of its reply is kept until it is known who serves.
final class Contender {
    let target: Target
    let way: Way
    let granted: Granted
    let upstream: any UpstreamExchange
    /// What is left out of the request for this target.
    let dropped: [String]
    private(set) var attempt: AttemptOutcome
    private(set) var facts = ReplyFacts()
    private(set) var verdict: Verdict?

    enum Verdict {
        /// It has begun to speak, or said all.
        case spoke
        case failed(Failure)
    }

    private var decoder: any ReplyDecoder
    private let streams: Bool
    private let bytesMax: Int
    private var kept: [UpstreamEvent] = []
    private var keptBytes = 0

    /// `streams`: whether the first token decides, else the whole reply; `bytesMax` of it are kept at most.
    init(
        _ target: Target, _ way: Way, _ granted: Granted, _ upstream: any UpstreamExchange, _ attempt: AttemptOutcome,
        decoder: any ReplyDecoder, streams: Bool, bytesMax: Int, dropped: [String]
    ) {
        self.target = target
        self.way = way
        self.granted = granted
        self.upstream = upstream
        self.attempt = attempt
        self.decoder = decoder
        self.streams = streams
        self.bytesMax = bytesMax
        self.dropped = dropped
    }

    var spoke: Bool {
        if case .spoke = verdict { true } else { false }
    }

    var failure: Failure? {
        if case .failed(let failure) = verdict { failure } else { nil }
    }

    /// So many were made before it.
    func resent(after count: Int) { attempt.resendCount = count }
    func mark(_ mark: HedgeMark) { attempt.hedge = mark }

    /// Takes what has come.
    func take() {
        guard verdict == nil else { return }
        do throws(Failure) {
            while verdict == nil, let event = try upstream.poll() {
                kept.append(event)
                take(event)
            }
        } catch {
            verdict = .failed(error)
        }
    }

    private func take(_ event: UpstreamEvent) {
        switch event {
        case .head(let head):
            attempt.status = head.status
            guard (200..<400).contains(head.status) else {
                verdict = .failed(way.dialect.failure(status: head.status, head: head, body: ByteBuffer()))
                return
            }
            decoder.begin(head, into: &facts)
        case .body(let bytes):
            keptBytes += bytes.readableBytes
            _ = decoder.decode(bytes, into: &facts)
            if let failure = facts.failure, !facts.tokenSeen {
                verdict = .failed(failure)
            } else if (streams && facts.tokenSeen) || facts.terminated || keptBytes > bytesMax {
                verdict = .spoke
            }
        case .end:
            _ = decoder.end(into: &facts)
            verdict = .spoke
        }
    }

    /// The reply from its beginning. An exchange that failed fails again when it is asked again.
    var replayed: any UpstreamExchange { ReplayedExchange(upstream, kept[...]) }

    /// Waits until one of them has something more, or `moment` has come.
    static func wait(for contenders: [Contender], until moment: Moment?) async {
        await withUnsafeContinuation { continuation in
            let bell = Bell(continuation)
            for contender in contenders where contender.verdict == nil {
                contender.upstream.whenReady(by: moment) { bell.ring() }
            }
        }
    }
}

/// Resumes whoever waits, at its first ring.
private final class Bell {
    private var waiter: UnsafeContinuation<Void, Never>?
    init(_ waiter: UnsafeContinuation<Void, Never>) { self.waiter = waiter }

    func ring() {
        let waiter = waiter
        self.waiter = nil
        waiter?.resume()
    }
}

/// An exchange some of whose events have been taken, as if none had.
final class ReplayedExchange: UpstreamExchange {
    private let rest: any UpstreamExchange
    private var kept: ArraySlice<UpstreamEvent>

    init(_ rest: any UpstreamExchange, _ kept: ArraySlice<UpstreamEvent>) {
        self.rest = rest
        self.kept = kept
    }

    func next() async throws(Failure) -> UpstreamEvent {
        if let event = kept.popFirst() { return event }
        return try await rest.next()
    }

    func poll() throws(Failure) -> UpstreamEvent? {
        if let event = kept.popFirst() { return event }
        return try rest.poll()
    }

    func whenReady(by moment: Moment?, _ action: @escaping () -> Void) { rest.whenReady(by: moment, action) }
    func limit(to deadline: Moment) { rest.limit(to: deadline) }
    func expectToken(by moment: Moment?) { rest.expectToken(by: moment) }
    func cancel() { rest.cancel() }
    var phases: AttemptPhases { rest.phases }
}
