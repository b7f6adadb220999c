import GatewayTypes
import Logging
import NIOCore
import Routing
import Upstream

/// Asks providers that say nothing whether they are there, and leaves alone those that are not; beside the path.
struct SilenceService: Sendable {
    let house: House
    let logger: Logger

    /// Until cancelled.
    func run() async {
        await ProviderRounds(house: house, interval: .milliseconds(100)).run {
            $0.routes.watched.filter { $0.look(now: .now()) }
        } ask: { provider, breakers in
            await ask(provider, breakers: breakers)
        }
    }

    private func ask(_ provider: WatchedProvider, breakers: BreakerGate) async {
        let was = provider.isSilent
        let answered = await answers(provider)
        switch provider.settle(answered: answered, now: .now()) {
        case .doubtful: return
        case .alive:
            guard was else { return }
            logger.notice("a provider answers again", metadata: ["provider": "\(provider.name.text)"])
        case .fellSilent:
            logger.warning(
                "a provider gives no sign of life and is left alone", metadata: ["provider": "\(provider.name.text)"])
            leave(provider, breakers, isNew: true)
        case .silent: leave(provider, breakers, isNew: false)
        }
    }

    /// Whatever a server says is an answer, a refusal too; what nobody says is none.
    private func answers(_ provider: WatchedProvider) async -> Bool {
        let request = UpstreamRequest(
            endpoint: provider.question, fields: [], body: ByteBuffer(),
            deadline: Moment.now().advanced(bySeconds: provider.settings.answerSeconds))
        do throws(Failure) {
            _ = try await house.fetcher.fetch(request)
            return true
        } catch {
            return error.reason != .upstreamTimeout && error.reason != .upstreamConnect
        }
    }

    /// No new requests go there, and those under way that have said nothing go elsewhere.
    private func leave(_ provider: WatchedProvider, _ breakers: BreakerGate, isNew: Bool) {
        // Until the next question has been answered or not, and a little longer.
        let held = provider.settings.againSeconds + provider.settings.answerSeconds + 1
        for target in provider.targets { breakers.leave(target, .silence, isNew: isNew, seconds: held) }
        let (vitals, seconds) = (provider.vitals, provider.settings.afterSeconds)
        for engine in house.engines { engine.loop.execute { engine.giveUp(on: vitals, silentSeconds: seconds) } }
    }
}
