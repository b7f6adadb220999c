import GatewayTypes
import JSON
import NIOCore

/// What a call of a provider's own API says of itself: by its path, and by its body where that is JSON or a form.
struct ProviderAPICall {
    /// The path below the provider's base URL, as it came.
    let path: String
    private(set) var model = ""
    private(set) var streams = false
    private(set) var textBytes = 0

    init(_ call: SurfaceCall, body: ByteBuffer, contentType: String?) throws(Failure) {
        path = Self.path(below: call.head.path)
        let query = (call.head.query ?? "").split(separator: "&")
        streams = call.pathStreams || query.contains("alt=sse") || query.contains("stream=true")
        let segments = path.split(separator: "/").map(String.init)
        var named = call.model
        if let (model, verb) = Self.model(in: segments) {
            named = named ?? model
            streams = streams || verb.lowercased().contains("stream")
        }
        if call.head.opensWebSocket {
            streams = true
            named = named ?? RealtimeCall.model(in: call.head.query)
        } else if MultipartForm.isNamed(by: contentType) {
            readForm(body, contentType ?? "")
        } else {
            try read(body, isOllama: segments.last == "chat" || segments.last == "generate")
        }
        model = named ?? model
    }

    // MARK: The path

    /// Without `/providers/{name}`.
    private static func path(below path: String) -> String {
        guard path.hasPrefix("/providers/") else { return path }
        let rest = path.dropFirst("/providers/".count)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }

    /// Gemini's `models/{m}:verb`, Bedrock's `model/{id}/verb`, Azure's `deployments/{d}/verb`; and the verb.
    private static func model(in segments: [String]) -> (model: String, verb: String)? {
        for (position, segment) in segments.enumerated().dropLast() {
            let next = segments[position + 1]
            switch segment {
            case "models", "tunedModels":
                // The name may hold slashes; the verb follows the last colon.
                let rest = segments[(position + 1)...].joined(separator: "/")
                guard let colon = rest.lastIndex(of: ":") else { continue }
                return (PercentEncoding.decode(rest[..<colon]), String(rest[rest.index(after: colon)...]))
            case "model", "deployments":
                guard position + 2 < segments.count else { continue }
                return (PercentEncoding.decode(next[...]), segments[position + 2])
            default: continue
            }
        }
        return nil
    }

    // MARK: The body

    private mutating func readForm(_ body: ByteBuffer, _ contentType: String) {
        body.withUnsafeReadableBytes { bytes in
            do throws(MultipartForm.Problem) {
                for part in try MultipartForm(bytes, contentType: contentType).parts where !part.isFile {
                    switch part.name {
                    case "model": model = String(decoding: bytes[part.value], as: UTF8.self)
                    case "stream": streams = streams || bytes[part.value].elementsEqual("true".utf8)
                    default: break
                    }
                }
            } catch {
                // What is wrong with it is the provider's to say.
            }
        }
    }

    private enum Field: String, CaseIterable, Sendable {
        case model, stream

        static let keys = JSONKeys<Self>()
    }

    /// What is no JSON object passes unread; but two models in one are refused, as nobody could tell which is billed.
    private mutating func read(_ body: ByteBuffer, isOllama: Bool) throws(Failure) {
        guard body.readableBytesView.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return }
        var found: (model: String?, stream: Bool?) = (nil, nil)
        let problem = body.withUnsafeReadableBytes { bytes -> JSONProblem? in
            guard var scanner = JSONScanner(bytes) else { return nil }
            do throws(JSONProblem) {
                found = try Self.read(&scanner)
                return nil
            } catch {
                return error
            }
        }
        switch problem {
        case .member(let name, let text): throw Failure(.badRequest, text, param: name)
        case .syntax: return
        case nil: break
        }
        textBytes = body.readableBytes
        model = found.model ?? ""
        // Ollama's own API streams unless it is told not to.
        if found.stream ?? (isOllama && path.contains("/api/")) { streams = true }
    }

    private static func read(_ scanner: inout JSONScanner) throws(JSONProblem) -> (model: String?, stream: Bool?) {
        var model: String?
        var stream: Bool?
        var members = StrictMembers(Field.keys)
        while let member = try members.next(&scanner) {
            switch member {
            case .known(.model) where scanner.peek() == UInt8(ascii: "\""):
                model = try scanner.text(of: scanner.string())
            case .known(.stream) where scanner.peek() == UInt8(ascii: "t"):
                try scanner.literal("true")
                stream = true
            case .known(.stream) where scanner.peek() == UInt8(ascii: "f"):
                try scanner.literal("false")
                stream = false
            case .known, .other: try scanner.skipValue()
            }
        }
        try scanner.finish()
        return (model, stream)
    }
}
