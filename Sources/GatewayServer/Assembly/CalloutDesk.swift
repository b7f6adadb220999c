import Callouts
import GatewayTypes
import Upstream

/// The configuration's callouts, ready to be asked.
struct CalloutDesk {
    /// What outlives a configuration.
    struct Ground: Sendable {
        let engine: CurlUpstream
        let courier = CalloutCourier()
        let meters = CalloutMeters()
    }

    static func callouts(_ configuration: Configuration, names: NameBook, on ground: Ground) -> [any Callout] {
        configuration.callouts.flatMap { written in
            let endpoint = endpoint(written)
            let fetcher = LoopFetcher(engine: ground.engine, replyBytesMax: written.replyBytesMax)
            return written.points.map { point in
                let settings = settings(written, hop(point), endpoint, names)
                ground.meters.declare(settings.name, settings.hop)
                return WebhookCallout(
                    settings, fetcher: fetcher, courier: ground.courier,
                    observe: { [meters = ground.meters] in meters.count($0) })
            }
        }
    }

    private static func settings(
        _ written: Configuration.Callout, _ hop: Hop, _ endpoint: Endpoint, _ names: NameBook
    ) -> CalloutSettings {
        var settings = CalloutSettings(name: names.callouts[written.name], hop: hop, endpoint: endpoint)
        settings.deadlineSeconds = written.deadlineSeconds
        settings.onError =
            switch written.onError {
            case .allow: .allow
            case .deny: .deny
            }
        settings.parts = Set(written.send.map(part))
        settings.bodyBytesMax = written.bodyBytesMax
        settings.concurrent = written.concurrent
        settings.secret = written.secret?.exposed
        settings.teams = Set(written.teams.map { names.teams[$0].index })
        settings.routes = Set(written.models.map { names.routes[$0].index })
        settings.fieldsToProvider = written.headersToProvider.map { $0.lowercased() }
        return settings
    }

    private static func part(_ written: Configuration.Callout.Part) -> CalloutSettings.Part {
        switch written {
        case .identity: .identity
        case .head: .head
        case .body: .body
        }
    }

    private static func hop(_ written: Configuration.Callout.Point) -> Hop {
        switch written {
        case .receive: .receive
        case .authentication: .authentication
        case .limits: .limits
        case .guardrails: .guardrails
        case .cache: .cache
        case .routing: .routing
        case .budgets: .budgets
        case .attempt: .attempt
        case .settle: .settle
        }
    }

    private static func endpoint(_ written: Configuration.Callout) -> Endpoint {
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = written.deadlineSeconds
        timeouts.firstByteSeconds = written.deadlineSeconds
        timeouts.idleSeconds = written.deadlineSeconds
        timeouts.totalSeconds = written.deadlineSeconds
        let fields = written.headers.compactMap { header in
            header.value.exposed.map { ReplyField(header.name, $0) }
        }
        return Endpoint(
            id: EndpointNumbers.next(), method: .post, url: written.url.text, serverAddress: written.url.host,
            serverPort: written.url.port, fields: fields, timeouts: timeouts, http2: false, caFile: written.caFile)
    }
}
