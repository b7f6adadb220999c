import GatewayTypes
import NIOCore

/// The two directions of a session that has been opened, and what is learned of it.
final class RealtimeSession: @unchecked Sendable {
    // Sound: both directions run on the lane's loop, by whose executor their tasks are bound.
    private let tunnel: any UpstreamTunnel
    private let source: any ByteSource
    private let writer: any ReplyWriter
    private let drainSeconds: () -> Double
    private let now: @Sendable () -> Moment
    private var decoder: any ReplyDecoder

    private(set) var facts: ReplyFacts
    /// Why it did not come to its proper end, which is the provider's close frame; nil where it did.
    private(set) var failure: Failure?
    private(set) var sentBytes = 0
    private(set) var passedBytes = 0
    private(set) var overheadNanoseconds: Int64 = 0
    private(set) var firstToken: Moment?
    private(set) var firstVisibleToken: Moment?
    /// The last bytes for the client, kept until the outcome is booked.
    private var held = ByteBuffer()
    private var isClientGone = false

    /// Seconds that a connection may take to end once its close frame has come.
    private static let closingSeconds = 1.0

    init(
        _ tunnel: any UpstreamTunnel, _ source: any ByteSource, _ writer: any ReplyWriter,
        _ decoder: any ReplyDecoder, facts: ReplyFacts, drainSeconds: @escaping () -> Double,
        now: @escaping @Sendable () -> Moment
    ) {
        self.tunnel = tunnel
        self.source = source
        self.writer = writer
        self.decoder = decoder
        self.facts = facts
        self.drainSeconds = drainSeconds
        self.now = now
    }

    /// Passes on what the client sends, until it leaves or the session ends.
    func sendUp() async {
        while let bytes = await source.read() {
            let began = now()
            sentBytes += bytes.readableBytes
            decoder.follow(sent: bytes, into: &facts)
            overheadNanoseconds += now().nanoseconds(since: began)
            do throws(Failure) {
                try await tunnel.write(bytes)
            } catch {
                // Why the upstream takes no more, the other direction finds out.
                return
            }
        }
        isClientGone = true
        limitDraining()
    }

    /// A client that leaves gives a response under way a bounded time to tell its usage.
    private func limitDraining() {
        let seconds = facts.isAnswering ? max(drainSeconds(), Self.closingSeconds) : Self.closingSeconds
        tunnel.limit(to: now().advanced(bySeconds: seconds))
    }

    /// Passes on what the provider sends, until the session ends.
    func passDown() async {
        var ending = Failure(.upstreamCut, "The provider ended the session without a close frame.")
        do throws(Failure) {
            while let bytes = try await tunnel.read() {
                let began = now()
                let passed = decoder.decode(bytes, into: &facts)
                if firstToken == nil, facts.tokenSeen { firstToken = began }
                if firstVisibleToken == nil, facts.visibleTokenSeen { firstVisibleToken = began }
                if facts.terminated {
                    held = passed
                    passedBytes += passed.readableBytes
                    return
                }
                if facts.failure != nil { break }
                if isClientGone {
                    if !facts.isAnswering { limitDraining() }
                    continue
                }
                passedBytes += passed.readableBytes
                overheadNanoseconds += now().nanoseconds(since: began)
                await writer.write(passed)
            }
        } catch {
            ending = error
        }
        held = decoder.end(into: &facts)
        failure = isClientGone || writer.isGone ? ExchangeRun.clientGone : facts.failure ?? ending
    }

    /// Gives the client the last bytes, lets its answer to a close frame go up, and closes both connections.
    func end() async {
        tunnel.limit(to: now().advanced(bySeconds: Self.closingSeconds))
        if held.readableBytes > 0 { await writer.write(held) }
        if facts.terminated {
            do throws(Failure) {
                while try await tunnel.read() != nil {}
            } catch {
                // It took too long; the session is booked already.
            }
        }
        tunnel.cancel()
        writer.end()
    }
}
