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
            let worker = workers[0]
            result = await withCheckedContinuation { continuation in
                worker.start {
                    continuation.resume(returning: await Self.ask(proxy, question, client, asker, worker.index))
                }
            }
        }
        if let failure = result.failure { throw failure }
        switch question.content {
        case .completion:
            return ModelAnswer(
                text: String(buffer: result.body), exchange: result.exchange, cost: result.cost)
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
            for: asker,
            on: worker)
    }
}
