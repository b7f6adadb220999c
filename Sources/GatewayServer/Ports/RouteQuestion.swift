import Dialects
import Foundation
import GatewayTypes
import NIOCore

/// A request that is not made: what `POST /api/v1/routes/explain` is asked about.
struct RouteQuestion {
    private struct Written: Decodable {
        var model: String?
        var team: String?
        var caller: String?
        var path: String?
        var headers: [String: String]?
        var ask: Bool?
    }

    let team: String?
    let caller: String?
    /// Whether models that classify may be asked, which costs.
    let mayAsk: Bool
    let head: RequestHead
    let request: ModelRequest

    /// Paths that can be asked about: those whose model stands in the body.
    private static let surfaces: [(path: String, surface: Surface, dialect: any ClientDialect)] = [
        ("/v1/chat/completions", .openAIChat, OpenAIClient()), ("/v1/responses", .openAIResponses, ResponsesClient()),
        ("/v1/completions", .openAICompletions, OpenAIClient()), ("/v1/embeddings", .openAIEmbeddings, OpenAIClient()),
        ("/v1/rerank", .rerank, OpenAIClient()), ("/v1/moderations", .openAIModerations, OpenAIClient()),
        ("/v1/images/generations", .openAIImages, OpenAIClient()), ("/v1/audio/speech", .openAISpeech, OpenAIClient()),
        ("/v1/messages", .anthropicMessages, AnthropicClient()),
    ]

    init(_ body: ByteBuffer) throws(Failure) {
        let data = Data(body.readableBytesView)
        let written: Written
        var object: [String: Any]
        do {
            written = try JSONDecoder().decode(Written.self, from: data)
            object = (try JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
        } catch {
            throw Failure(
                .badRequest,
                "Send a JSON object with model, and as far as they matter team, caller, path, headers, request and ask."
            )
        }
        let path = written.path ?? "/v1/chat/completions"
        guard let surface = Self.surfaces.first(where: { $0.path == path }) else {
            throw Failure(
                .badRequest, "path must be one of \(Self.surfaces.map(\.path).joined(separator: ", ")).", param: "path")
        }
        var asked = object.removeValue(forKey: "request") as? [String: Any] ?? Self.small(surface.surface)
        if let model = written.model { asked["model"] = model }
        guard let bytes = try? JSONSerialization.data(withJSONObject: asked, options: [.sortedKeys]) else {
            throw Failure(.badRequest, "request must be the body of a request, a JSON object.", param: "request")
        }
        head = Self.head(path: path, written.headers ?? [:])
        request = try surface.dialect.parse(
            SurfaceCall(surface: surface.surface, head: head), body: ByteBuffer(bytes: bytes))
        team = written.team
        caller = written.caller
        mayAsk = written.ask ?? false
    }

    /// A body that the surface takes, where none is given.
    private static func small(_ surface: Surface) -> [String: Any] {
        switch surface {
        case .openAIChat, .anthropicMessages:
            ["messages": [["role": "user", "content": "Hello"]], "max_tokens": 256]
        case .openAICompletions, .openAIImages: ["prompt": "Hello"]
        case .rerank: ["query": "Hello", "documents": ["Hello"]]
        case .openAIResponses, .openAIEmbeddings, .openAIModerations: ["input": "Hello"]
        case .openAISpeech: ["input": "Hello", "voice": "alloy"]
        case .openAIImageEdits, .openAITranscriptions, .openAITranslations, .openAIRealtime, .openAIModels,
            .anthropicCountTokens, .geminiGenerate, .geminiEmbed, .geminiCountTokens, .providerAPI, .ask,
            .askEmbeddings, .feedback, .unknown:
            [:]
        }
    }

    private static func head(path: String, _ headers: [String: String]) -> RequestHead {
        var bytes = ByteBuffer()
        var fields: [RequestHead.Field] = []
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            let start = bytes.writerIndex
            bytes.writeString(name)
            bytes.writeString(value)
            fields.append(
                RequestHead.Field(
                    nameStart: start, nameLength: name.utf8.count, valueStart: start + name.utf8.count,
                    valueLength: value.utf8.count))
        }
        return RequestHead(
            bytes: bytes, method: .post, path: path, query: nil, fields: fields, clientAddress: "127.0.0.1")
    }
}
