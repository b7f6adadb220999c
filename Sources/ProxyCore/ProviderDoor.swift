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
    ///
    /// A path must stay below the base URL, which may name a project or an account: none goes up.
    func resource(for rest: Substring, of head: RequestHead) throws(Failure) -> UpstreamResource {
        var path = "/" + rest
        guard !path.split(separator: "/").contains(where: Self.isDots) else {
            throw Failure(.badRequest, "The path holds `.` or `..` as a segment; write it without.")
        }
        if !basePath.isEmpty, path.hasPrefix(basePath + "/") { path.removeFirst(basePath.count) }
        let query = PercentCoding.withoutKey(head.query).map { "?" + $0 } ?? ""
        return UpstreamResource(method: head.method, suffix: path + query)
    }

    /// A dot segment (RFC 3986, section 5.2.4), escaped or not: whoever follows the path would go up by it.
    private static func isDots(_ segment: Substring) -> Bool {
        let plain = segment.lowercased().replacing("%2e", with: ".").replacing("%5c", with: "/")
            .replacing("\\", with: "/").replacing("%2f", with: "/")
        return plain.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }
}
