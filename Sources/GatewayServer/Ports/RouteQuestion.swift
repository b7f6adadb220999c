import Foundation
import GatewayTypes
import NIOCore
import ProxyCore

/// A request that is not made: what `POST /api/v1/routes/explain` is asked about.
struct RouteQuestion {
    private struct Written: Decodable {
        var model: String?
        var team: String?
        var caller: String?
        var method: String?
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

    /// Where the provider's own API is called: its name.
    let provider: String?

    init(_ body: ByteBuffer, surfaces: SurfaceTable) throws(Failure) {
        let data = Data(body.readableBytesView)
        let written: Written
        var object: [String: Any]
        do {
            written = try JSONDecoder().decode(Written.self, from: data)
            object = (try JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
        } catch {
            throw Failure(
                .badRequest,
                "Send a JSON object with model, and as far as they matter team, caller, method, path, headers, request and ask."
            )
        }
        head = try Self.head(written)
        let match = try Self.match(head, surfaces)
        provider = match.provider
        let body = try Self.body(object.removeValue(forKey: "request"), written, match)
        request = try match.entry.dialect.parse(
            SurfaceCall(surface: match.entry.surface, model: match.model, pathStreams: match.entry.streams, head: head),
            body: body)
        team = written.team
        caller = written.caller
        mayAsk = written.ask ?? false
    }

    /// What is wrong with the path is wrong with the question.
    private static func match(_ head: RequestHead, _ surfaces: SurfaceTable) throws(Failure) -> SurfaceMatch {
        do throws(Failure) {
            return try surfaces.match(head)
        } catch {
            throw Failure(.badRequest, error.message, param: "path")
        }
    }

    // MARK: The body

    private static func body(
        _ asked: Any?, _ written: Written, _ match: SurfaceMatch
    ) throws(Failure) -> ByteBuffer {
        let surface = match.entry.surface
        guard match.entry.answer == nil, match.entry.service == nil else {
            throw Failure(.badRequest, "Weir answers this path itself; it leads to no target.", param: "path")
        }
        var members: [String: Any] = [:]
        if let asked {
            guard let object = asked as? [String: Any] else {
                throw Failure(.badRequest, "request must be the body of a request, a JSON object.", param: "request")
            }
            members = object
        } else if match.provider == nil {
            members = try small(surface)
            // As clients of Azure write it: in the path and in the body.
            if let model = match.model, match.entry.dialect.name == .openAI { members["model"] = model }
        }
        if let model = written.model {
            guard match.model == nil else {
                throw Failure(.badRequest, "The path names the model already; leave model out.", param: "model")
            }
            members["model"] = model
        }
        // What a door is asked without a body has none.
        guard !members.isEmpty || match.provider == nil else { return ByteBuffer() }
        guard let bytes = try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys]) else {
            throw Failure(.badRequest, "request must be the body of a request, a JSON object.", param: "request")
        }
        return ByteBuffer(bytes: bytes)
    }

    /// A body that the surface takes, where none is given.
    private static func small(_ surface: Surface) throws(Failure) -> [String: Any] {
        let turn = ["parts": [["text": "Hello"]]]
        switch surface {
        case .openAIChat, .anthropicMessages, .anthropicCountTokens:
            return ["messages": [["role": "user", "content": "Hello"]], "max_tokens": 256]
        case .openAICompletions, .openAIImages: return ["prompt": "Hello"]
        case .rerank: return ["query": "Hello", "documents": ["Hello"]]
        case .openAIResponses, .openAIEmbeddings, .openAIModerations: return ["input": "Hello"]
        case .openAISpeech: return ["input": "Hello", "voice": "alloy"]
        case .geminiGenerate, .geminiCountTokens: return ["contents": [turn]]
        case .geminiEmbed: return ["content": turn]
        case .openAIImageEdits, .openAITranscriptions, .openAITranslations, .openAIRealtime:
            throw Failure(
                .badRequest,
                "What is asked by a form or over a WebSocket cannot be tried out; ask for chat of the same model.",
                param: "path")
        case .openAIModels, .providerAPI, .ask, .askEmbeddings, .feedback, .unknown: return [:]
        }
    }

    // MARK: The head

    private static func head(_ written: Written) throws(Failure) -> RequestHead {
        let word = (written.method ?? "POST").uppercased()
        guard let method = Method(rawValue: word) else {
            throw Failure(.badRequest, "method must be one of HTTP's, such as POST or GET.", param: "method")
        }
        let parts = (written.path ?? "/v1/chat/completions").split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return head(
            method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, written.headers ?? [:])
    }

    private static func head(
        _ method: Method, path: String, query: String?, _ headers: [String: String]
    ) -> RequestHead {
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
            bytes: bytes, method: method, path: path, query: query, fields: fields, clientAddress: "127.0.0.1")
    }
}
