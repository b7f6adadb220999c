import Crypto
import GatewayTypes
import Metering

/// The configuration's prices as a price book.
enum Prices {
    static func book(
        _ configuration: Configuration, targets: [Target], estimator: TokenEstimator
    ) throws(PriceError) -> PriceBook {
        let catalog =
            switch configuration.prices.catalog {
            case .builtIn: try PriceCatalog.embedded()
            case .none: try PriceCatalog.empty()
            }
        let overrides = configuration.prices.overrides.map { written in
            var sheet: [CostComponent: UnitPrice] = [:]
            for component in CostComponent.allCases { sheet[component] = written[component] }
            return PriceOverride(
                provider: written.provider, model: written.model, prices: sheet, effectiveFrom: written.effectiveFrom)
        }
        return PriceBook(
            catalog: catalog, overrides: overrides, targets: targets, estimator: estimator,
            sha256: { SHA256.digest($0) })
    }
}
