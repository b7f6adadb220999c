import GatewayTypes
import JSON

/// Reads requests for vectors, and for documents in order, into the neutral form.
enum OpenAIVectorReader {
    static func embeddings(_ root: JSONValue) throws(Failure) -> EmbeddingsRequest {
        var request = EmbeddingsRequest()
        for (key, value) in root.members where !value.isNull {
            switch key {
            case "model", "user": break
            case "input": request.inputs = try inputs(value)
            case "dimensions", "output_dimension":
                guard let count = value.integer, count > 0 else {
                    throw OpenAIChatReader.wrong(key, "a positive integer")
                }
                request.dimensions = count
            case "encoding_format":
                switch value.string {
                case "float": break
                case "base64": request.wantsBase64 = true
                case .some, .none: throw OpenAIChatReader.wrong(key, "`float` or `base64`")
                }
            case "input_type": request.purpose = purpose(value.string)
            default: request.others.append(key)
            }
        }
        request.endUser = root["user"]?.string
        return request
    }

    private static func inputs(_ value: JSONValue) throws(Failure) -> [String] {
        if let text = value.string { return [text] }
        let texts = value.elements.compactMap { $0.string }
        guard texts.count == value.elements.count, !texts.isEmpty else {
            throw Failure(
                .badRequest,
                "`input` must be a string or an array of strings: tokens mean something to one model only.",
                param: "input")
        }
        return texts
    }

    /// Voyage's words are Cohere's, but for these.
    private static func purpose(_ word: String?) -> String? {
        switch word {
        case "query": "search_query"
        case "document": "search_document"
        case .some(let word): word
        case .none: nil
        }
    }

    static func rerank(_ root: JSONValue) throws(Failure) -> RerankRequest {
        var request = RerankRequest()
        var hasQuery = false
        for (key, value) in root.members where !value.isNull {
            switch key {
            case "model": break
            case "query":
                guard let text = value.string else { throw OpenAIChatReader.wrong(key, "a string") }
                request.query = text
                hasQuery = true
            case "documents": request.documents = try documents(value)
            case "top_n", "top_k":
                guard let count = value.integer, count > 0 else {
                    throw OpenAIChatReader.wrong(key, "a positive integer")
                }
                request.resultsMax = count
            case "return_documents":
                guard let flag = value.bool else { throw OpenAIChatReader.wrong(key, "true or false") }
                request.returnsDocuments = flag
            default: request.others.append(key)
            }
        }
        guard hasQuery else { throw OpenAIChatReader.wrong("query", "a string") }
        guard !request.documents.isEmpty else { throw OpenAIChatReader.wrong("documents", "an array of documents") }
        return request
    }

    private static func documents(_ value: JSONValue) throws(Failure) -> [String] {
        var documents: [String] = []
        for (position, document) in value.elements.enumerated() {
            guard let text = document.string ?? document["text"]?.string else {
                throw OpenAIChatReader.wrong("documents[\(position)]", "a string or an object with `text`")
            }
            documents.append(text)
        }
        return documents
    }
}
