import GatewayTypes
import Logging
import Routing

/// Checks the providers whose configuration asks for it, and leaves alone those that fail; beside the path.
struct HealthService: Sendable {
    let house: House
    let logger: Logger

    /// How often it is looked whose turn it is.
    private static let pace = Duration.milliseconds(200)

    /// Until cancelled.
    func run() async {
        await withDiscardingTaskGroup { checks in
            while !Task.isCancelled {
                // Of one configuration: a reload numbers targets anew.
                let blueprint = house.blueprint
                for provider in blueprint.routes.checked where provider.look(now: .now()) {
                    checks.addTask { await check(provider, breakers: blueprint.breakers) }
                }
                try? await Task.sleep(for: Self.pace)
            }
            checks.cancelAll()
        }
    }

    private func check(_ provider: CheckedProvider, breakers: BreakerGate) async {
        let metadata: Logger.Metadata = ["provider": "\(provider.name.text)"]
        switch await provider.check(by: house.fetcher) {
        case .healthy, .doubtful: return
        case .recovered: logger.notice("a provider passes its health check again", metadata: metadata)
        case .fellIll:
            logger.warning("a provider fails its health check and is left alone", metadata: metadata)
            leave(provider, breakers, isNew: true)
        case .ill: leave(provider, breakers, isNew: false)
        }
    }

    private func leave(_ provider: CheckedProvider, _ breakers: BreakerGate, isNew: Bool) {
        // Until the next check has told otherwise, and a little longer.
        let seconds = provider.intervalSeconds + provider.endpoint.timeouts.totalSeconds + 1
        for target in provider.targets { breakers.leave(target, .health, isNew: isNew, seconds: seconds) }
    }
}
