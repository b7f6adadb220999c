import Crypto
import GatewayTypes
import Metering
import NIOCore

/// Targets of a configuration that needs no network.
struct Fixtures {
    private var names = NameTable()
    private(set) var targets: [Target] = []

    /// Adds a target; the result is its index.
    @discardableResult
    mutating func target(_ kind: String, _ model: String, provider: String = "main") -> Int {
        targets.append(
            Target(
                index: targets.count, provider: names.declare(provider), providerKind: kind,
                servedModel: names.declare(model), weight: 1, ways: [], keyAlias: "",
                injectsStreamUsage: true))
        return targets.count - 1
    }

    /// Adds a target that stands for any model of a provider.
    mutating func anyModel(of provider: String) {
        targets.append(
            Target(
                index: targets.count, provider: names.declare(provider), providerKind: provider, servedModel: .other,
                weight: 1, ways: [], keyAlias: "", injectsStreamUsage: true))
    }

    func book(_ overrides: [PriceOverride] = [], estimator: TokenEstimator = TokenEstimator()) throws -> PriceBook {
        PriceBook(
            catalog: try PriceCatalog.embedded(), overrides: overrides, targets: targets, estimator: estimator,
            sha256: { SHA256.digest($0) })
    }

    /// What a book says of one target's usage.
    static func cost(
        _ kind: String, _ model: String, provider: String = "main", tier: String? = nil, at day: String = "2026-11-20",
        overrides: [PriceOverride] = [], _ usage: Usage
    ) throws -> Cost {
        var fixtures = Fixtures()
        fixtures.target(kind, model, provider: provider)
        guard let time = CalendarDay.start(of: day) else { throw FixtureError() }
        return try fixtures.book(overrides)
            .cost(of: MeteredUse(usage, operation: .chat, tier: tier, at: time), target: fixtures.targets[0])
    }
}

struct FixtureError: Error {}

func usage(_ counts: [TokenType: Int64], hour: Int64 = 0) -> Usage {
    var usage = Usage(source: .provider)
    for (type, count) in counts { usage[type] = count }
    usage.cacheWriteHourTokens = hour
    return usage
}
