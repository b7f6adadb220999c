import GatewayTypes
import NIOCore

/// What is said in an exchange whose route shows it in traces: the request as it came, and what the provider sends, up
/// to a bound.
struct ContentTape {
    private let capture: Capture
    private let request: ModelRequest
    private let dialect: any ClientDialect
    private var target: Target?
    private var replyDialect: (any ProviderDialect)?
    private var bytes = ByteBuffer()
    private var isCut = false

    /// Nil where nothing is to be kept: the route does not ask for it, or nothing of it could be shown.
    init?(_ exchange: Exchange, _ request: ModelRequest, _ dialect: any ClientDialect) {
        let shown = exchange.route.capture.shown(of: request.surface)
        guard shown != .none else { return nil }
        capture = shown
        self.request = request
        self.dialect = dialect
    }

    /// An attempt begins: what an earlier one said went to nobody.
    mutating func begin(_ target: Target, _ way: Way) {
        self.target = target
        replyDialect = way.dialect
        bytes = ByteBuffer()
        isCut = false
    }

    mutating func keep(_ more: ByteBuffer) {
        guard capture.hasOutput else { return }
        let room = CapturedContent.replyBytesMax - bytes.readableBytes
        if more.readableBytes > room { isCut = true }
        guard let part = more.getSlice(at: more.readerIndex, length: min(room, more.readableBytes)) else { return }
        bytes.writeImmutableBuffer(part)
    }

    var content: CapturedContent {
        var reply: CapturedContent.Reply?
        if let target, let replyDialect, bytes.readableBytes > 0 {
            reply = CapturedContent.Reply(dialect: replyDialect, target: target, bytes: bytes, isCut: isCut)
        }
        return CapturedContent(capture: capture, request: request, dialect: dialect, reply: reply)
    }
}

extension Capture {
    /// What of it there is at a surface: texts, but no vectors, images or sounds; no forms with files, no sessions, and of a
    /// provider's own API nothing.
    fileprivate func shown(of surface: Surface) -> Capture {
        switch surface {
        case .openAIChat, .openAIResponses, .openAICompletions, .anthropicMessages, .geminiGenerate, .ask: self
        case .openAIEmbeddings, .openAIImages, .openAISpeech, .openAIModerations, .rerank, .geminiEmbed,
            .askEmbeddings:
            hasInput ? .input : .none
        case .openAIImageEdits, .openAITranscriptions, .openAITranslations, .openAIRealtime, .openAIModels,
            .anthropicCountTokens, .geminiCountTokens, .providerAPI, .feedback, .unknown:
            .none
        }
    }
}
