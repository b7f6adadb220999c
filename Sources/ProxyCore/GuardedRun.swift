import GatewayTypes
import NIOCore

/// What guardrails change in the way of an exchange: its request is read again where something was masked, and its reply
/// passes a guard between the provider's reader and the client's renderer.
extension ExchangeRun {
    @inline(never)
    mutating func meet(_ guardian: any ExchangeGuard) {
        self.guardian = guardian
        // Waiting for who judges is not Weir's own time.
        heldSince = heldSince.advanced(bySeconds: Double(guardian.waitedNanoseconds) / 1e9)
    }

    @inline(never)
    mutating func takeMasked(_ match: SurfaceMatch, _ exchange: inout Exchange) throws(Failure) {
        if let masked = guardian?.masked { try adopt(body: masked.body, match, &exchange) }
    }

    /// Whether the reply is written in the client's dialect anew, instead of the provider's bytes being passed on.
    func isRendered(_ way: Way) -> Bool { way.isTranslated || replyGuard?.rewrites == true }

    /// What follows the reply that the client gets.
    @inline(never)
    mutating func guardedDecoder(for request: ModelRequest, _ way: Way, _ target: Target) -> any ReplyDecoder {
        guarded(
            decoder(for: request, way, target), for: request,
            reader: way.dialect.reader(for: request.operation, target: target, stream: request.stream))
    }

    /// The same with a guard in between, where one looks at the reply. `reader` is for the provider's bytes.
    mutating func guarded(
        _ decoder: any ReplyDecoder, for request: ModelRequest, reader: @autoclosure () -> any ReplyReader
    ) -> any ReplyDecoder {
        replyGuard = guardian?.replyGuard()
        guard let replyGuard else { return decoder }
        guard replyGuard.rewrites else { return ObservedReply(decoder, reader: reader(), by: replyGuard) }
        return GuardedReply(
            reader: reader(), renderer: dialect.renderer(for: request, exchange: outcome.id, at: outcome.arrivedAt),
            by: replyGuard)
    }

    /// Whether the guard wants to be asked before the reply goes on as usual: it has ended it, or waits for judges.
    var isForGuard: Bool {
        guard let replyGuard else { return false }
        return replyGuard.isBlocked || replyGuard.awaitsJudges
    }

    /// The rest of a reply that the guard decides about; what the client still gets of it. Of one that was ended, the
    /// provider is read on to its usage, within the bounds of a client that has left.
    @inline(never)
    mutating func conclude(
        _ decoder: inout any ReplyDecoder, _ upstream: (any UpstreamExchange)?
    ) async -> ByteBuffer {
        guard let replyGuard else { return ByteBuffer() }
        var last = ByteBuffer()
        if let upstream, replyGuard.isBlocked, !outcome.reply.terminated {
            upstream.limit(to: lane.now().advanced(bySeconds: plan.limits.drainSeconds))
            do throws(Failure) {
                while !outcome.reply.terminated {
                    switch try await upstream.next() {
                    case .head: continue
                    case .body(let bytes):
                        var rest = decoder.decode(bytes, into: &outcome.reply)
                        last.writeBuffer(&rest)
                    case .end:
                        var rest = decoder.end(into: &outcome.reply)
                        last.writeBuffer(&rest)
                        outcome.reply.terminated = true
                    }
                }
            } catch {
                // Its cost is estimated then, where it was not told.
                outcome.reply.terminated = true
            }
            outcome.reply.failure = nil
        }
        if replyGuard.awaitsJudges { await replyGuard.judge() }
        heldSince = lane.now()
        var rest = decoder.release(into: &outcome.reply)
        last.writeBuffer(&rest)
        return last
    }

    /// What the client is told in the reply's head.
    func guardrailFields() -> [ReplyField] {
        guard let guardian else { return [] }
        return (guardian.records + (replyGuard?.records ?? [])).filter(\.isTold).map {
            ReplyField("x-weir-guardrail", $0.field)
        }
    }

    @inline(never)
    mutating func noteGuardrails(_ guardian: any ExchangeGuard) {
        let trail = GuardrailTrail(
            guardian.records + (replyGuard?.records ?? []),
            heldNanoseconds: replyGuard.flatMap { $0.rewrites ? $0.heldNanoseconds : nil })
        outcome.extras = (outcome.extras ?? .none).with(guardrails: trail)
        for record in replyGuard?.records ?? [] where record.verdict != .pass {
            outcome.notes.append(Note(.guardrails, record.text))
        }
        // What traces show is what the provider said: not where some of it must not be said.
        if trail.hasChangedReply { tape = nil }
        if let blocked = trail.blockedReply {
            outcome.hops.stop(at: .guardrails)
            if outcome.failure == nil {
                outcome.failure = Failure(.blocked, "The guardrail \"\(blocked.name.text)\" ended the reply.")
            }
        }
        guardian.settle(outcome)
    }
}
