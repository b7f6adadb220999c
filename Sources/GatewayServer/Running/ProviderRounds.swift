import GatewayTypes
import Routing

/// Looks again and again which providers are to be asked something, and asks them all at once; beside the path.
struct ProviderRounds {
    let house: House
    let interval: Duration

    /// Until cancelled. `due`: those of a configuration whose turn it is now.
    func run<Provider: Sendable>(
        _ due: (Blueprint) -> [Provider], ask: @escaping @Sendable (Provider, BreakerGate) async -> Void
    ) async {
        await withDiscardingTaskGroup { questions in
            while !Task.isCancelled {
                // Of one configuration: a reload numbers targets anew.
                let blueprint = house.blueprint
                for provider in due(blueprint) {
                    questions.addTask { await ask(provider, blueprint.breakers) }
                }
                try? await Task.sleep(for: interval)
            }
            questions.cancelAll()
        }
    }
}
