import Crypto
import GatewayTypes
import Metering

/// The configuration's prices as a price book.
enum PriceDesk {
    static func catalog(_ configuration: Configuration) throws(PriceError) -> PriceCatalog {
        switch configuration.prices.catalog {
        case .builtIn: try PriceCatalog.embedded()
        case .none: try PriceCatalog.empty()
        }
    }

    static func book(
        _ configuration: Configuration, catalog: PriceCatalog, targets: [Target], estimator: TokenEstimator
    ) -> PriceBook {
        let overrides = configuration.prices.overrides.map { written in
            var prices: [PriceUnit: UnitPrice] = [:]
            for (unit, component) in overridable { prices[unit] = written[component] }
            return PriceOverride(
                provider: written.provider, model: written.model, effectiveFrom: written.effectiveFrom, prices: prices)
        }
        return PriceBook(
            catalog: catalog, overrides: overrides, targets: targets, estimator: estimator,
            sha256: { SHA256.digest($0) })
    }

    /// What `prices.overrides` may set.
    private static let overridable: [(PriceUnit, CostComponent)] = [
        (.input, .input), (.cacheRead, .cacheRead), (.cacheWrite, .cacheWrite), (.cacheWriteHour, .cacheWriteHour),
        (.output, .output), (.reasoning, .reasoning), (.audioInput, .audioInput), (.audioOutput, .audioOutput),
        (.imageInput, .image), (.request, .request),
    ]
}
