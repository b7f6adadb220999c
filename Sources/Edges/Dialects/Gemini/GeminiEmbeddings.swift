import GatewayTypes
import JSON
import NIOCore

/// Embeddings in Gemini's shape: one `content`, or a batch of `requests`.
enum GeminiEmbeddings {
    static func isBatch(_ body: ByteBuffer) -> Bool {
        do throws(JSONProblem) { return try JSONDocument(body).root["requests"] != nil } catch { return false }
    }

    static func neutral(_ root: JSONValue) -> EmbeddingsRequest {
        var request = EmbeddingsRequest()
        var members = GeminiMembers(root)
        guard let batch = members.take("requests") else {
            request.others = take(root, into: &request)
            return request
        }
        request.others = members.others
        for (index, element) in batch.elements.enumerated() {
            request.others += take(element, into: &request).map { "requests[\(index)].\($0)" }
        }
        return request
    }

    /// Adds one request's text; returns what has no place.
    private static func take(_ value: JSONValue, into request: inout EmbeddingsRequest) -> [String] {
        var members = GeminiMembers(value)
        _ = members.take("model")
        let parts = members.take("content")?["parts"]?.elements ?? []
        request.inputs.append(parts.compactMap { $0["text"]?.string }.joined())
        if let dimensions = members.take("outputDimensionality")?.googleInteger { request.dimensions = dimensions }
        if let task = members.take("taskType")?.string, task != "TASK_TYPE_UNSPECIFIED" {
            request.purpose = purposes.first { $0.task == task }?.purpose ?? task.lowercased()
        }
        let media = parts.contains { $0["text"] == nil } ? ["content.parts"] : []
        return members.others + media
    }

    /// Cohere's words, which the neutral form uses, and Google's.
    static let purposes: [(purpose: String, task: String)] = [
        ("search_document", "RETRIEVAL_DOCUMENT"), ("search_query", "RETRIEVAL_QUERY"),
        ("classification", "CLASSIFICATION"), ("clustering", "CLUSTERING"),
        ("semantic_similarity", "SEMANTIC_SIMILARITY"), ("question_answering", "QUESTION_ANSWERING"),
        ("fact_verification", "FACT_VERIFICATION"), ("code_retrieval_query", "CODE_RETRIEVAL_QUERY"),
    ]

    static func encode(
        _ request: EmbeddingsRequest, model: String, hosting: GeminiProvider.Hosting
    ) throws(Failure) -> EncodedRequest {
        var unsupported: [ChatField] = request.endUser == nil ? [] : [.endUser]
        let task = purposes.first { $0.purpose == request.purpose }?.task
        if request.purpose != nil, task == nil { unsupported.append(.embeddingPurpose) }
        var json = JSONBuilder()
        switch hosting {
        case .studio:
            json.openObject()
            json.openArray("requests")
            for input in request.inputs {
                json.openObject()
                json.member("model", GeminiModelName.resource(model))
                content(input, task, request.dimensions, to: &json)
                json.closeObject()
            }
            json.closeArray()
            json.closeObject()
        case .vertex where GeminiModelName.embedsContent(model):
            guard request.inputs.count == 1 else {
                throw Failure(.badRequest, "This model embeds one text at a time; send one.", param: "input")
            }
            json.openObject()
            content(request.inputs[0], task, request.dimensions, to: &json)
            json.closeObject()
        case .vertex:
            predict(request, task, to: &json)
        }
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }

    private static func content(_ text: String, _ task: String?, _ dimensions: Int64?, to json: inout JSONBuilder) {
        json.openObject("content")
        json.openArray("parts")
        json.openObject()
        json.member("text", text)
        json.closeObject()
        json.closeArray()
        json.closeObject()
        json.member("taskType", task)
        json.member("outputDimensionality", dimensions)
    }

    private static func predict(_ request: EmbeddingsRequest, _ task: String?, to json: inout JSONBuilder) {
        json.openObject()
        json.openArray("instances")
        for input in request.inputs {
            json.openObject()
            json.member("content", input)
            json.member("task_type", task)
            json.closeObject()
        }
        json.closeArray()
        if let dimensions = request.dimensions {
            json.openObject("parameters")
            json.member("outputDimensionality", dimensions)
            json.closeObject()
        }
        json.closeObject()
    }
}

/// Renders vectors: `embedding` for one content, `embeddings` for a batch.
struct GeminiEmbeddingsRenderer: ReplyRenderer {
    private let isBatch: Bool
    private var reply = AssembledReply()

    init(isBatch: Bool) { self.isBatch = isBatch }

    var contentType: String { GeminiError.contentType }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) { reply.take(event) }

    mutating func end(into bytes: inout ByteBuffer) {
        var json = JSONBuilder(bytes)
        json.openObject()
        let vectors = reply.embeddings.sorted { $0.key < $1.key }.map(\.value)
        if isBatch {
            json.openArray("embeddings")
            for vector in vectors { Self.write(vector, to: &json) }
            json.closeArray()
        } else if let vector = vectors.first {
            json.key("embedding")
            Self.write(vector, to: &json)
        }
        if let tokens = reply.usage?.inputTokens {
            json.openObject("usageMetadata")
            json.member("promptTokenCount", tokens)
            json.member("totalTokenCount", tokens)
            json.closeObject()
        }
        json.closeObject()
        bytes = json.bytes
    }

    private static func write(_ vector: [Double], to json: inout JSONBuilder) {
        json.openObject()
        json.openArray("values")
        for value in vector { json.double(value) }
        json.closeArray()
        json.closeObject()
    }
}
