public import GatewayTypes

/// What a caller may use: the second half of authentication, entered once the route is known and only for callers
/// who may not use everything; and before that where a template is named, of which nobody else is to hear. The decision itself is `Permissions`, a value.
public struct PermissionStage: Stage {
    public static let hop = Hop.authentication

    private let watch: KeyWatch

    public init(watch: KeyWatch) { self.watch = watch }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard let refusal = Self.refusal(of: exchange) else { return .pass }
        watch.denied(refusal.subject, to: exchange.caller.team)
        exchange.notes.append(Note(.authentication, refusal.message))
        throw refusal.failure
    }

    /// Which rule its caller's exchange breaks; nil: none.
    public static func refusal(of exchange: borrowing Exchange) -> PermissionRefusal? {
        guard let permissions = exchange.caller.permissions, case .model(let request) = exchange.request else {
            return nil
        }
        return permissions.refusal(of: question(request, exchange))
    }

    private static func question(_ request: ModelRequest, _ exchange: borrowing Exchange) -> PermissionQuestion {
        if let template = exchange.firstAsked?.template { return PermissionQuestion(template: template) }
        let isDoor = exchange.surface == .providerAPI
        return PermissionQuestion(
            operation: request.operation, model: request.askedModel, route: exchange.route.name.text,
            ownModel: exchange.firstAsked?.route?.name.text,
            provider: isDoor ? exchange.route.targets.first?.provider.text : nil)
    }
}
