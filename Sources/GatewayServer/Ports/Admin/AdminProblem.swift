import GatewayTypes
import NIOCore

/// Why the admin API did not do what it was asked for: a problem of RFC 9457.
struct AdminProblem: Error {
    /// The member `code`; each has one status.
    enum Code: String, CaseIterable {
        case badRequest = "bad_request"
        case unauthenticated
        case notPermitted = "not_permitted"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case timeout
        case conflict
        case preconditionFailed = "precondition_failed"
        case payloadTooLarge = "payload_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case invalid
        case preconditionRequired = "precondition_required"
        case headTooLarge = "head_too_large"
        case internalError = "internal_error"
        case unavailable

        var status: Int {
            switch self {
            case .badRequest: 400
            case .unauthenticated: 401
            case .notPermitted: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .timeout: 408
            case .conflict: 409
            case .preconditionFailed: 412
            case .payloadTooLarge: 413
            case .unsupportedMediaType: 415
            case .invalid: 422
            case .preconditionRequired: 428
            case .headTooLarge: 431
            case .internalError: 500
            case .unavailable: 503
            }
        }

        /// The member `title`.
        var title: String {
            switch self {
            case .badRequest: "The request cannot be read"
            case .unauthenticated: "No admin key"
            case .notPermitted: "The key's role does not suffice"
            case .notFound: "Not found"
            case .methodNotAllowed: "The method is not served here"
            case .timeout: "The request took too long"
            case .conflict: "It cannot be changed here"
            case .preconditionFailed: "It has changed meanwhile"
            case .payloadTooLarge: "The body is too large"
            case .unsupportedMediaType: "The body is of another media type"
            case .invalid: "What is written does not hold"
            case .preconditionRequired: "Say which version is meant"
            case .headTooLarge: "The head is too large"
            case .internalError: "Weir failed"
            case .unavailable: "Not now"
            }
        }
    }

    /// One thing that is wrong, and where.
    struct Detail {
        /// `rules[0].when`, the name of a parameter or of a header.
        let field: String
        let message: String
    }

    let code: Code
    /// What is wrong and what to do.
    let message: String
    var errors: [Detail] = []
    /// Further header fields of the reply.
    var fields: [ReplyField] = []

    init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        if let field { errors = [Detail(field: field, message: message)] }
        if code == .unauthenticated { fields = [ReplyField("www-authenticate", "Bearer realm=\"weir admin\"")] }
    }

    /// What the listener itself refuses, and what rooms that know no HTTP do.
    init(_ failure: Failure) {
        let code: Code =
            switch failure.status {
            case 401: .unauthenticated
            case 403: .notPermitted
            case 404: .notFound
            case 405: .methodNotAllowed
            case 408: .timeout
            case 409: .conflict
            case 412: .preconditionFailed
            case 413: .payloadTooLarge
            case 415: .unsupportedMediaType
            case 431: .headTooLarge
            case 503: .unavailable
            case 500...: .internalError
            case _: .badRequest
            }
        self.init(code, failure.message, field: failure.param)
        fields += failure.fields
    }

    var reply: Reply {
        let body = JSONObject([
            ("type", .string("about:blank")), ("title", .string(code.title)), ("status", .number(Int64(code.status))),
            ("code", .string(code.rawValue)), ("detail", .string(message)),
            (
                "errors",
                errors.isEmpty
                    ? nil
                    : .list(
                        errors.map { JSONObject([("field", .string($0.field)), ("message", .string($0.message))]) })
            ),
        ])
        return Reply(
            status: code.status, fields: [ReplyField("content-type", "application/problem+json")] + fields,
            body: ByteBuffer(string: body.text + "\n"))
    }
}
