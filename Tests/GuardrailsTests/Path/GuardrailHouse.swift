import GatewayTypes
import Guardrails
import NIOCore
import Synchronization
import TestSupport

/// What a guardrail stage of a test stands on: a request is one text, its whole body.
struct GuardrailHouse {
    struct PlainText: RequestTextReader {
        var isReadable = true

        func texts(of request: ModelRequest) -> RequestTexts {
            guard isReadable else { return .unreadable }
            return .found([RequestText(range: 0..<request.bodyBytes, text: String(buffer: request.body))])
        }

        func replacing(_ texts: [(range: Range<Int>, text: String)], in request: ModelRequest) -> ModelRequest {
            ModelRequest(
                surface: request.surface, askedModel: "", stream: request.stream,
                body: ByteBuffer(string: texts.map(\.text).joined()), facts: RequestFacts())
        }
    }

    struct PlainPrompt: PromptReader {
        func prompt(of request: ModelRequest) -> Prompt? {
            var prompt = Prompt()
            prompt.turns = [Prompt.Turn(isUser: true, text: String(buffer: request.body))]
            return prompt
        }
    }

    /// Says what it is told to say, and keeps what it was asked.
    final class FixedJudge: Judge {
        let reasons = [Reason("unfit")]
        let says: Result<Judgement, Failure>
        private let asked = Mutex<[Matter]>([])
        var matters: [Matter] { asked.withLock { $0 } }

        init(_ says: Result<Judgement, Failure>) { self.says = says }

        func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement {
            asked.withLock { $0.append(matter) }
            return try says.get()
        }
    }

    static let denies = FixedJudge(.success(.deny(Reason("unfit"))))
    static let late = Failure(.upstreamTimeout, "It took too long.")

    private var names = NameTable()
    private(set) var guardrails: [Guardrail] = []
    var texts = PlainText()

    mutating func add(_ check: Guardrail.Check, _ change: (inout Guardrail.Terms) -> Void = { _ in }) {
        var terms = Guardrail.Terms()
        change(&terms)
        guardrails.append(Guardrail(names.declare("g\(guardrails.count)"), check, terms))
    }

    static func words(_ words: String..., reason: String = "word") -> Guardrail.Check {
        .detector(WordDetector([(Reason(reason), words)]))
    }

    var stage: GuardrailStage {
        GuardrailStage(
            guardrails,
            tools: GuardrailTools(
                texts: texts, prompts: PlainPrompt(), fingerprint: { "\($0.count)" }, observe: { _ in }))
    }

    static func exchange(_ text: String, _ surface: Surface = .openAIChat) -> Exchange {
        .sample(arrived: .now(), surface: surface, askedModel: "", stream: true, body: ByteBuffer(string: text))
    }

    static func text(of request: ModelRequest?) -> String? { request.map { String(buffer: $0.body) } }

    /// What enters; the exchange as it goes on, and why it does not.
    func enter(_ text: String, _ surface: Surface = .openAIChat) async -> (exchange: Exchange, refusal: Failure?) {
        var exchange = Self.exchange(text, surface)
        do throws(Failure) {
            _ = try await stage.enter(&exchange)
            return (exchange, nil)
        } catch {
            return (exchange, error)
        }
    }

    /// The events that go on of a reply.
    func reply(_ events: [ModelEvent], to text: String = "hi") async -> (events: [ModelEvent], guard: (any ReplyGuard)?)
    {
        let entered = await enter(text)
        guard let replyGuard = entered.exchange.guardian?.replyGuard() else { return (events, nil) }
        var passed: [ModelEvent] = []
        for event in events { replyGuard.take(event, into: &passed) }
        if replyGuard.awaitsJudges {
            await replyGuard.judge()
            replyGuard.release(into: &passed)
        } else if replyGuard.isBlocked {
            replyGuard.release(into: &passed)
        }
        return (passed, replyGuard)
    }
}

extension [ModelEvent] {
    /// All visible text.
    var text: String { map { if case .text(let text, _) = $0 { text } else { "" } }.joined() }
    var finish: FinishReason? {
        compactMap { if case .finished(let reason, _, _, _) = $0 { reason } else { nil } }.last
    }
    var hasEnded: Bool { if case .ended? = last { true } else { false } }
}
