import GatewayTypes
import NIOCore
import Synchronization

@testable import Routing

/// Answers by a script; keeps what was asked.
final class ScriptedCaller: ModelCaller {
    private struct State {
        var answers: [Result<ModelAnswer, Failure>]
        var questions: [ModelQuestion] = []
        var askers: [Asker] = []
    }

    private let state: Mutex<State>

    init(_ answers: [Result<ModelAnswer, Failure>]) { state = Mutex(State(answers: answers)) }

    var questions: [ModelQuestion] { state.withLock { $0.questions } }
    var askers: [Asker] { state.withLock { $0.askers } }

    func ask(_ question: ModelQuestion, for asker: Asker) async throws(Failure) -> ModelAnswer {
        let answer = state.withLock { state in
            state.questions.append(question)
            state.askers.append(asker)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        guard let answer else { throw Failure(.upstreamError, "The script is over.") }
        return try answer.get()
    }
}

extension ModelAnswer {
    static func text(_ text: String) -> ModelAnswer {
        ModelAnswer(text: text, exchange: ExchangeID(high: 0, low: 1), cost: .nothing)
    }

    static func vector(_ vector: [Float]) -> ModelAnswer {
        ModelAnswer(vectors: [vector], exchange: ExchangeID(high: 0, low: 1), cost: .nothing)
    }
}

/// The body is the user's last message.
struct BodyReader: PromptReader {
    func prompt(of request: ModelRequest) -> Prompt? {
        var prompt = Prompt()
        prompt.turns = [Prompt.Turn(isUser: true, text: String(buffer: request.body))]
        return prompt
    }
}

/// Names of classes and of their classifier.
struct ClassNames {
    private var table = NameTable()
    let classifier: ConfiguredName
    let simple: ConfiguredName
    let hard: ConfiguredName

    init() {
        classifier = table.declare("difficulty")
        simple = table.declare("simple")
        hard = table.declare("hard")
    }
}
