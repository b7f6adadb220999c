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

    public func route(for model: String) -> Route { byModel[model] ?? anyModel }

    /// What a client's path asks of the provider. A path may be written in full, as SDKs do, or below the base URL.
    ///
    /// It must stay below the base URL, which may name a project or an account: none goes up.
    func resource(for rest: Substring, of head: RequestHead) throws(Failure) -> UpstreamResource {
        guard head.method != .other else {
            throw Failure(.methodNotAllowed, "A provider's own API takes GET, HEAD, POST, PUT, PATCH and DELETE.")
        }
        let segments = PercentEncoding.decode(rest).split { $0 == "/" || $0 == "\\" }
        guard !segments.contains(where: { $0 == "." || $0 == ".." }) else {
            throw Failure(.badRequest, "The path holds `.` or `..` as a segment; write it without.")
        }
        var path = "/" + rest
        if !basePath.isEmpty, path.hasPrefix(basePath + "/") { path.removeFirst(basePath.count) }
        let query = Self.withoutKey(head.query).map { "?" + $0 } ?? ""
        return UpstreamResource(method: head.method, suffix: path + query)
    }

    /// A query without the credential that a client may have put there; nil where nothing is left.
    private static func withoutKey(_ query: String?) -> String? {
        guard let query else { return nil }
        let kept = query.split(separator: "&").filter { !$0.hasPrefix("key=") }
        return kept.isEmpty ? nil : kept.joined(separator: "&")
    }
}
