public import GatewayTypes
import JSON
public import NIOCore

extension CalloutMessage {
    /// What a callout answered.
    public struct Verdict: Sendable {
        /// Nil: the exchange goes on.
        public internal(set) var denial: Denial?
        public internal(set) var attributes: [(key: String, value: String)] = []
        public internal(set) var fields: [ReplyField] = []
        public internal(set) var model: String?
        public internal(set) var members: [(name: String, json: String?)] = []

        /// Allows.
        public init() {}

        public var result: CalloutResult {
            if denial != nil { return .deny }
            if model != nil || !members.isEmpty { return .rewrite }
            return attributes.isEmpty && fields.isEmpty ? .allow : .annotate
        }
    }

    /// 400 to 499, and what the client is told.
    public struct Denial: Sendable {
        public internal(set) var status = 403
        public internal(set) var message: String?
        public internal(set) var retryAfterSeconds: Int?
    }

    private static let messageBytesMax = 1000
    private static let attributesMax = 16
    private static let attributeBytesMax = 256
    private static let fieldBytesMax = 1024
    private static let membersMax = 64

    /// Nil where it makes no sense, or changes what it may not at that hop.
    public static func verdict(_ body: ByteBuffer, fieldsToProvider: [String], hop: Hop) -> Verdict? {
        let root: JSONValue
        do throws(JSONProblem) { root = try JSONDocument(body, strict: true).root } catch { return nil }
        guard root.isObject, let word = root["verdict"] else { return nil }
        var verdict = Verdict()
        if word.says("deny") {
            guard let denial = denial(root) else { return nil }
            verdict.denial = denial
        } else if !word.says("allow") {
            return nil
        }
        guard let attributes = attributes(root["attributes"]),
            let fields = fields(root["headers"], fieldsToProvider)
        else { return nil }
        verdict.attributes = attributes
        verdict.fields = fields
        guard let rewrite = root["rewrite"] else { return verdict }
        guard rewrite.isObject, verdict.denial == nil, mayRewrite(at: hop) else { return nil }
        if let model = rewrite["model"] {
            guard hop == .authentication, let name = model.string, !name.isEmpty, name.utf8.count <= 256 else {
                return nil
            }
            verdict.model = name
        }
        guard let members = members(rewrite["body"], at: hop) else { return nil }
        verdict.members = members
        return verdict
    }

    /// At `receive` nobody has proven who they are; at `budgets` the money is reserved for what was read.
    private static func mayRewrite(at hop: Hop) -> Bool {
        switch hop {
        case .authentication, .limits, .guardrails, .cache, .routing, .attempt: true
        case .receive, .budgets, .stream, .settle: false
        }
    }

    private static let fixed: Set<String> = ["model", "stream"]
    /// What bounds a reply, in providers' words: at `attempt` the money for it is reserved.
    private static let bounding: Set<String> = [
        "max_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample", "n", "best_of",
        "generationconfig", "generation_config", "inferenceconfig", "stream_options",
    ]

    private static func denial(_ root: JSONValue) -> Denial? {
        var denial = Denial()
        if let status = root["status"] {
            guard let number = status.integer, (400...499).contains(number) else { return nil }
            denial.status = Int(number)
        }
        if let message = root["message"] {
            guard let text = message.string, !text.isEmpty, text.utf8.count <= messageBytesMax else { return nil }
            denial.message = text
        }
        if let seconds = root["retry_after"] {
            guard let number = seconds.integer, (0...86_400).contains(number) else { return nil }
            denial.retryAfterSeconds = Int(number)
        }
        return denial
    }

    private static func attributes(_ value: JSONValue?) -> [(key: String, value: String)]? {
        guard let value else { return [] }
        let members = value.members
        guard value.isObject, members.count <= attributesMax else { return nil }
        var attributes: [(key: String, value: String)] = []
        for (key, value) in members {
            let isKey =
                !key.isEmpty && key.utf8.count <= 64
                && key.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F || $0 == 0x2E
                }
            guard isKey, !value.isObject, !value.isArray, !value.isNull else { return nil }
            let text = value.string ?? value.raw
            guard text.utf8.count <= attributeBytesMax else { return nil }
            attributes.append((key, text))
        }
        return attributes
    }

    private static func fields(_ value: JSONValue?, _ permitted: [String]) -> [ReplyField]? {
        guard let value else { return [] }
        guard value.isObject else { return nil }
        var fields: [ReplyField] = []
        for (key, value) in value.members {
            let name = key.lowercased()
            guard permitted.contains(name), let text = value.string, text.utf8.count <= fieldBytesMax,
                text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else { return nil }
            fields.append(ReplyField(name, text))
        }
        return fields
    }

    /// The model has a member of its own, and how the client reads its reply is not for a policy to change.
    private static func members(_ value: JSONValue?, at hop: Hop) -> [(name: String, json: String?)]? {
        guard let value else { return [] }
        let members = value.members
        guard value.isObject, members.count <= membersMax else { return nil }
        let barred = hop == .attempt ? fixed.union(bounding) : fixed
        guard !members.contains(where: { barred.contains($0.key.lowercased()) }) else { return nil }
        return members.map { (name: $0.key, json: $0.value.isNull ? nil : $0.value.raw) }
    }
}
