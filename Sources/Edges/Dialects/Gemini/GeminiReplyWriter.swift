import GatewayTypes
import JSON
import NIOCore

/// What a translated reply calls its model and itself, where the provider does not say.
struct GeminiReplyNames {
    var model: String
    var id: String

    mutating func take(id: String?, model: String?) {
        self.id = id ?? self.id
        self.model = model ?? self.model
    }
}

/// Writes the pieces of a reply in Gemini's words.
enum GeminiReplyWriter {
    /// A part of a candidate's content; nothing for what replies do not hold.
    static func part(_ part: ChatPart, to json: inout JSONBuilder) {
        switch part {
        case .text(let text), .refusal(let text):
            json.openObject()
            json.member("text", text)
        case .reasoning(let thought):
            json.openObject()
            json.member("text", thought.text)
            if thought.sealed == nil { json.member("thought", true) }
            json.member("thoughtSignature", (thought.sealed ?? thought.signature).map(GeminiSignature.shown))
        case .toolCall(let call):
            json.openObject()
            json.openObject("functionCall")
            json.member("id", call.id.isEmpty ? nil : call.id)
            json.member("name", call.name)
            json.member("args", raw: arguments(call.arguments))
            json.closeObject()
            json.member("thoughtSignature", call.signature.map(GeminiSignature.shown))
        case .media(let media):
            json.openObject()
            do throws(Failure) {
                try GeminiMedia.write(media, hosting: nil, at: "", to: &json)
            } catch {
                // A URL that is no file: shown as it is.
                if case .url(let url) = media.source { json.member("text", url) }
            }
        case .toolResult, .cacheMark: return
        }
        json.closeObject()
    }

    /// The text where it is a JSON object; else an object that holds it, for Google takes no other values.
    static func object(_ text: String, orUnder key: StaticString) -> String {
        if text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"), isJSON(text) { return text }
        return object(text, under: key)
    }

    /// An object of that one member.
    static func object(_ text: String, under key: StaticString) -> String {
        var json = JSONBuilder()
        json.openObject()
        json.member(key, text)
        json.closeObject()
        return String(buffer: json.bytes)
    }

    /// The arguments of a call; none are an empty object.
    static func arguments(_ text: String) -> String {
        text.utf8.allSatisfy { $0 <= 0x20 } ? "{}" : object(text, orUnder: "arguments")
    }

    static func isJSON(_ text: String) -> Bool {
        do throws(JSONProblem) {
            _ = try JSONDocument(ByteBuffer(string: text))
            return true
        } catch {
            return false
        }
    }

    static func usage(_ usage: Usage, tier: String?, to json: inout JSONBuilder) {
        json.openObject("usageMetadata")
        json.member("promptTokenCount", usage.inputTokens)
        json.member("cachedContentTokenCount", usage[.cacheRead])
        if let output = usage.outputTokens { json.member("candidatesTokenCount", output - (usage[.reasoning] ?? 0)) }
        json.member("thoughtsTokenCount", usage[.reasoning])
        json.member("totalTokenCount", usage.totalTokens)
        let parts: [(String, Int64)] = [("AUDIO", usage[.audioInput] ?? 0), ("IMAGE", usage[.image] ?? 0)]
        if parts.contains(where: { $0.1 > 0 }), let input = usage.inputTokens {
            json.openArray("promptTokensDetails")
            let text = input - parts.reduce(0) { $0 + $1.1 }
            for (name, count) in [("TEXT", text)] + parts where count > 0 {
                json.openObject()
                json.member("modality", name)
                json.member("tokenCount", count)
                json.closeObject()
            }
            json.closeArray()
        }
        json.member("serviceTier", tier == "default" ? "standard" : tier)
        json.closeObject()
    }

    static func citations(_ citations: [Citation], to json: inout JSONBuilder) {
        guard !citations.isEmpty else { return }
        json.openObject("groundingMetadata")
        json.openArray("groundingChunks")
        for citation in citations {
            json.openObject()
            json.openObject("web")
            json.member("uri", citation.url)
            json.member("title", citation.title)
            json.closeObject()
            json.closeObject()
        }
        json.closeArray()
        json.closeObject()
    }

    static func content(_ parts: [ChatPart], to json: inout JSONBuilder) {
        json.openObject("content")
        json.openArray("parts")
        for part in parts { self.part(part, to: &json) }
        json.closeArray()
        json.member("role", "model")
        json.closeObject()
    }

    static func names(_ names: GeminiReplyNames, to json: inout JSONBuilder) {
        json.member("modelVersion", names.model)
        json.member("responseId", names.id)
        json.closeObject()
    }
}
