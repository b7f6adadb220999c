import GatewayTypes
import JSON
import NIOCore

/// OpenAI's operations beside chat and embeddings, towards providers that have them.
enum OpenAIOperations {
    /// The path of a surface below the base URL; nil for surfaces that are no such operation.
    static func path(for surface: Surface) -> String? {
        switch surface {
        case .openAIImages: "/images/generations"
        case .openAIImageEdits: "/images/edits"
        case .openAITranscriptions: "/audio/transcriptions"
        case .openAITranslations: "/audio/translations"
        case .openAISpeech: "/audio/speech"
        case .openAIModerations: "/moderations"
        case .rerank: "/rerank"
        case .openAIChat, .openAIResponses, .openAICompletions, .openAIEmbeddings, .openAIRealtime, .openAIModels,
            .anthropicMessages, .anthropicCountTokens, .geminiGenerate, .geminiEmbed, .geminiCountTokens, .providerAPI,
            .ask, .askEmbeddings, .feedback, .unknown:
            nil
        }
    }

    /// The client's body with the target's model in it; nil for surfaces that are no such operation.
    static func body(_ request: ModelRequest, _ target: Target) -> ByteBuffer? {
        guard path(for: request.surface) != nil else { return nil }
        let model = target.servedModel.text
        let facts = request.facts
        guard request.askedModel != model else { return request.body }
        var splice = JSONSplice()
        if facts.contentType != nil {
            if facts.modelRange.isEmpty {
                splice.insert(at: 0, json: formPart(model, boundaryOf: request.body))
            } else {
                splice.replace(facts.modelRange, json: model)
            }
        } else if facts.modelRange.isEmpty {
            splice.insert(at: facts.objectStart, json: member(model, before: request))
        } else {
            splice.replace(facts.modelRange, string: model)
        }
        return splice.apply(to: request.body)
    }

    /// A `model` for a JSON object that names none.
    private static func member(_ model: String, before request: ModelRequest) -> String {
        var text = ByteBuffer()
        text.writeStaticString("\"model\":")
        text.writeJSONString(model)
        let rest = request.body.readableBytesView.dropFirst(request.facts.objectStart)
        if rest.first(where: { $0 > 0x20 }) != UInt8(ascii: "}") { text.writeStaticString(",") }
        return String(buffer: text)
    }

    /// A `model` for a form that names none, before its first part. The form was read: its first line is its boundary.
    private static func formPart(_ model: String, boundaryOf body: ByteBuffer) -> String {
        let mark = String(decoding: body.readableBytesView.prefix { $0 != 0x0D }, as: UTF8.self)
        return "\(mark)\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\(model)\r\n"
    }

    /// A fresh decoder of a reply; nil for surfaces that are no such operation.
    static func decoder(for request: ModelRequest, target: Target) -> (any ReplyDecoder)? {
        guard path(for: request.surface) != nil else { return nil }
        return AnyUsageDecoder(
            rule: OpenAIUsageRule(providerKind: target.providerKind), demand: .wholeJSON,
            characters: request.operation == .speech ? request.facts.billedUnits : nil)
    }
}
