import GatewayTypes
import Routing

extension AdminTable {
    static let routing: [AdminOperation] = [
        AdminOperation(
            id: "explainRoute", method: .post, path: "/api/v1/routes/explain", tag: "routes",
            summary: "What a request would do and why; reserves nothing and calls no provider", role: .operator,
            body: AdminBody(
                Schema.object(
                    [
                        ("model", Schema.text), ("team", Schema.text), ("caller", Schema.text), ("method", Schema.text),
                        ("path", Schema.text),
                        ("headers", Schema.object([], open: true)), ("request", Schema.object([], open: true)),
                        ("ask", Schema.boolean),
                    ], required: [])),
            replies: [.json(200, "What would happen", Schema.object([("model", Schema.text)], open: true))],
            respond: AdminPort.explainRoute),
        AdminOperation(
            id: "resetCanary", method: .post, path: "/api/v1/routes/{name}/canary/reset", tag: "routes",
            summary: "Lets a halted canary of a model begin anew", role: .operator,
            replies: [.json(200, "It begins anew", Schema.object([("route", Schema.text)]))],
            respond: AdminPort.resetCanary),
    ]
}

extension AdminPort {
    func explainRoute(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        try await answer { () async throws(Failure) in try await RouteExplainer.reply(to: request.body, house: house) }
    }

    func resetCanary(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let route = request.name()
        guard house.canaries.reset(route: route, actor: request.actor.name) else {
            throw AdminProblem(
                .notFound, "The model \"\(route.prefix(100))\" has no canary that is halted.", field: "name")
        }
        return .json(200, JSONObject([("route", .string(route))]).text)
    }
}
