import Dialects
import GatewayTypes
import Listener
import NIOCore
import ProxyCore
import Synchronization

/// Asks models of this gateway, through the core.
final class ModelDesk: ModelCaller {
    private let workers: [Worker]
    private let proxy = Mutex<Proxy?>(nil)

    init(workers: Workers) { self.workers = workers.all }

    /// From now on questions can be asked.
    func connect(_ proxy: Proxy) { self.proxy.withLock { $0 = proxy } }

    func ask(_ question: ModelQuestion, for asker: Asker) async throws(Failure) -> ModelAnswer {
        guard let proxy = proxy.withLock({ $0 }) else {
            throw Failure(.overloaded, "The gateway is still starting.")
        }
        let client = AskClient(question)
        let result: AskResult
        if let worker = asker.worker {
            result = await Self.ask(proxy, question, client, asker, worker)
        } else {
            result = try await askBeside(proxy, question, client, asker)
        }
        if let failure = result.failure { throw failure }
        switch question.content {
        case .completion:
            return ModelAnswer(text: String(buffer: result.body), exchange: result.exchange, cost: result.cost)
        case .embeddings:
            return ModelAnswer(
                vectors: try client.vectors(in: result.body), exchange: result.exchange, cost: result.cost)
        }
    }

    private static func ask(
        _ proxy: Proxy, _ question: ModelQuestion, _ client: AskClient, _ asker: Asker, _ worker: Int
    ) async -> AskResult {
        await proxy.ask(
            client.request, in: client, purpose: question.purpose, deadlineSeconds: question.deadlineSeconds,
            for: asker, on: worker)
    }

    /// For who is on no loop: the first one does it. Who is cancelled does not wait for the end.
    private func askBeside(
        _ proxy: Proxy, _ question: ModelQuestion, _ client: AskClient, _ asker: Asker
    ) async throws(Failure) -> AskResult {
        let worker = workers[0]
        let wait = Wait()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard wait.begin(continuation) else { return }
                worker.start { wait.end(with: await Self.ask(proxy, question, client, asker, worker.index)) }
            }
        } onCancel: {
            wait.end(with: nil)
        }
        guard let result else { throw Failure(.interrupted, "The gateway ends.") }
        return result
    }
}

/// Somebody who waits for an answer, or not any more.
private final class Wait: Sendable {
    private enum State {
        case before
        case waiting(CheckedContinuation<AskResult?, Never>)
        case over
    }

    private let state = Mutex(State.before)

    /// False where it is over already; who waits has been told so.
    func begin(_ continuation: CheckedContinuation<AskResult?, Never>) -> Bool {
        let begins = state.withLock { state in
            guard case .before = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !begins { continuation.resume(returning: nil) }
        return begins
    }

    /// Only the first end counts.
    func end(with result: AskResult?) {
        let waiting = state.withLock { state -> CheckedContinuation<AskResult?, Never>? in
            defer { state = .over }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        waiting?.resume(returning: result)
    }
}
