import GatewayTypes
public import NIOCore
import Synchronization

/// All that is observed of the process: one shard per event loop, merged when someone looks.
public final class Telemetry: Sendable {
    public let settings: TelemetrySettings
    /// By worker index; each is used on its worker's loop only.
    public let shards: [TelemetryShard]

    let registry: SeriesRegistry
    private let expiry: SeriesExpiry
    private let build: BuildInfo
    private let sources = Mutex<[@Sendable (inout SampleWriter) -> Void]>([])
    private let compress: (@Sendable (ByteBuffer) -> ByteBuffer?)?

    /// `compress` makes gzip of level 1; nil: scrapes are not compressed.
    public init(
        settings: TelemetrySettings, workers: Int, declared: DeclaredNames = DeclaredNames(), build: BuildInfo,
        compress: (@Sendable (ByteBuffer) -> ByteBuffer?)? = nil
    ) {
        self.settings = settings
        self.build = build
        self.compress = compress
        let registry = SeriesRegistry(seriesMax: settings.seriesMax)
        self.registry = registry
        expiry = SeriesExpiry(idleSeconds: settings.seriesIdleSeconds)
        shards = (0..<max(1, workers)).map { _ in
            TelemetryShard(settings: settings, store: SeriesStore(registry: registry))
        }
        declare(declared)
    }

    /// Adds a source of samples that is asked at every scrape: gauges and counters that other rooms keep.
    public func register(source: @escaping @Sendable (inout SampleWriter) -> Void) {
        sources.withLock { $0.append(source) }
    }

    /// Makes the series of what a configuration declares, at 0; also after a reload. Nothing is made where the product
    /// of names would take more than half of an instrument's series.
    public func declare(_ declared: DeclaredNames) {
        guard settings.metrics else { return }
        expiry.adopt(declared)
        let store = shards[0].store
        if declared.hasCache { CacheSeries.declare(for: declared.teams, in: store) }
        let pairs = declared.routes.flatMap { route in route.targets.map { (route: route, target: $0) } }
        guard declared.teams.count * pairs.count * 2 <= settings.seriesMax / 2 else { return }
        for team in declared.teams {
            for pair in pairs {
                let names = [pair.target.provider.text, pair.target.servedModel.text]
                let owner = [team.text, pair.route.name.text] + names
                for surface in [Surface.openAIChat, .openAIEmbeddings] where pair.target.way(for: surface) != nil {
                    let labels = [Labels.operation(surface.operation), pair.route.name.text, team.text] + names
                    _ = store.counter(.exchanges, labels + [CompletedWord.text, Moved.no.rawValue])
                }
                for type in [TokenType.input, .output] { _ = store.counter(.tokens, owner + [type.rawValue]) }
                _ = store.money(.cost, owner + [CostPurpose.served.rawValue])
            }
        }
    }

    /// All metrics in the format that the client's `Accept` asks for. Takes milliseconds: never call it on a loop that serves exchanges.
    public func exposition(accept: String?, acceptEncoding: String?) -> Exposition {
        let format = ExpositionFormat.negotiate(accept: accept)
        let body = ExpositionRenderer(format: format).render(gather(native: format == .protobuf))
        if Negotiation.accepts(gzipIn: acceptEncoding), let packed = compress?(body) {
            return Exposition(contentType: format.contentType, contentEncoding: "gzip", body: packed)
        }
        return Exposition(contentType: format.contentType, contentEncoding: nil, body: body)
    }

    /// `native`: histograms come with their exponential buckets, too.
    func gather(native: Bool = false) -> [Family] {
        guard settings.metrics else { return [] }
        expire(at: .now())
        var gathering = Gathering(native: native)
        // Before the cells: a series that comes meanwhile is shown by the next scrape.
        let orders = registry.orders
        for shard in shards { shard.addTo(&gathering) }
        var writer = SampleWriter(gathering: gathering)
        writer.set(.buildInfo, [build.version, build.revision, build.swift], 1)
        for refused in registry.refused {
            writer.add(.seriesOverflow, [refused.instrument.rawValue], refused.count)
        }
        addDrops(&writer)
        addQueue(&writer)
        ProcessReadings.read(into: &writer)
        for source in sources.withLock({ $0 }) { source(&writer) }
        return writer.gathering.families(orders: orders)
    }

    /// Lets go of the series whose time is over; every scrape and push looks whether there are any.
    func expire(at now: Moment) {
        let expired = expiry.expired(
            at: now, orders: { registry.orders }, snapshots: { shards.map { $0.store.snapshot } })
        guard !expired.isEmpty else { return }
        registry.forget(expired)
        for shard in shards { shard.store.forget(expired) }
    }

    private func addQueue(_ writer: inout SampleWriter) {
        guard settings.accessLog || settings.logs || settings.spans else { return }
        writer.set(.queueDepth, ["outcomes"], Double(shards.reduce(0) { $0 + $1.queue.depth }))
        writer.set(.queueLimit, ["outcomes"], Double(shards.count * settings.queuedOutcomesMax))
    }

    private func addDrops(_ writer: inout SampleWriter) {
        let dropped = shards.map(\.queue.dropped)
        if settings.accessLog {
            writer.add(.accessLinesDropped, [DropReason.queueFull.rawValue], dropped.reduce(0) { $0 + $1.all })
        }
        if settings.spans {
            // Counted as one span: how many the outcome would have made is not known.
            let labels = [TelemetrySignal.traces.rawValue, TelemetryDestination.renderer.rawValue]
            writer.add(.spansDropped, labels + [DropReason.queueFull.rawValue], dropped.reduce(0) { $0 + $1.kept })
        }
        if settings.logs {
            let labels = [TelemetrySignal.logs.rawValue, TelemetryDestination.renderer.rawValue]
            writer.add(.spansDropped, labels + [DropReason.queueFull.rawValue], dropped.reduce(0) { $0 + $1.all })
        }
    }
}

/// The label `signal`.
public enum TelemetrySignal: String, CaseIterable, Sendable { case traces, logs, metrics }

/// The label `destination`.
public enum TelemetryDestination: String, CaseIterable, Sendable {
    /// The collector that has no name of its own.
    case otlp
    /// Not a place outside: what Weir itself had no time to render.
    case renderer
}

/// Why something observed reached nobody.
public enum DropReason: String, CaseIterable, Sendable {
    case queueFull = "queue_full"
    /// The destination refused it for good.
    case rejected
    /// The destination could not be reached, or stayed busy, until the time was up.
    case undeliverable
    /// The process ended before it could be sent.
    case shutdown
    /// The file could not be written.
    case writeFailed = "write_failed"
    /// Newer ones took its place on the disk.
    case spoolFull = "spool_full"
    /// It waited on the disk longer than it may.
    case spoolExpired = "spool_expired"
    /// It could not be read from the disk again.
    case spoolUnreadable = "spool_unreadable"
}

/// The word for an exchange that did not fail, in the label `outcome`.
enum CompletedWord { static let text = "completed" }
