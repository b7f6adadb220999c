import GatewayTypes
import Limits

/// The configuration's limits as definitions, with every name resolved and every rate read.
struct LimitDesk {
    /// Where something is wrong, and what.
    typealias Report = (_ path: SettingPath, _ message: String) -> Void

    private let names: NameBook
    private let report: Report

    /// Those of the top level first, then each plan's. `report` hears of everything that keeps a limit from being made.
    static func definitions(
        _ configuration: Configuration, names: NameBook, report: @escaping Report = { _, _ in }
    ) -> [LimitDefinition] {
        let desk = LimitDesk(names: names, report: report)
        return places(configuration).compactMap { place in desk.definition(place) }
    }

    /// A limit of the configuration, and where it stands.
    struct Place {
        let limit: Configuration.Limit
        let plan: String?
        let path: SettingPath
    }

    static func places(_ configuration: Configuration) -> [Place] {
        func places(_ limits: [Configuration.Limit], _ plan: String?, _ path: SettingPath) -> [Place] {
            limits.enumerated().map { Place(limit: $0.element, plan: plan, path: path.index($0.offset)) }
        }
        return places(configuration.limits, nil, SettingPath.root.key("limits"))
            + configuration.plans.flatMap {
                places($0.limits, $0.name, SettingPath.root.key("plans").key($0.name).key("limits"))
            }
    }

    private func definition(_ place: Place) -> LimitDefinition? {
        let limit = place.limit
        let written: [(LimitDefinition.Counted, [String])] = [
            (.requests, limit.requests), (.tokens, limit.tokens), (.inputTokens, limit.inputTokens),
            (.outputTokens, limit.outputTokens),
        ]
        var rates: [LimitDefinition.Rate] = []
        var isWhole = true
        for (counted, texts) in written {
            for (position, text) in texts.enumerated() {
                let path = place.path.key(counted.rawValue)
                if let rate = rate(text, at: texts.count == 1 ? path : path.index(position)) {
                    rates.append(LimitDefinition.Rate(counted, rate))
                } else {
                    isWhole = false
                }
            }
        }
        guard isWhole else { return nil }
        let definition = LimitDefinition(
            name: names.limits[limit.name], plan: place.plan.map { names.plans[$0] }, each: Self.each(limit.each),
            teams: limit.teams.map { names.teams[$0] }, callers: limit.callers.map { names.callers[$0] },
            routes: limit.models.map { names.routes[$0] }, rates: rates, concurrent: limit.concurrent,
            outputTokensMax: limit.maxTokens.map { Int64($0) }, over: limit.over == .clamp ? .clamp : .refuse,
            bodyBytesMax: limit.bodyBytesMax, queue: limit.queue.map(Self.queue))
        guard !definition.isEmpty else {
            report(
                place.path,
                "limits nothing; write requests: 60/minute, tokens, concurrent, max_tokens or body_bytes_max")
            return nil
        }
        return definition
    }

    private static func queue(_ written: Configuration.LimitQueue) -> LimitDefinition.Queue {
        LimitDefinition.Queue(
            depth: written.depth, waitSeconds: written.waitSeconds, fairness: written.fair == .team ? .team : .caller,
            high: Set(written.high), low: Set(written.low), choosers: Set(written.choosers))
    }

    private func rate(_ text: String, at path: SettingPath) -> LimitRate? {
        do throws(LimitTextError) {
            return try LimitRate(parsing: text)
        } catch {
            report(path, error.description)
            return nil
        }
    }

    private static func each(_ written: Configuration.Limit.Each) -> LimitDefinition.Each {
        switch written {
        case .caller: .caller
        case .team: .team
        case .key: .key
        case .model: .model
        case .endUser: .endUser
        case .gateway: .gateway
        }
    }
}
