import GatewayTypes

/// Makes the keys of requests: SHA-256 over the tenant, the route, and all that the reply depends on.
struct KeyMaker: Sendable {
    /// What a request is known by.
    struct Tenancy: Sendable, Equatable {
        let texts: [String]
    }

    private static let endUserField: HeaderName = "x-weir-end-user"

    let normalizer: any RequestNormalizer
    /// SHA-256, handed in because this room cannot see the one who computes it.
    let sha256: @Sendable ([UInt8]) -> [UInt8]

    /// Whose replies it may see. Somebody of no configured team is alone with its key.
    static func tenancy(of exchange: borrowing Exchange, _ request: ModelRequest, _ policy: CachePolicy) -> Tenancy {
        let caller = exchange.caller
        var texts: [String]
        switch policy.scope {
        case .route: texts = ["route"]
        case .team where caller.team != .other: texts = ["team", caller.team.text]
        case .team, .caller: texts = ["caller", caller.team.text, caller.name.text, caller.keyAlias]
        }
        texts.append("end user")
        texts.append(exchange.head[endUserField] ?? "")
        texts.append(policy.separatesEndUsers ? request.facts.endUser ?? "" : "")
        return Tenancy(texts: texts)
    }

    /// Of the same request by the same tenant. Nil where the body cannot be read.
    func exact(_ exchange: borrowing Exchange, _ request: ModelRequest, _ tenancy: Tenancy) -> CacheKey? {
        guard let body = normalizer.normalized(request, without: nil) else { return nil }
        return key("exact", exchange, request, tenancy, body)
    }

    /// Of all requests by the same tenant that differ in their last question alone. `model` makes the vectors.
    func partition(
        _ exchange: borrowing Exchange, _ request: ModelRequest, _ tenancy: Tenancy, question: String, model: String
    ) -> CacheKey? {
        guard let body = normalizer.normalized(request, without: question) else { return nil }
        return key("semantic " + model, exchange, request, tenancy, body)
    }

    private func key(
        _ kind: String, _ exchange: borrowing Exchange, _ request: ModelRequest, _ tenancy: Tenancy, _ body: [UInt8]
    ) -> CacheKey {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + 512)
        // What cannot be rendered otherwise is cached as it was asked.
        let stream = request.operation.isTranslatable ? "" : request.stream ? "stream" : "whole"
        let texts = [kind, exchange.route.name.text, request.surface.rawValue, stream] + tenancy.texts
        for text in texts + Self.fields(exchange, request) { Self.append(Array(text.utf8), to: &bytes) }
        Self.append(body, to: &bytes)
        return CacheKey(digest: sha256(bytes))
    }

    /// What the request's head tells the providers that it may go to.
    private static func fields(_ exchange: borrowing Exchange, _ request: ModelRequest) -> [String] {
        var names: [HeaderName] = []
        for target in exchange.route.targets {
            guard let way = target.way(for: request.surface), !way.isTranslated else { continue }
            for name in way.dialect.forwardedFields where name != .userAgent && !names.contains(name) {
                names.append(name)
            }
        }
        return names.flatMap { [$0.text, exchange.head[$0] ?? ""] }
    }

    /// With its length before it, so that no two lists of texts are the same bytes.
    private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: part.count >> shift))
        }
        bytes += part
    }
}
