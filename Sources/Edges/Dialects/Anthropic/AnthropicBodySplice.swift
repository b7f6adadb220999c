import GatewayTypes
import JSON
import NIOCore

/// The client's body with only what must change for a target: the model's name or place, and the cap on output tokens
/// that a budget needs.
struct AnthropicBodySplice {
    let body: ByteBuffer

    init(_ request: ModelRequest, _ target: Target, outputTokensMax: Int64?, hosting: AnthropicProvider.Hosting) {
        var splice = JSONSplice()
        let facts = request.facts
        // First, because the cap may be inserted right before a model that leaves.
        if let cap = outputTokensMax, request.operation == .chat, facts.outputTokensMax.map({ $0 > cap }) ?? true {
            if let range = facts.maxTokensRange {
                splice.replace(range, json: String(cap))
            } else {
                splice.insert(at: facts.objectStart, json: "\"max_tokens\":\(cap),")
            }
            Self.capThinking(request, cap, &splice)
        }
        // The counting of tokens on Vertex has the model in the body.
        if let version = hosting.bodyVersion, request.operation == .chat {
            Self.moveModel(request, version, &splice)
        } else if !facts.modelRange.isEmpty, request.askedModel != target.servedModel.text {
            splice.replace(facts.modelRange, string: target.servedModel.text)
        }
        body = splice.apply(to: request.body)
    }

    /// Puts the API's version in the place of the model, which stands in the path.
    private static func moveModel(_ request: ModelRequest, _ version: String, _ splice: inout JSONSplice) {
        let member = "\"anthropic_version\":\"\(version)\""
        let root = document(request)
        guard !request.facts.modelRange.isEmpty else {
            if root?["anthropic_version"] == nil {
                splice.insert(at: request.facts.objectStart, json: member + ",")
            }
            return
        }
        let bytes = request.body.readableBytesView
        func byte(_ position: Int) -> UInt8 { bytes[bytes.startIndex + position] }
        var start = request.facts.modelRange.lowerBound - 1
        while byte(start) != UInt8(ascii: ":") { start -= 1 }
        while byte(start) != UInt8(ascii: "\"") { start -= 1 }
        start -= "\"model".utf8.count
        var end = request.facts.modelRange.upperBound
        guard let given = root?["anthropic_version"] else { return splice.replace(start..<end, json: member) }
        // The client has said it: its place takes Vertex's, and the model leaves with one comma.
        splice.replace(given.range, string: version)
        while byte(end) <= 0x20 { end += 1 }
        if byte(end) == UInt8(ascii: ",") {
            end += 1
        } else {
            end = request.facts.modelRange.upperBound
            while byte(start) != UInt8(ascii: ",") { start -= 1 }
        }
        splice.replace(start..<end, json: "")
    }

    /// Thinking is a part of the reply: a budget that no longer fits is lowered, or thinking switched off.
    private static func capThinking(_ request: ModelRequest, _ cap: Int64, _ splice: inout JSONSplice) {
        guard let thinking = document(request)?["thinking"], let budget = thinking["budget_tokens"],
            let tokens = budget.integer, tokens >= cap
        else { return }
        if cap > AnthropicThinking.budgetMin {
            splice.replace(budget.range, json: String(cap - 1))
        } else {
            splice.replace(thinking.range, json: #"{"type":"disabled"}"#)
        }
    }

    private static func document(_ request: ModelRequest) -> JSONValue? {
        do throws(JSONProblem) { return try JSONDocument(request.body).root } catch { return nil }
    }
}
