import GatewayTypes

/// Finds the rate cards of targets.
struct PriceShelf: Sendable {
    private let entries: [Key: [PriceCatalog.Entry]]
    private let aliases: [Key: [PriceCatalog.Entry]]
    private let providers: Set<String>
    private let overrides: [PriceOverride]

    private struct Key: Hashable, Sendable {
        let provider: String
        let model: String
    }

    init(catalog: PriceCatalog, overrides: [PriceOverride]) {
        var entries: [Key: [PriceCatalog.Entry]] = [:]
        var aliases: [Key: [PriceCatalog.Entry]] = [:]
        for entry in catalog.entries {
            entries[Key(provider: entry.provider, model: entry.model), default: []].append(entry)
            for alias in entry.aliases {
                aliases[Key(provider: entry.provider, model: alias), default: []].append(entry)
            }
        }
        self.entries = entries
        self.aliases = aliases
        providers = Set(catalog.entries.map(\.provider))
        self.overrides = overrides
    }

    /// The latest first. The catalogue holds only for the days before the first override.
    func cards(for target: Target) -> [RateCard] { cards(for: target, model: target.servedModel.text) }

    func cards(for target: Target, model: String) -> [RateCard] {
        let provider = ProviderNames.inCatalog(
            name: target.provider.text, kind: target.providerKind, known: providers)
        let key = Key(provider: provider, model: model)
        let always = WallTime(nanoseconds: .min)
        let names = [target.provider.text, target.providerKind, provider]
        let own =
            overrides
            .filter { $0.model == key.model && names.contains($0.provider) }
            .map { RateCard(from: $0.effectiveFrom ?? always, sheet: $0.sheet) }
        let firstOwn = own.map(\.from).min()
        let listed = (entries[key] ?? aliases[key] ?? [])
            .filter { !$0.sheet.isEmpty }
            .map { RateCard(from: $0.effectiveFrom ?? always, sheet: $0.sheet) }
            .filter { card in firstOwn.map { card.from < $0 } ?? true }
        return own.sorted { $0.from > $1.from } + listed.sorted { $0.from > $1.from }
    }
}
