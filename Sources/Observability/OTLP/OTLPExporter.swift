import Compression
public import GatewayTypes
import NIOCore
public import Telemetry

/// Sends spans to a collector over OTLP/HTTP: bounded queue, batches, retries bounded by time. What cannot be sent is
/// dropped and counted; nothing ever waits for the collector but this.
public actor OTLPExporter: SpanExporter {
    private let settings: OTLPSettings
    private let endpoint: Endpoint
    private let fetcher: any HTTPFetcher
    private let clock: ServiceClock
    private let encoder: SpanEncoder
    private let counts = ExportCounts()

    private var queue: [SpanData] = []
    private var lastExport: Moment
    private var closed = false
    private var running = false
    /// Whether the collector gave a final answer to the last request.
    private var healthy = true
    /// The sleep between two looks at the queue; cut short when a batch is full.
    private var sleeper: Task<Void, Never>?

    /// Between two looks at the queue, in seconds.
    private static let pollSeconds = 0.25
    /// How long a burst may hold its renderer while the collector takes batches, and between two looks, in seconds.
    private static let patienceSeconds = 1.0
    private static let patiencePollSeconds = 0.002
    private static let backoffSecondsMax = 5.0

    /// `endpoint` is `settings.makeEndpoint(id:)`.
    public init(
        settings: OTLPSettings, endpoint: Endpoint, fetcher: any HTTPFetcher, clock: ServiceClock = .system
    ) {
        self.settings = settings
        self.endpoint = endpoint
        self.fetcher = fetcher
        self.clock = clock
        encoder = SpanEncoder(resource: settings.resource, version: settings.version)
        lastExport = clock.now()
    }

    /// The exporter's own metrics: `telemetry.register { exporter.write(to: &$0) }`.
    public nonisolated func write(to writer: inout SampleWriter) { counts.write(to: &writer) }

    /// Takes what fits; waits a moment for room while the collector keeps taking batches; drops the rest.
    public func offer(_ spans: [SpanData]) async {
        var rest = spans[...]
        let patience = clock.now().advanced(bySeconds: Self.patienceSeconds)
        while true {
            let room = closed ? 0 : max(0, settings.queueMax - queue.count)
            queue.append(contentsOf: rest.prefix(room))
            rest = rest.dropFirst(room)
            if queue.count >= settings.batchMax { sleeper?.cancel() }
            if rest.isEmpty || closed || !running || !healthy || clock.now() >= patience { break }
            do { try await clock.sleep(Self.patiencePollSeconds) } catch { break }
        }
        counts.dropped(rest.count, closed ? .shutdown : .queueFull)
    }

    /// Sends batches as they fill or come of age, until cancelled. One export at a time.
    public func run() async {
        running = true
        while !Task.isCancelled {
            if isDue {
                await exportBatch(until: clock.now().advanced(bySeconds: settings.exportTimeoutSeconds))
            } else {
                await rest()
            }
        }
        running = false
    }

    private func rest() async {
        let clock = clock
        let sleeper = Task { _ = try? await clock.sleep(Self.pollSeconds) }
        self.sleeper = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        self.sleeper = nil
    }

    /// Sends what is left within that time, drops the rest, and takes no more. Call it when `run` has returned.
    public func shutdown(withinSeconds seconds: Double) async {
        closed = true
        let deadline = clock.now().advanced(bySeconds: seconds)
        while !queue.isEmpty && !Task.isCancelled && clock.now() < deadline { await exportBatch(until: deadline) }
        counts.dropped(queue.count, .shutdown)
        queue.removeAll()
    }

    private var isDue: Bool {
        queue.count >= settings.batchMax
            || (!queue.isEmpty && clock.now().seconds(since: lastExport) >= settings.scheduleDelaySeconds)
    }

    private enum Delivery {
        case taken(rejected: Int)
        case rejected
        case undeliverable
        /// The task was cancelled meanwhile; what becomes of the batch is the shutdown's to say.
        case interrupted
    }

    private func exportBatch(until deadline: Moment) async {
        let batch = Array(queue.prefix(settings.batchMax))
        queue.removeFirst(batch.count)
        switch await deliver(batch, until: deadline) {
        case .taken(let rejected):
            let refused = min(max(0, rejected), batch.count)
            counts.exported(batch.count - refused)
            counts.dropped(refused, .rejected)
        case .rejected: counts.dropped(batch.count, .rejected)
        case .undeliverable: counts.dropped(batch.count, .undeliverable)
        case .interrupted: queue.insert(contentsOf: batch, at: 0)
        }
        lastExport = clock.now()
    }

    private func deliver(_ batch: [SpanData], until deadline: Moment) async -> Delivery {
        var body = encoder.encode(batch)
        if settings.gzip {
            guard let packed = try? Gzip.compress(body) else {
                counts.failed(.encoding)
                return .undeliverable
            }
            body = packed
        }
        var tries = 0
        while true {
            let wait: Double
            switch await send(body, until: deadline) {
            case .done(let delivery):
                healthy = true
                return delivery
            case .again(let seconds):
                healthy = false
                wait = delay(after: tries, asked: seconds)
            }
            if Task.isCancelled { return .interrupted }
            tries += 1
            guard clock.now().advanced(bySeconds: wait) < deadline else { return .undeliverable }
            do { try await clock.sleep(wait) } catch { return .interrupted }
        }
    }

    private enum Answer {
        case done(Delivery)
        case again(afterSeconds: Double?)
    }

    private func send(_ body: ByteBuffer, until deadline: Moment) async -> Answer {
        let limit = min(deadline, clock.now().advanced(bySeconds: settings.timeoutSeconds))
        let request = UpstreamRequest(endpoint: endpoint, fields: [], body: body, deadline: limit)
        let reply: (head: UpstreamHead, body: ByteBuffer)
        do { reply = try await fetcher.fetch(request) } catch {
            counts.failed(.connection)
            return .again(afterSeconds: nil)
        }
        switch reply.head.status {
        case 200..<300: return .done(.taken(rejected: ExportReply.rejectedSpans(in: reply.body)))
        case 429, 502, 503, 504:
            counts.failed(reply.head.status == 429 ? .throttled : .unavailable)
            let asked = reply.head["retry-after"].flatMap { RetryAfter.seconds($0, now: clock.wallNow()) }
            return .again(afterSeconds: asked)
        default:
            counts.failed(.refused)
            return .done(.rejected)
        }
    }

    /// What the collector asked for and up to a tenth more, else 1, 2, 4, 5 … seconds, each by 0.5 … 1.5: so that many
    /// gateways do not come back at once.
    private func delay(after tries: Int, asked: Double?) -> Double {
        if let asked { return asked * (1 + clock.chance() / 10) }
        return min(Self.backoffSecondsMax, Double(1 << min(tries, 8))) * (0.5 + clock.chance())
    }
}
