import GatewayTypes
import Guardrails
import Synchronization

/// A model that answers as it is told, and keeps what it was asked.
final class ScriptedModel: ModelCaller {
    private let script: Mutex<[Result<String, Failure>]>
    private let heard = Mutex<[ModelQuestion]>([])

    init(_ script: [Result<String, Failure>]) { self.script = Mutex(script) }

    convenience init(_ texts: String...) { self.init(texts.map { .success($0) }) }

    var questions: [ModelQuestion] { heard.withLock { $0 } }

    func ask(_ question: ModelQuestion, for asker: Asker) async throws(Failure) -> ModelAnswer {
        heard.withLock { $0.append(question) }
        let answer = script.withLock {
            $0.isEmpty ? .failure(Failure(.overloaded, "The script is over.")) : $0.removeFirst()
        }
        return ModelAnswer(text: try answer.get(), exchange: ExchangeID(high: 0, low: 1), cost: .nothing)
    }
}

extension ModelQuestion {
    /// System and text of a completion.
    var said: (system: String, text: String) {
        switch content {
        case .completion(let system, let text, _): (system, text)
        case .embeddings: ("", "")
        }
    }
}

/// A moderation service that answers as it is told.
struct ScriptedModerator: Moderator {
    let categories = ["hate", "violence", "sexual"]
    let answer: Result<Moderation, Failure>

    func moderate(_ text: ModeratedText, for asker: Asker) async throws(Failure) -> Moderation { try answer.get() }
}

func matter(
    _ texts: String..., phase: Matter.Phase = .input, system: String = "", calls: [ToolUse] = [],
    context: [Prompt.Turn] = []
) -> Matter {
    Matter(
        phase: phase, system: system, turns: texts.map { Prompt.Turn(isUser: phase == .input, text: $0) },
        toolCalls: calls, bytes: texts.reduce(0) { $0 + $1.utf8.count }, context: context)
}
