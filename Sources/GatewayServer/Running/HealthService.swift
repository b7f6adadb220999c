import GatewayTypes
import Logging
import Routing

/// Checks the providers whose configuration asks for it, and leaves alone those that fail; beside the path.
struct HealthService: Sendable {
    let house: House
    let logger: Logger

    /// Until cancelled.
    func run() async {
        await ProviderRounds(house: house, interval: .milliseconds(200)).run {
            $0.routes.checked.filter { $0.look(now: .now()) }
        } ask: { provider, breakers in
            await check(provider, breakers: breakers)
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
