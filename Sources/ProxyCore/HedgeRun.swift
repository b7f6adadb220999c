import GatewayTypes
import NIOCore

extension ExchangeRun {
    // MARK: Two attempts that race for the first token

    /// Seconds after which this attempt gets company; nil: never.
    mutating func hedgeDelay(_ request: ModelRequest, _ exchange: Exchange, _ target: Target) -> Double? {
        guard exchange.route.hedge != nil, outcome.attempts.isEmpty, outcome.purpose != .shadow,
            let adviser = plan.hedges
        else { return nil }
        switch request.operation {
        case .chat, .textCompletion, .embeddings, .moderation, .rerank: break
        // What makes something, or is not asked for twice in vain.
        case .imageGeneration, .transcription, .translation, .speech, .listModels, .countTokens, .realtime,
            .providerAPI:
            return nil
        }
        return adviser.began(on: exchange.route, at: target, streams: request.stream)
    }

    /// An attempt that gets company when it has said nothing for so long.
    mutating func runHedged(
        _ request: ModelRequest, _ exchange: Exchange, _ target: Target, _ way: Way, _ granted: Granted,
        after seconds: Double
    ) async throws(Failure) {
        let served: Contender
        do throws(Failure) {
            let first = try await contend(request, exchange, target, way, granted)
            outcome.overheadNanoseconds += lane.now().nanoseconds(since: heldSince)
            served = await race(first, request, exchange, after: seconds)
        } catch {
            var attempt = newAttempt(target, way, granted.key)
            finish(&attempt, nil, failure: error, gone: writer.isGone, granted.admissions)
            throw error
        }
        let upstream = served.replayed
        var attempt = served.attempt
        outcome.reply = ReplyFacts()
        outcome.dropped = served.dropped
        tape?.begin(served.target, served.way)
        limitWhenGone(upstream)
        do throws(Failure) {
            try await serve(upstream, served.target, served.way, request, &attempt)
        } catch {
            let failure = writer.isGone ? Self.clientGone : error
            finish(&attempt, upstream.phases, failure: failure, gone: writer.isGone, served.granted.admissions)
            upstream.cancel()
            throw failure
        }
        finish(
            &attempt, upstream.phases, failure: outcome.reply.failure, gone: writer.isGone, served.granted.admissions)
        await complete(upstream)
    }

    private mutating func contend(
        _ request: ModelRequest, _ exchange: Exchange, _ target: Target, _ way: Way, _ granted: Granted
    ) async throws(Failure) -> Contender {
        let attempt = newAttempt(target, way, granted.key)
        let upstream = lane.upstream.start(
            try await upstreamRequest(request, way, granted, attempt, exchange.deadline))
        limitWhenGone(upstream)
        expectToken(of: upstream, request, way)
        return Contender(
            target, way, granted, upstream, attempt, decoder: decoder(for: request, way, target),
            streams: request.stream,
            bytesMax: request.stream ? plan.limits.heldOpeningBytesMax : plan.limits.heldReplyBytesMax,
            dropped: outcome.dropped)
    }

    /// Who serves. The other one, if there was one, is cancelled and booked.
    private mutating func race(
        _ first: Contender, _ request: ModelRequest, _ exchange: Exchange, after seconds: Double
    ) async -> Contender {
        let due = first.attempt.began.advanced(bySeconds: seconds)
        first.take()
        while first.verdict == nil, lane.now() < due {
            await Contender.wait(for: [first], until: due)
            first.take()
        }
        guard first.verdict == nil, !writer.isGone,
            let second = await company(for: first, request, exchange)
        else { return first }
        let after = second.attempt.began.seconds(since: first.attempt.began)
        second.take()
        while !first.spoke, !second.spoke, first.verdict == nil || second.verdict == nil {
            await Contender.wait(for: [first, second], until: nil)
            first.take()
            second.take()
        }
        // Where both failed, the client is told what the favourite said.
        let wins = second.spoke && !first.spoke
        let (winner, loser) = wins ? (second, first) : (first, second)
        winner.mark(HedgeMark(isSecond: wins, won: winner.spoke, afterSeconds: after))
        loser.mark(HedgeMark(isSecond: !wins, won: false, afterSeconds: after))
        plan.hedges?.ended(on: exchange.route, wins ? .won : first.spoke ? .lost : .failed)
        giveUp(loser, for: winner)
        hasFurtherTarget = hasTarget(after: second.target, exchange)
        return winner
    }

    private func hasTarget(after target: Target, _ exchange: Exchange) -> Bool {
        guard outcome.attempts.count + 1 < plan.limits.attemptsMax else { return false }
        return exchange.targets.last.map { $0 !== target } ?? false
    }

    /// The second attempt, at the next target that this surface has a way to; nil where there shall be none.
    private mutating func company(
        for first: Contender, _ request: ModelRequest, _ exchange: Exchange
    ) async -> Contender? {
        guard let adviser = plan.hedges, plan.limits.attemptsMax > 1,
            let position = exchange.targets.firstIndex(where: { $0 === first.target }),
            let target = exchange.targets[(position + 1)...].first(where: { $0.way(for: request.surface) != nil }),
            let way = target.way(for: request.surface)
        else { return nil }
        guard adviser.spend(on: exchange.route) else {
            adviser.ended(on: exchange.route, .budget)
            return nil
        }
        let began = lane.now()
        do throws(Failure) {
            var granted = try admit(target, way, exchange, request)
            if asksBeforeAttempts(of: exchange) { granted = try await consult(about: granted, target, exchange) }
            do throws(Failure) {
                let second = try await contend(request, exchange, target, way, granted)
                second.resent(after: 1)
                hedgedWith = target
                note(first, began)
                return limited(second, with: first)
            } catch {
                var refused = newAttempt(target, way, granted.key)
                finish(&refused, nil, failure: error, gone: false, granted.admissions)
            }
        } catch {
            // Its note says why; the first one goes on alone.
        }
        adviser.ended(on: exchange.route, .refused)
        outcome.dropped = first.dropped
        return nil
    }

    private mutating func note(_ first: Contender, _ now: Moment) {
        let milliseconds = (now.seconds(since: first.attempt.began) * 1000).rounded()
        let name = first.target.provider.text + "/" + first.target.servedModel.text
        outcome.notes.append(
            Note(
                .routing,
                "hedged: \(name) had said nothing after \(milliseconds / 1000) s, the next target was asked too"))
    }

    /// A client that leaves ends both.
    private func limited(_ second: Contender, with first: Contender) -> Contender {
        let seconds = plan.limits.drainSeconds
        let (inFlight, now) = (inFlight, lane.now)
        let upstreams = [first.upstream, second.upstream]
        writer.whenGone {
            let deadline = now().advanced(bySeconds: inFlight.isEnding ? 0 : seconds)
            for upstream in upstreams { upstream.limit(to: deadline) }
        }
        return second
    }

    /// Cancels and books the one that nobody waits for any more. What it was asked is paid for, as if its client had left.
    private mutating func giveUp(_ loser: Contender, for winner: Contender) {
        let name = winner.target.provider.text + "/" + winner.target.servedModel.text
        let failure = loser.failure ?? Failure(.interrupted, "\(name) spoke first.")
        var attempt = loser.attempt
        outcome.reply = loser.facts
        loser.upstream.cancel()
        finish(
            &attempt, loser.upstream.phases, failure: failure, gone: loser.failure == nil,
            loser.granted.admissions)
        outcome.abortBilling = nil
        outcome.reply = ReplyFacts()
    }
}
