import GatewayTypes

/// The admin API as an OpenAPI 3.1 document, made of the table that requests are routed by.
enum OpenAPIDocument {
    static let text = document(of: AdminTable.operations).text()

    static func document(of operations: [AdminOperation]) -> JSONText {
        .object([
            ("openapi", .string("3.1.0")),
            (
                "info",
                .object([
                    ("title", .string("Weir admin API")), ("version", .string(Build.version)),
                    (
                        "description",
                        .string(
                            "Needs an admin key for every request (`admin.key`, `admin.keys`). Each operation names the "
                                + "role that it needs as `x-weir-role`. Errors are problems of RFC 9457.")
                    ),
                ])
            ),
            ("security", .array([.object([("adminKey", .array([]))])])), ("paths", paths(of: operations)),
            (
                "components",
                .object([
                    ("schemas", .object(Schema.components)),
                    (
                        "securitySchemes",
                        .object([
                            ("adminKey", .object([("type", .string("http")), ("scheme", .string("bearer"))]))
                        ])
                    ),
                ])
            ),
        ])
    }

    private static func paths(of operations: [AdminOperation]) -> JSONText {
        var order: [AdminPath] = []
        for operation in operations where !order.contains(operation.path) { order.append(operation.path) }
        return .object(
            order.map { path in
                let here = operations.filter { $0.path == path }
                return (path.text, .object(here.map { ($0.method.rawValue.lowercased(), self.operation($0)) }))
            })
    }

    private static func operation(_ operation: AdminOperation) -> JSONText {
        var members: [(String, JSONText)] = [
            ("operationId", .string(operation.id)), ("tags", .array([.string(operation.tag)])),
            ("summary", .string(operation.summary)), ("x-weir-role", .string(operation.role.rawValue)),
        ]
        var parameters = operation.path.parameters.map(pathParameter) + operation.query.map(queryParameter)
        if operation.condition != .none { parameters.append(ifMatch) }
        if !parameters.isEmpty { members.append(("parameters", .array(parameters))) }
        if let body = operation.body {
            members.append(
                (
                    "requestBody",
                    .object([
                        ("required", .boolean(body.isRequired)),
                        ("content", .object([("application/json", .object([("schema", body.schema)]))])),
                    ])
                ))
        }
        let problems = Dictionary(grouping: operation.problems, by: \.status).sorted { $0.key < $1.key }
        let replies =
            operation.replies.map { ("\($0.status)", reply($0)) } + problems.map { ("\($0.key)", problem($0.value)) }
        members.append(("responses", .object(replies)))
        return .object(members)
    }

    private static func pathParameter(_ name: String) -> JSONText {
        .object([
            ("name", .string(name)), ("in", .string("path")), ("required", .boolean(true)),
            ("schema", .object([("type", .string("string")), ("minLength", .integer(1))])),
        ])
    }

    private static func queryParameter(_ parameter: AdminParameter) -> JSONText {
        let schema: JSONText =
            switch parameter.kind {
            case .text: Schema.text
            case .choice(let words): Schema.words(words)
            case .integer(let range, let standard):
                .object(
                    [
                        ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                        ("maximum", .integer(range.upperBound)),
                    ] + (standard.map { [("default", .integer($0))] } ?? []))
            }
        return .object([
            ("name", .string(parameter.name)), ("in", .string("query")), ("description", .string(parameter.doc)),
            ("schema", schema),
        ])
    }

    private static let ifMatch = JSONText.object([
        ("name", .string("If-Match")), ("in", .string("header")),
        (
            "description",
            .string("The `ETag` of the version that is meant, or `*`. Left out, only what does not exist yet is made.")
        ),
        ("schema", .object([("type", .string("string"))])),
    ])

    private static func reply(_ reply: AdminReply) -> JSONText {
        var members: [(String, JSONText)] = [("description", .string(reply.doc))]
        if reply.isVersioned {
            let header = JSONText.object([("schema", Schema.text), ("description", .string("The version."))])
            members.append(("headers", .object([("ETag", header)])))
        }
        if !reply.content.isEmpty {
            members.append(
                ("content", .object(reply.content.map { ($0.type, .object([("schema", $0.schema)])) })))
        }
        return .object(members)
    }

    private static func problem(_ codes: [AdminProblem.Code]) -> JSONText {
        let content = JSONText.object([("schema", Schema.ref("problem"))])
        return .object([
            ("description", .string(codes.map(\.title).joined(separator: "; or: "))),
            ("content", .object([("application/problem+json", content)])),
        ])
    }
}
