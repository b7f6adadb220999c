public import GatewayTypes
import JSON
public import NIOCore

/// What goes to a callout and what comes back: JSON in, JSON out. `docs/callouts.md` is its page.
public enum CalloutMessage {
    /// What is told beside the request's facts.
    public struct Parts: Sendable {
        let identity: Bool
        let head: Bool
        let body: Bool

        public init(identity: Bool, head: Bool, body: Bool) {
            self.identity = identity
            self.head = head
            self.body = body
        }
    }

    /// Fields that hold credentials: no callout ever sees them.
    private static let secrets: Set<String> = [
        "authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie",
        "sec-websocket-protocol",
    ]

    // MARK: Before the answer

    public static func question(
        callout: String, hop: Hop, _ exchange: Exchange, _ request: ModelRequest, parts: Parts,
        outgoing: OutgoingRequest? = nil
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeJSONObject { json in
            json.member("callout", callout)
            json.member("hop", hop.rawValue)
            json.member("exchange", exchange.id.description)
            json.key("request")
            write(request, exchange, &json)
            if parts.identity { write(exchange.caller, exchange.head.clientAddress, &json) }
            if parts.head { write(exchange.head, &json) }
            if let outgoing { write(outgoing, &json) }
            // At `attempt` what goes to the provider, in its dialect; before that what the client sent.
            let body = hop == .attempt ? outgoing.flatMap { object($0.body) } : object(in: request)
            if parts.body, let body { json.member("body", raw: body) }
        }
        return bytes
    }

    private static func write(_ request: ModelRequest, _ exchange: Exchange, _ json: inout JSONBuilder) {
        json.openObject()
        json.member("surface", request.surface.rawValue)
        json.member("operation", request.operation.rawValue)
        json.member("model", request.askedModel)
        json.member("route", exchange.route.name == .other ? nil : exchange.route.name.text)
        json.member("stream", request.stream)
        json.member("bytes", Int64(request.bodyBytes))
        json.member("text_bytes", Int64(request.facts.textBytes))
        json.member("messages", Int64(request.facts.messageCount))
        json.member("images", Int64(request.facts.imageCount))
        json.member("tools", Int64(request.facts.toolCount))
        json.member("max_tokens", request.facts.outputTokensMax)
        json.member("end_user", request.facts.endUser)
        if !exchange.targets.isEmpty {
            json.openArray("targets")
            for target in exchange.targets { json.string(target.provider.text + "/" + target.servedModel.text) }
            json.closeArray()
        }
        json.closeObject()
    }

    private static func write(_ outgoing: OutgoingRequest, _ json: inout JSONBuilder) {
        json.openObject("attempt")
        json.member("number", Int64(outgoing.number))
        json.member("provider", outgoing.target.provider.text)
        json.member("model", outgoing.target.servedModel.text)
        json.member("reserved_usd", outgoing.reserved.description)
        json.closeObject()
    }

    private static func write(_ caller: Caller, _ address: String, _ json: inout JSONBuilder) {
        json.openObject("caller")
        // At `receive` nobody knows yet.
        if caller.name != .other || caller.team != .other {
            json.member("name", caller.name.text)
            json.member("team", caller.team.text)
            json.member("key", caller.keyAlias)
        }
        json.member("address", address)
        json.closeObject()
    }

    private static func write(_ head: RequestHead, _ json: inout JSONBuilder) {
        json.openObject("head")
        json.member("method", head.method.rawValue)
        // Not the query, which may hold a key.
        json.member("path", head.path)
        json.openArray("fields")
        for field in head.allFields where !secrets.contains(field.name.lowercased()) {
            json.openArray()
            json.string(field.name.lowercased())
            json.string(field.value)
            json.closeArray()
        }
        json.closeArray()
        json.closeObject()
    }

    /// The body as it came, where it is a JSON object.
    private static func object(in request: ModelRequest) -> String? {
        guard request.bodyBytes > 0, request.facts.contentType?.hasPrefix("application/json") ?? true else {
            return nil
        }
        return object(request.body)
    }

    private static func object(_ body: ByteBuffer) -> String? {
        do throws(JSONProblem) {
            return try JSONDocument(body, strict: true).root.isObject ? String(buffer: body) : nil
        } catch {
            return nil
        }
    }

    /// A JSON object with members set, or taken out where they are nil; nil where it is none.
    public static func edited(_ body: ByteBuffer, _ members: [(name: String, json: String?)]) -> ByteBuffer? {
        do throws(JSONProblem) {
            let root = try JSONDocument(body, strict: true).root
            guard root.isObject else { return nil }
            var edit = ObjectEdit(root)
            for member in members {
                if let json = member.json { edit.set(member.name, json: json) } else { edit.remove(member.name) }
            }
            return edit.text(of: body)
        } catch {
            return nil
        }
    }

    // MARK: After it

    /// How an exchange went.
    public static func told(callout: String, _ outcome: borrowing Outcome, identity: Bool) -> ByteBuffer {
        let outcome = copy outcome
        var bytes = ByteBuffer()
        bytes.writeJSONObject { json in
            json.member("callout", callout)
            json.member("hop", Hop.settle.rawValue)
            json.member("exchange", outcome.id.description)
            json.openObject("request")
            json.member("surface", outcome.surface.rawValue)
            json.member("operation", outcome.operation?.rawValue)
            json.member("model", outcome.askedModel)
            json.member("route", outcome.route.name.text)
            json.member("stream", outcome.stream)
            json.member("bytes", Int64(outcome.requestBytes))
            json.closeObject()
            if identity { write(outcome.caller, outcome.clientAddress, &json) }
            json.key("reply")
            write(outcome, &json)
        }
        return bytes
    }

    private static func write(_ outcome: Outcome, _ json: inout JSONBuilder) {
        json.openObject()
        json.member("outcome", outcome.result)
        json.member("status", Int64(outcome.status))
        json.member("provider", outcome.target?.provider.text)
        json.member("model", outcome.target?.servedModel.text)
        json.member("attempts", Int64(outcome.attempts.count))
        json.member("bytes", Int64(outcome.replyBytes))
        json.member("duration_ms", Double(outcome.ended.nanoseconds(since: outcome.arrived)) / 1e6)
        let usage = outcome.wholeUsage
        json.member("input_tokens", usage.inputTokens)
        json.member("output_tokens", usage.outputTokens)
        let cost = outcome.wholeCost
        if cost.status == .priced { json.member("cost_usd", cost.total.description) }
        json.closeObject()
    }
}
