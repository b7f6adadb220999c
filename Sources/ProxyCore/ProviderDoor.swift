public import GatewayTypes

/// A provider's own API as clients reach it, under `/providers/{name}/`.
public struct ProviderDoor: Sendable {
    /// For models that the configuration names at this provider: priced and labelled as such.
    private let byModel: [String: Route]
    /// For all else.
    private let anyModel: Route
    /// The path of the provider's base URL, without a slash at its end.
    private let basePath: String

    public init(byModel: [String: Route], anyModel: Route, basePath: String) {
        self.byModel = byModel
        self.anyModel = anyModel
        self.basePath = basePath
    }

    func route(for model: String) -> Route { byModel[model] ?? anyModel }

    /// What a client's path asks of the provider. A path may be written in full, as SDKs do, or below the base URL.
    func resource(for rest: Substring, of head: RequestHead) -> UpstreamResource {
        var path = "/" + rest
        if !basePath.isEmpty, path.hasPrefix(basePath + "/") { path.removeFirst(basePath.count) }
        let query = PercentCoding.withoutKey(head.query).map { "?" + $0 } ?? ""
        return UpstreamResource(method: head.method, suffix: path + query)
    }
}
