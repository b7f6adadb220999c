import GatewayTypes

/// Finds the operation of a request, and refuses what none declares.
struct AdminRouter: Sendable {
    private let operations: [AdminOperation]

    init(_ operations: [AdminOperation]) { self.operations = operations }

    struct Match {
        let operation: AdminOperation
        let path: [String: String]
    }

    func match(_ head: RequestHead) throws(AdminProblem) -> Match {
        let parts = head.path.split(separator: "/", omittingEmptySubsequences: false)
        let fitting = operations.compactMap { operation in
            operation.path.match(parts).map { Match(operation: operation, path: $0) }
        }
        guard let most = fitting.map(\.operation.path.literalCount).max() else {
            throw AdminProblem(.notFound, "Nothing is served at \(Words.quoted(head.path)); see /api/v1/openapi.json.")
        }
        let here = fitting.filter { $0.operation.path.literalCount == most }
        // A HEAD is answered as a GET without its body, which the listener leaves out.
        let asked = head.method == .head ? .get : head.method
        if let match = here.first(where: { $0.operation.method == asked }) { return match }
        let methods =
            here.map(\.operation.method.rawValue) + (here.contains { $0.operation.method == .get } ? ["HEAD"] : [])
        var problem = AdminProblem(
            .methodNotAllowed, "Served here: \(Words.list(methods.sorted())).")
        problem.fields.append(ReplyField("allow", methods.sorted().joined(separator: ", ")))
        throw problem
    }

    /// The query's parameters, each declared, written once and well-formed.
    static func query(_ head: RequestHead, of operation: AdminOperation) throws(AdminProblem) -> [String: String] {
        var found: [String: String] = [:]
        for part in (head.query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.decode(pair[0].replacing("+", with: " "))
            let value = pair.count > 1 ? PercentEncoding.decode(pair[1]) : ""
            guard let parameter = operation.query.first(where: { $0.name == name }) else {
                throw AdminProblem(
                    .badRequest,
                    "There is no parameter \(Words.quoted(name)) here"
                        + Words.suggestion(for: name, among: operation.query.map(\.name)) + ".",
                    field: Words.shortened(name))
            }
            if let fault = parameter.fault(of: value) { throw AdminProblem(.badRequest, fault, field: name) }
            guard found.updateValue(value, forKey: name) == nil else {
                throw AdminProblem(.badRequest, "\(name) is written twice; write it once.", field: name)
            }
        }
        return found
    }

    /// Whether the body has the media type and the presence that the operation declares.
    static func check(body bytes: Int, _ head: RequestHead, of operation: AdminOperation) throws(AdminProblem) {
        guard let body = operation.body else { return }
        guard bytes > 0 else {
            if body.isRequired { throw AdminProblem(.badRequest, "Send a body of JSON.", field: "body") }
            return
        }
        let type = head["content-type"]?.split(separator: ";").first?.trimmingSpaces().lowercased()
        guard type == "application/json" else {
            throw AdminProblem(
                .unsupportedMediaType, "Send the body as JSON, with content-type: application/json.",
                field: "content-type")
        }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text.drop { $0 == " " || $0 == "\t" }
    }
}
