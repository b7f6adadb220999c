import GatewayTypes
import Routing
import Telemetry

/// What routing knows of its targets, read at every scrape.
struct RoutingReadings {
    let blueprint: Blueprint
    let quality: QualityBook

    func write(to writer: inout SampleWriter) {
        var outstanding: [[String]: Int] = [:]
        var slowest: [[String]: Double] = [:]
        for target in blueprint.routes.targets {
            let names = [target.provider.text, target.servedModel.text]
            outstanding[names, default: 0] += blueprint.watch.outstanding(at: target)
            if let seconds = blueprint.watch.secondsToFirstToken(of: target) {
                slowest[names] = max(slowest[names] ?? 0, seconds)
            }
            writer.add(.targetEjections, names + ["breaker"], blueprint.breakers.openings(of: target))
            for order in BreakerGate.Order.allCases {
                writer.add(
                    .targetEjections, names + [order.rawValue], blueprint.breakers.orders(order, of: target))
            }
            writer.add(.targetEjections, names + ["outlier"], blueprint.watch.ejections(of: target))
            writer.add(.targetEjections, names + ["pause"], blueprint.headroom.pauses(of: target))
        }
        writeKeys(to: &writer)
        if let hedges = blueprint.hedges {
            for route in blueprint.routes.routes where route.hedge != nil {
                for result in HedgeResult.allCases {
                    writer.add(.hedges, [route.name.text, result.rawValue], hedges.count(result, on: route))
                }
            }
        }
        if let shadows = blueprint.shadows {
            for route in blueprint.routes.routes where route.shadow != nil {
                write(shadows.tally(of: route), of: route.name.text, to: &writer)
            }
        }
        for canary in blueprint.canaries?.states ?? [] { write(canary, to: &writer) }
        for provider in blueprint.routes.checked {
            let (passed, failed) = provider.counts
            writer.set(.providerHealthy, [provider.name.text], provider.isHealthy)
            writer.add(.healthChecks, [provider.name.text, "passed"], passed)
            writer.add(.healthChecks, [provider.name.text, "failed"], failed)
        }
        for provider in blueprint.routes.watched {
            let (answered, unanswered) = provider.counts
            writer.add(.providerQuestions, [provider.name.text, "answered"], answered)
            writer.add(.providerQuestions, [provider.name.text, "unanswered"], unanswered)
        }
        for (names, count) in outstanding { writer.set(.targetOutstanding, names, Double(count)) }
        for (names, seconds) in slowest { writer.set(.targetFirstToken, names, seconds) }
        writeQuality(to: &writer)
        for route in blueprint.routes.routes {
            for result in RetryDesk.Result.allCases {
                writer.add(.retries, [route.name.text, result.rawValue], blueprint.retries.count(result, on: route))
            }
        }
    }

    private func writeKeys(to writer: inout SampleWriter) {
        let now = Moment.now()
        for ring in blueprint.routes.rings {
            for reading in ring.readings(at: now) {
                let names = [ring.provider, reading.key]
                writer.set(.providerKeyCooldown, names, reading.cause != nil)
                writer.add(.providerKeyAttempts, names, reading.attempts)
                for cause in KeyPool.Cause.allCases {
                    writer.add(.providerKeyRefusals, names + [cause.rawValue], reading.refusals[cause] ?? 0)
                }
            }
        }
    }

    private func writeQuality(to writer: inout SampleWriter) {
        for route in blueprint.routes.routes {
            for model in Set(route.targets.map(\.servedModel)) {
                guard let score = quality.score(of: model, on: route.name) else { continue }
                writer.set(.qualityScore, [route.name.text, model.text], score.mean)
            }
            for result in [QualityBook.Result.new, .replaced] {
                writer.add(
                    .feedback, [route.name.text, result.rawValue], quality.count(of: result, route: route.name.text))
            }
        }
        let other = ConfiguredName.other.text
        writer.add(
            .feedback, [other, QualityBook.Result.rejected.rawValue], quality.count(of: .rejected, route: other))
    }

    private func write(_ canary: CanaryState, to writer: inout SampleWriter) {
        let standing = canary.standing
        let route = canary.route.text
        let names = [route, canary.target.provider.text, canary.target.servedModel.text]
        writer.set(.canaryState, names + ["running"], standing.finding == nil)
        writer.set(.canaryState, names + ["halted"], standing.finding != nil)
        for cause in CanaryTrial.Finding.Cause.allCases {
            writer.add(.canaryHalts, [route, cause.rawValue], standing.halts[cause] ?? 0)
        }
        for (name, arm) in [("canary", standing.canary), ("baseline", standing.baseline)] {
            writer.set(.canaryAttempts, [route, name], arm.attempts)
            writer.set(.canaryErrorRatio, [route, name], arm.errorRatio)
            if let seconds = arm.firstTokenSeconds { writer.set(.canaryFirstToken, [route, name], seconds) }
        }
    }

    private func write(_ tally: ShadowDesk.Tally, of route: String, to writer: inout SampleWriter) {
        for result in ShadowDesk.Result.allCases {
            writer.add(.shadows, [route, result.rawValue], tally.counts[result] ?? 0)
        }
        for (side, sums) in [("original", tally.original), ("shadow", tally.copy)] {
            writer.setCounter(.shadowSeconds, [route, side], sums.seconds)
            writer.setCounter(.shadowFirstToken, [route, side], sums.secondsToFirstToken)
            writer.add(.shadowTokens, [route, side], sums.outputTokens)
        }
    }
}
