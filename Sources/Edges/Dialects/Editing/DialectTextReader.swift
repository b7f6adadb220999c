public import GatewayTypes
import JSON
import NIOCore

/// Finds the texts of a request by the members that hold them. The dialects' names for them do not collide, so that one
/// list serves them all, and a provider's own API too.
public struct DialectTextReader: RequestTextReader {
    public init() {}

    public func texts(of request: ModelRequest) -> RequestTexts {
        switch request.operation {
        case .listModels: return .found([])
        case .realtime: return .unreadable
        case .providerAPI where request.body.readableBytes == 0: return .found([])
        case .chat, .embeddings, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .providerAPI:
            break
        }
        do throws(JSONProblem) {
            let document = try JSONDocument(request.body)
            var walk = Walk()
            walk.visit(document.root, .other)
            return .found(walk.texts)
        } catch {
            return .unreadable
        }
    }

    public func replacing(
        _ texts: [(range: Range<Int>, text: String)], in request: ModelRequest
    ) -> ModelRequest {
        var splice = JSONSplice()
        for (range, text) in texts { splice.replace(range, string: text) }
        return ModelRequest(
            surface: request.surface, askedModel: request.askedModel, stream: request.stream,
            body: splice.apply(to: request.body), facts: request.facts.value)
    }

    private struct Walk {
        enum Place {
            /// A string is a text; of an object the members decide.
            case text
            /// Every string below is one: the arguments of a call, what a tool returned.
            case tree
            case other
        }

        var texts: [RequestText] = []

        mutating func visit(_ value: JSONValue, _ place: Place) {
            if value.isString {
                guard place != .other, let text = value.string, !text.isEmpty else { return }
                texts.append(RequestText(range: value.range, text: text))
            } else if value.isArray {
                for element in value.elements { visit(element, place) }
            } else if value.isObject {
                let members = value.members
                for (key, member) in members {
                    visit(member, place == .tree ? .tree : Self.place(of: key, member, in: value))
                }
            }
        }

        private static func place(of key: String, _ value: JSONValue, in object: JSONValue) -> Place {
            switch key {
            // What the model is told, and what was said before.
            case "content", "text", "prompt", "suffix", "instructions", "system", "description", "output", "refusal",
                "reasoning_content", "query", "question", "documents", "context", "title", "code", "message", "texts",
                "inputText", "inputs", "preamble":
                .text
            case "input", "arguments": value.isObject ? .tree : .text
            case "args", "response", "json": .tree
            // A document of Anthropic's that is given as text.
            case "data": object["type"]?.says("text") ?? false ? .text : .other
            default: .other
            }
        }
    }
}
