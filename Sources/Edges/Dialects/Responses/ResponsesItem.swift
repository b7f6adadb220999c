import GatewayTypes
import JSON

/// An item of a response's `output` as far as it has come.
struct ResponsesItem {
    /// A piece of a message.
    struct Part {
        var isRefusal: Bool
        var text = ""
        var citations: [ResponsesCitation] = []
        var logprobs: [TokenLogprob] = []
        /// Unicode scalars of the text of earlier parts.
        var start = 0

        func write(_ json: inout JSONBuilder) {
            json.openObject()
            if isRefusal {
                json.member("type", "refusal")
                json.member("refusal", text)
            } else {
                json.member("type", "output_text")
                json.member("text", text)
                json.openArray("annotations")
                for citation in citations { citation.write(&json) }
                json.closeArray()
                json.key("logprobs")
                ResponsesItem.write(logprobs, &json)
            }
            json.closeObject()
        }
    }

    enum Content {
        case message([Part])
        case reasoning(String, proof: String?)
        case call(ToolCall)
        /// Base64 of a picture.
        case image(String)
    }

    enum Status: String {
        case inProgress = "in_progress"
        case completed, incomplete
    }

    let id: String
    /// Its place in the output.
    let index: Int64
    var content: Content
    var status = Status.inProgress

    func write(_ json: inout JSONBuilder) {
        json.openObject()
        json.member("id", id)
        switch content {
        case .message(let parts):
            json.member("type", "message")
            json.member("status", status.rawValue)
            json.member("role", "assistant")
            json.openArray("content")
            // What has begun is told by events of its own.
            if status != .inProgress { for part in parts { part.write(&json) } }
            json.closeArray()
        case .reasoning(let text, let proof):
            json.member("type", "reasoning")
            json.openArray("summary")
            if status != .inProgress, !text.isEmpty { Self.writeSummary(text, &json) }
            json.closeArray()
            json.member("encrypted_content", proof)
        case .call(let call):
            json.member("type", "function_call")
            json.member("status", status.rawValue)
            json.member("call_id", call.id)
            json.member("name", call.name)
            json.member("arguments", status == .inProgress ? "" : call.arguments)
        case .image(let base64):
            json.member("type", "image_generation_call")
            json.member("status", status.rawValue)
            json.key("result")
            if status == .inProgress { json.null() } else { json.string(base64) }
        }
        json.closeObject()
    }

    static func writeSummary(_ text: String, _ json: inout JSONBuilder) {
        json.openObject()
        json.member("type", "summary_text")
        json.member("text", text)
        json.closeObject()
    }

    static func write(_ tokens: [TokenLogprob], _ json: inout JSONBuilder) {
        json.openArray()
        for token in tokens {
            json.openObject()
            writeMembers(token, &json)
            json.openArray("top_logprobs")
            for alternative in token.alternatives {
                json.openObject()
                writeMembers(alternative, &json)
                json.closeObject()
            }
            json.closeArray()
            json.closeObject()
        }
        json.closeArray()
    }

    private static func writeMembers(_ token: TokenLogprob, _ json: inout JSONBuilder) {
        json.member("token", token.token)
        json.member("logprob", token.logprob)
        json.openArray("bytes")
        for byte in token.bytes ?? Array(token.token.utf8) { json.integer(Int64(byte)) }
        json.closeArray()
    }
}

/// A source of a part's text, with its place in that part.
struct ResponsesCitation {
    let url: String
    let title: String
    let start: Int
    let end: Int

    func write(_ json: inout JSONBuilder) {
        json.openObject()
        json.member("type", "url_citation")
        json.member("url", url)
        json.member("title", title)
        json.member("start_index", Int64(start))
        json.member("end_index", Int64(end))
        json.closeObject()
    }
}
