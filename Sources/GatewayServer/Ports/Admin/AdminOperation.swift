import GatewayTypes

/// One operation of the admin API, declared once: requests are routed by it, checked by it, and the OpenAPI document is
/// made of it.
struct AdminOperation: Sendable {
    /// A unique name: `listTeams`.
    let id: String
    let method: Method
    let path: AdminPath
    /// The heading it stands under in the document.
    let tag: String
    /// One sentence without a full stop.
    let summary: String
    let role: AdminRole
    /// Those of the query; `parameter(of:)` has those of the path.
    var query: [AdminParameter] = []
    /// Nil: a body is not read.
    var body: AdminBody?
    /// Whether it changes a stored thing, whose version `If-Match` names.
    var condition = Condition.none
    /// Whether what is there already, or has changed meanwhile, may stand in its way.
    var mayConflict = false
    /// Whether it checks a configuration, which may not hold.
    var isChecking = false
    let replies: [AdminReply]
    let respond: @Sendable (AdminPort) -> (AdminRequest) async throws(AdminProblem) -> Reply

    /// What a change says of the version that it means.
    enum Condition: Sendable {
        /// It changes no stored thing.
        case none
        /// It may say it.
        case optional
        /// It must, where there is one.
        case required
    }

    /// The statuses that it may answer with a problem, beyond those of `replies`.
    var problems: [AdminProblem.Code] {
        var codes: [AdminProblem.Code] = [.badRequest, .unauthenticated, .notPermitted, .internalError, .unavailable]
        if !path.parameters.isEmpty { codes.append(.notFound) }
        if isChecking, body == nil { codes.append(.invalid) }
        if body != nil { codes += [.payloadTooLarge, .unsupportedMediaType, .invalid] }
        if mayConflict { codes.append(.conflict) }
        switch condition {
        case .none: break
        case .optional: codes.append(.preconditionFailed)
        case .required: codes += [.conflict, .preconditionFailed, .preconditionRequired]
        }
        return codes
    }
}

/// A path with parameters: `/api/v1/teams/{name}`.
struct AdminPath: Sendable, Hashable, ExpressibleByStringLiteral {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    let text: String
    let segments: [Segment]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    init(stringLiteral value: String) { self.init(value) }

    var parameters: [String] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    /// How specific it is: where two fit, the one with more literal segments counts.
    var literalCount: Int { segments.count - parameters.count }

    /// The parameters of a path as it came, their percent-encoding resolved; nil: another path.
    func match(_ path: [Substring]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var found: [String: String] = [:]
        for (segment, part) in zip(segments, path) {
            switch segment {
            case .literal(let text): if text[...] != part { return nil }
            case .parameter(let name):
                if part.isEmpty { return nil }
                found[name] = PercentEncoding.decode(part)
            }
        }
        return found
    }
}

/// A parameter of the query.
struct AdminParameter: Sendable {
    enum Kind: Sendable {
        case integer(ClosedRange<Int>, standard: Int?)
        case text
        case choice([String])
    }

    let name: String
    let kind: Kind
    let doc: String

    init(_ name: String, _ kind: Kind, _ doc: String) {
        self.name = name
        self.kind = kind
        self.doc = doc
    }

    /// Why a value cannot be taken; nil: it can.
    func fault(of text: String) -> String? {
        switch kind {
        case .text: return nil
        case .choice(let words):
            return words.contains(text) ? nil : "\(name) must be \(Words.list(words, last: "or"))."
        case .integer(let range, _):
            // As JSON writes it: no sign, no zeros before it.
            if let number = Int(text), "\(number)" == text, range.contains(number) { return nil }
            return "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)."
        }
    }
}

/// What a request's body holds.
struct AdminBody: Sendable {
    let schema: JSONText
    let isRequired: Bool

    init(_ schema: JSONText, isRequired: Bool = true) {
        self.schema = schema
        self.isRequired = isRequired
    }
}

/// A status that means success, and what comes with it.
struct AdminReply: Sendable {
    let status: Int
    let doc: String
    /// By media type; empty: no body.
    var content: [(type: String, schema: JSONText)] = []
    /// Whether `ETag` tells the version.
    var isVersioned = false

    static func json(_ status: Int, _ doc: String, _ schema: JSONText, isVersioned: Bool = false) -> AdminReply {
        AdminReply(status: status, doc: doc, content: [("application/json", schema)], isVersioned: isVersioned)
    }
}
