import GatewayTypes
import Listener
import Metering
import ProxyCore
import Routing
import Storage
import Telemetry

/// The gauges that rooms keep themselves, read at every scrape.
struct Readings {
    let house: House
    let ports: [ListeningPort]
    private let started = WallTime.now()

    init(house: House, ports: [ListeningPort]) {
        self.house = house
        self.ports = ports
    }

    func register() {
        house.telemetry.register { writer in
            connections(&writer)
            storage(&writer)
            prices(&writer)
            targets(&writer)
            writer.set(.configReloadSuccessful, [], true)
            writer.set(.configReloadTime, [], started.seconds)
        }
    }

    private func connections(_ writer: inout SampleWriter) {
        let statistics = ports.map(\.statistics)
        let open = statistics.reduce(0) { $0 + $1.open }
        let active = min(open, house.inFlight.exchanges)
        let side = ConnectionSide.client.rawValue
        writer.set(.connections, [side, ConnectionState.active.rawValue], Double(active))
        writer.set(.connections, [side, ConnectionState.idle.rawValue], Double(open - active))
        writer.add(.connectionsShed, [], UInt64(statistics.reduce(0) { $0 + $1.shed }))
    }

    private func storage(_ writer: inout SampleWriter) {
        let health = house.ledgerWriter.health()
        writer.set(.ledgerHealthy, [], health.healthy)
        writer.set(.ledgerLag, [], health.lagSeconds)
        let open = house.journal.openSlots
        let closed = house.journal.closedSlots
        writer.set(.journalSlots, ["open"], Double(open))
        writer.set(.journalSlots, ["closed"], Double(closed))
        writer.set(.journalSlots, ["free"], Double(house.journal.capacity - open - closed))
    }

    private func prices(_ writer: inout SampleWriter) {
        writer.set(.priceCatalogInfo, [house.prices.version, house.prices.hash], true)
        let age = WallTime.now().seconds - house.prices.sourceTime.seconds
        writer.set(.priceCatalogAge, [], age)
    }

    private func targets(_ writer: inout SampleWriter) {
        for target in house.routes.targets {
            let state = house.breakers.state(of: target)
            let names = [target.provider.text, target.servedModel.text]
            writer.set(.targetAvailable, names, state != .open)
            for known in Breaker.State.allCases {
                writer.set(.breakerState, names + [known.rawValue], known == state)
            }
        }
    }
}
