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
            writer.add(.targetEjections, names + ["outlier"], blueprint.watch.ejections(of: target))
            writer.add(.targetEjections, names + ["pause"], blueprint.headroom.pauses(of: target))
        }
        writeKeys(to: &writer)
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
}
