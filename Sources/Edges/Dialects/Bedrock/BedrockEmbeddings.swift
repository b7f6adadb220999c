import GatewayTypes
import JSON
import NIOCore

/// Requests for vectors to the models of Amazon and Cohere on Bedrock, which take them each in their own shape.
enum BedrockEmbeddings {
    static func encode(_ request: EmbeddingsRequest, model: BedrockModel) throws(Failure) -> EncodedRequest {
        var unsupported: [ChatField] = []
        if request.endUser != nil { unsupported.append(.endUser) }
        if request.dimensions != nil, !model.resizesVectors { unsupported.append(.embeddingDimensions) }
        let dimensions = model.resizesVectors ? request.dimensions : nil
        var json = JSONBuilder()
        json.openObject()
        switch model.family {
        case .titanEmbedding:
            guard request.inputs.count == 1, let text = request.inputs.first else {
                throw Failure(
                    .badRequest,
                    "`input`: this model takes one text a request, and \(request.inputs.count) were sent. Send one "
                        + "request for each.", param: "input")
            }
            if request.purpose != nil { unsupported.append(.embeddingPurpose) }
            json.member("inputText", text)
            json.member("dimensions", dimensions)
        case .cohereEmbedding:
            json.openArray("texts")
            for text in request.inputs { json.string(text) }
            json.closeArray()
            json.member("input_type", request.purpose ?? "search_document")
            json.member("output_dimension", dimensions)
        case .anthropic, .nova, .other, .unknown:
            throw Failure(
                .badRequest,
                "`model`: on Bedrock, vectors are to be had of Titan's and Cohere's embedding models only.",
                param: "model")
        }
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }
}

/// Reads vectors. Titan counts the tokens in its reply; Cohere's are counted only in a field of the reply's head, which
/// is not seen here: no usage is reported then.
struct BedrockEmbeddingReader: FrameReader {
    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {}
    mutating func endStream(into events: inout [ModelEvent]) {}

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        var vectors: [JSONValue] = []
        if let one = document["embedding"] {
            vectors = [one]
        } else if let many = document["embeddings"] {
            vectors = many.isArray ? many.elements : many["float"]?.elements ?? []
        } else {
            return
        }
        events.append(.began(id: document["id"]?.string, model: nil))
        for (index, vector) in vectors.enumerated() {
            events.append(.embedding(vector.elements.compactMap { $0.double }, index: index))
        }
        if let tokens = TokenCount.read(document["inputTextTokenCount"]) {
            var usage = Usage(source: .provider)
            usage[.input] = tokens
            events.append(.usage(usage))
        }
        events.append(.ended)
    }
}
