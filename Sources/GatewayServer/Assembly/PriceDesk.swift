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
            if let hour = written.gpuHour { prices[.second] = second(ofHour: hour, shared: written.concurrency) }
            return PriceOverride(
                provider: written.provider, model: written.model, effectiveFrom: written.effectiveFrom, prices: prices)
        }
        return PriceBook(
            catalog: catalog, overrides: overrides, targets: targets, estimator: estimator,
            sha256: { SHA256.digest($0) })
    }

    /// What a second costs where so many exchanges share a machine that is paid by the hour; rounded up.
    private static func second(ofHour price: UnitPrice, shared concurrency: Int) -> UnitPrice {
        let parts = Int128(3600 * concurrency)
        return UnitPrice(picodollarsPerMillion: (price.picodollarsPerMillion + parts - 1) / parts)
    }

    /// What `prices.overrides` may set.
    private static let overridable: [(PriceUnit, CostComponent)] = [
        (.input, .input), (.cacheRead, .cacheRead), (.cacheWrite, .cacheWrite), (.cacheWriteHour, .cacheWriteHour),
        (.output, .output), (.reasoning, .reasoning), (.audioInput, .audioInput), (.audioOutput, .audioOutput),
        (.imageInput, .image), (.request, .request), (.second, .second), (.secondInput, .audioSecond),
        (.characterInput, .character), (.page, .page), (.imageOutputEach, .imageEach),
    ]
}
