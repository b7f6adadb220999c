public import GatewayTypes

/// A provider's own API as clients reach it, under `/providers/{name}/`.
public struct ProviderDoor: Sendable {
    /// For models that the configuration names at this provider: priced and labelled as such.
    private let byModel: [String: Route]
    /// For all else.
    private let anyModel: Route

    public init(byModel: [String: Route], anyModel: Route) {
        self.byModel = byModel
        self.anyModel = anyModel
    }

    func route(for model: String) -> Route { byModel[model] ?? anyModel }
}
