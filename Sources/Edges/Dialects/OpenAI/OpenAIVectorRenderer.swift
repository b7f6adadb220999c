import GatewayTypes
import JSON
import NIOCore

/// Renders translated vectors as OpenAI's list of embeddings.
struct OpenAIEmbeddingsRenderer: ReplyRenderer {
    let contentType = "application/json"

    private let model: String
    private let wantsBase64: Bool
    private var reply = AssembledReply()
    private var hasEnded = false

    init(_ request: ModelRequest, wantsBase64: Bool) {
        model = request.askedModel
        self.wantsBase64 = wantsBase64
    }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) { reply.take(event) }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        var builder = JSONBuilder(bytes)
        builder.openObject()
        builder.member("object", "list")
        builder.openArray("data")
        for (index, vector) in reply.embeddings.sorted(by: { $0.key < $1.key }) {
            builder.openObject()
            builder.member("object", "embedding")
            builder.member("index", Int64(index))
            if wantsBase64 {
                builder.member("embedding", FloatText.text(vector))
            } else {
                builder.openArray("embedding")
                for number in vector { builder.double(number.isFinite ? number : 0) }
                builder.closeArray()
            }
            builder.closeObject()
        }
        builder.closeArray()
        builder.member("model", reply.model ?? model)
        builder.openObject("usage")
        let tokens = reply.usage?.inputTokens ?? 0
        builder.member("prompt_tokens", tokens)
        builder.member("total_tokens", tokens)
        builder.closeObject()
        builder.closeObject()
        bytes = builder.bytes
    }
}

/// Renders the order of documents.
struct OpenAIRerankRenderer: ReplyRenderer {
    let contentType = "application/json"

    private let id: String
    private let model: String
    /// The documents that results repeat; nil where they are not wanted.
    private let documents: [String]?
    private let resultsMax: Int?
    private var reply = AssembledReply()
    private var hasEnded = false

    init(_ request: ModelRequest, _ asked: RerankRequest?, exchange: ExchangeID) {
        id = "rerank-" + exchange.description
        model = request.askedModel
        documents = asked?.returnsDocuments == true ? asked?.documents : nil
        resultsMax = asked?.resultsMax.map { Int(clamping: $0) }
    }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) { reply.take(event) }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        var builder = JSONBuilder(bytes)
        builder.openObject()
        builder.member("id", reply.id ?? id)
        builder.member("model", reply.model ?? model)
        builder.openArray("results")
        let best = reply.relevances.sorted { $0.score > $1.score }
        for (index, score) in best.prefix(resultsMax ?? best.count) {
            builder.openObject()
            builder.member("index", Int64(index))
            builder.member("relevance_score", score)
            if let documents, documents.indices.contains(index) {
                builder.openObject("document")
                builder.member("text", documents[index])
                builder.closeObject()
            }
            builder.closeObject()
        }
        builder.closeArray()
        writeUsage(&builder)
        builder.closeObject()
        bytes = builder.bytes
    }

    private func writeUsage(_ builder: inout JSONBuilder) {
        guard let usage = reply.usage else { return }
        if let searches = usage.units[.search] {
            builder.openObject("meta")
            builder.openObject("billed_units")
            builder.member("search_units", searches)
            builder.closeObject()
            builder.closeObject()
        }
        guard usage.totalTokens > 0 else { return }
        builder.openObject("usage")
        builder.member("prompt_tokens", usage.inputTokens ?? 0)
        builder.member("total_tokens", usage.totalTokens)
        builder.closeObject()
    }
}
