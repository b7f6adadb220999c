public import GatewayTypes

/// One API path that clients may call.
public struct SurfaceEntry: Sendable {
    /// Nil: any.
    public let method: Method?
    /// The route of the HTTP conventions, a template: `{model}` stands for the model and may hold slashes,
    /// `{provider}` for one segment, behind which any path may follow.
    public let httpRoute: String
    public let surface: Surface
    public let dialect: any ClientDialect
    /// Counts only for requests that have this field; nil: for all.
    public let field: HeaderName?
    /// Whether the path itself asks for a stream.
    public let streams: Bool
    /// What Weir answers itself, without asking a model.
    public let answer: Reply?
    /// The models that the answer tells of, and how to make it of some of them only; nil: it is the same for everybody.
    public let listing: ModelListing?

    /// Answers authenticated callers itself, without asking a model; nil: a model is asked.
    public let service: (any OwnService)?

    public init(
        _ method: Method?, _ httpRoute: String, _ surface: Surface, _ dialect: any ClientDialect,
        field: HeaderName? = nil, streams: Bool = false, answer: Reply? = nil, listing: ModelListing? = nil,
        service: (any OwnService)? = nil
    ) {
        self.method = method
        self.httpRoute = httpRoute
        self.surface = surface
        self.dialect = dialect
        self.field = field
        self.streams = streams
        self.answer = answer ?? listing?.render(listing?.models ?? [])
        self.listing = listing
        self.service = service
    }

    /// The answer to a caller: no word of models that it may not use. `routes`: by the names that lead to them.
    func answer(to caller: Caller, routes: [String: Route]) throws(Failure) -> Reply? {
        guard let permissions = caller.permissions, let listing else { return answer }
        if let refusal = permissions.refusal(of: PermissionQuestion(operation: .listModels)) { throw refusal.failure }
        let allowed = listing.models.filter { permissions.allows(model: $0, of: routes[$0]?.name.text ?? $0) }
        if listing.isOfOne, let model = listing.models.first, allowed.isEmpty {
            throw Failure(.modelNotFound, "The model \"\(model)\" is not one that you may use.", param: "model")
        }
        return listing.render(allowed)
    }
}

/// A reply that tells of models.
public struct ModelListing: Sendable {
    public let models: [String]
    /// Whether one model was asked for by its name; else all are listed.
    public let isOfOne: Bool
    public let render: @Sendable ([String]) -> Reply

    public init(of models: [String], render: @escaping @Sendable ([String]) -> Reply) {
        self.models = models
        isOfOne = false
        self.render = render
    }

    public init(of model: String, reply: Reply) {
        models = [model]
        isOfOne = true
        render = { _ in reply }
    }
}

/// A path that was recognised, and what it says.
public struct SurfaceMatch {
    public let entry: SurfaceEntry
    /// Percent-decoded; nil where the path has none.
    public internal(set) var model: String?
    public internal(set) var provider: String?
    /// The rest of the path as it came, without a leading slash.
    var rest: Substring?
}

/// Which surface a path belongs to.
public struct SurfaceTable: Sendable {
    private struct Template: Sendable {
        let entry: SurfaceEntry
        let prefix: String
        /// What follows the model.
        let suffix: String
        let variable: String
    }

    private var byPath: [String: [SurfaceEntry]] = [:]
    private var templates: [Template] = []
    /// Renders the errors of requests that no surface recognised.
    let fallback: any ClientDialect

    /// Of several entries that fit, the first one counts.
    public init(_ entries: [SurfaceEntry], fallback: any ClientDialect) {
        self.fallback = fallback
        for entry in entries {
            guard let open = entry.httpRoute.firstIndex(of: "{"), let close = entry.httpRoute.firstIndex(of: "}") else {
                byPath[entry.httpRoute, default: []].append(entry)
                continue
            }
            templates.append(
                Template(
                    entry: entry, prefix: String(entry.httpRoute[..<open]),
                    suffix: String(entry.httpRoute[entry.httpRoute.index(after: close)...]),
                    variable: String(entry.httpRoute[entry.httpRoute.index(after: open)..<close])))
        }
    }

    public func match(_ head: RequestHead) throws(Failure) -> SurfaceMatch {
        guard let match = exact(head) ?? template(for: head.path) else {
            // Nobody has proven who they are yet: no word of which models there are.
            let known = byPath.filter { $0.value.contains { $0.answer == nil && $0.service == nil } }.keys.sorted()
                .joined(separator: ", ")
            throw Failure(
                .notFound,
                "No API is served at \(head.path.prefix(200)); known paths: \(known), Gemini's and "
                    + "/providers/{provider}/….")
        }
        if let method = match.entry.method, method != head.method {
            var failure = Failure(.methodNotAllowed, "\(head.path.prefix(200)) takes \(method.rawValue).")
            failure.fields = [ReplyField("allow", method.rawValue)]
            throw failure
        }
        return match
    }

    private func exact(_ head: RequestHead) -> SurfaceMatch? {
        // Clients escape the slashes in a model's name.
        guard let entries = byPath[head.path] ?? byPath[PercentEncoding.decode(head.path)] else { return nil }
        let entry = entries.first { entry in entry.field.map { head[$0] != nil } ?? true }
        return (entry ?? entries.last).map { SurfaceMatch(entry: $0) }
    }

    private func template(for path: String) -> SurfaceMatch? {
        for template in templates where path.hasPrefix(template.prefix) {
            let tail = path.dropFirst(template.prefix.count)
            switch template.variable {
            case "provider":
                let parts = tail.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = parts.first, !name.isEmpty else { continue }
                return SurfaceMatch(
                    entry: template.entry, provider: PercentEncoding.decode(name), rest: parts.count > 1 ? parts[1] : ""
                )
            default:
                guard tail.hasSuffix(template.suffix), tail.count > template.suffix.count else { continue }
                return SurfaceMatch(
                    entry: template.entry, model: PercentEncoding.decode(tail.dropLast(template.suffix.count)))
            }
        }
        return nil
    }
}
