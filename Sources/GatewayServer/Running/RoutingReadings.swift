import GatewayTypes
import Routing
import Telemetry

/// What routing knows of its targets, read at every scrape.
struct RoutingReadings {
    let blueprint: Blueprint

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
            writer.add(.targetEjections, names + ["silence"], blueprint.breakers.silences(of: target))
            writer.add(.targetEjections, names + ["outlier"], blueprint.watch.ejections(of: target))
            writer.add(.targetEjections, names + ["pause"], blueprint.headroom.pauses(of: target))
        }
        for provider in blueprint.routes.watched {
            let (answered, unanswered) = provider.counts
            writer.add(.providerQuestions, [provider.name.text, "answered"], answered)
            writer.add(.providerQuestions, [provider.name.text, "unanswered"], unanswered)
        }
        for (names, count) in outstanding { writer.set(.targetOutstanding, names, Double(count)) }
        for (names, seconds) in slowest { writer.set(.targetFirstToken, names, seconds) }
        for route in blueprint.routes.routes {
            for result in RetryDesk.Result.allCases {
                writer.add(.retries, [route.name.text, result.rawValue], blueprint.retries.count(result, on: route))
            }
        }
    }
}
