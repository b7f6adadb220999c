import Callouts
import GatewayTypes
import Listener
import Metering
import Notifications
import ProxyCore
import Routing
import Storage
import Telemetry
import Upstream

/// The gauges that rooms keep themselves, read at every scrape.
struct Readings {
    let house: House
    let app: ListeningPort
    let spend: SpendGauge
    let reloader: Reloader
    let steering: Steering
    /// Nil where nothing is encrypted.
    let certificates: Certificates?
    let audit: AuditLog

    func register() {
        house.telemetry.register { writer in
            connections(&writer)
            storage(&writer)
            prices(&writer)
            targets(&writer)
            rateLimits(&writer)
            RoutingReadings(blueprint: house.blueprint, quality: house.quality).write(to: &writer)
            AuthenticationReadings(house: house).write(to: &writer)
            spend.write(to: &writer)
            reloader.write(to: &writer)
            house.callouts.meters.write(to: &writer)
            house.guardrails.meters.write(to: &writer)
            steering.write(to: &writer)
            CacheGauges(house: house).write(to: &writer)
            certificates?.write(to: &writer)
            audited(&writer)
            BudgetGauges(engine: house.budgets, teams: house.blueprint.declared.teams).write(to: &writer)
            LimitGauges(book: house.limits, limits: house.blueprint.limits, teams: house.blueprint.declared.teams)
                .write(to: &writer)
            KeyService.write(house.keys, for: house.blueprint, to: &writer)
            for count in house.messenger.notifier.counts {
                writer.add(.budgetNotifications, [count.channel, count.result.rawValue], count.count)
            }
        }
    }

    private func connections(_ writer: inout SampleWriter) {
        let statistics = app.statistics
        let active = min(statistics.open, house.inFlight.exchanges)
        let side = ConnectionSide.client.rawValue
        writer.set(.connections, [side, ConnectionState.active.rawValue], Double(active))
        writer.set(.connections, [side, ConnectionState.idle.rawValue], Double(statistics.open - active))
        let upstream = house.engines.map(\.connections)
        let (all, busy) = (upstream.reduce(0) { $0 + $1.open }, upstream.reduce(0) { $0 + $1.active })
        let outward = ConnectionSide.upstream.rawValue
        writer.set(.connections, [outward, ConnectionState.active.rawValue], Double(busy))
        writer.set(.connections, [outward, ConnectionState.idle.rawValue], Double(all - busy))
        writer.add(.connectionsShed, [], UInt64(statistics.shed))
        for (result, count) in statistics.handshakes { writer.add(.tlsHandshakes, [result.rawValue], UInt64(count)) }
    }

    private func storage(_ writer: inout SampleWriter) {
        let health = house.storage.writer.health()
        writer.set(.ledgerHealthy, [], health.healthy)
        writer.set(.ledgerLag, [], health.lagSeconds)
        let open = house.storage.journal.openSlots
        let closed = house.storage.journal.closedSlots
        writer.set(.queueDepth, ["ledger"], Double(closed))
        writer.set(.queueLimit, ["ledger"], Double(house.storage.journal.capacity))
        let alerts = house.messenger.notifier.known
        writer.set(.queueDepth, ["notifications"], Double(alerts.count))
        writer.set(.queueLimit, ["notifications"], Double(alerts.max))
        writer.set(.queueDepth, ["callouts"], Double(house.callouts.courier.depth))
        writer.set(.queueLimit, ["callouts"], Double(CalloutCourier.waitingMax))
        writer.set(.journalSlots, ["open"], Double(open))
        writer.set(.journalSlots, ["closed"], Double(closed))
        writer.set(.journalSlots, ["free"], Double(house.storage.journal.capacity - open - closed))
    }

    private func audited(_ writer: inout SampleWriter) {
        let counts = audit.counts
        for action in AuditAction.allCases {
            writer.add(.auditEntries, [action.rawValue], counts[action] ?? 0)
        }
        writer.add(.auditLost, [], audit.lost)
        writer.set(.auditHead, [], Double(audit.headSequence))
        writer.add(.timelinesLost, [], house.storage.recent?.lost ?? 0)
    }

    private func prices(_ writer: inout SampleWriter) {
        let prices = house.blueprint.prices
        writer.set(.priceCatalogInfo, [prices.version, prices.hash], true)
        let age = WallTime.now().seconds - prices.sourceTime.seconds
        writer.set(.priceCatalogAge, [], age)
    }

    private func rateLimits(_ writer: inout SampleWriter) {
        let blueprint = house.blueprint
        var least: [[String]: Int64] = [:]
        for target in blueprint.routes.targets {
            for limit in blueprint.headroom.limits(of: target) {
                let labels = [target.provider.text, limit.kind.rawValue]
                least[labels] = min(least[labels] ?? .max, limit.remaining)
            }
        }
        for (labels, remaining) in least { writer.set(.providerRateLimit, labels, Double(remaining)) }
    }

    private func targets(_ writer: inout SampleWriter) {
        let blueprint = house.blueprint
        var told: Set<[String]> = []
        for target in blueprint.routes.targets {
            let state = blueprint.breakers.state(of: target)
            let names = [target.provider.text, target.servedModel.text]
            // Two routes may lead to the same model; the gauge tells of the worse of their breakers.
            guard state != .closed || !told.contains(names) else { continue }
            told.insert(names)
            writer.set(.targetAvailable, names, state != .open)
            for known in Breaker.State.allCases {
                writer.set(.breakerState, names + [known.rawValue], known == state)
            }
        }
    }
}
