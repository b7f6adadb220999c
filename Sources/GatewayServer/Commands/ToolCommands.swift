import GatewayTypes
import Listener
import NIOCore
import Simulator
import Storage
import Upstream

/// What `weir load` was asked for.
public struct LoadOrder: Sendable {
    public var target: String
    public var model: String
    /// Requests a second; nil: as many as the concurrency allows.
    public var rate: Double?
    public var concurrency = 16
    public var durationSeconds = 10.0
    public var requestsMax: Int?
    public var promptBytes = 64
    public var apiKey: String?
    public var stream = true
    public var json = false

    public init(target: String, model: String) {
        self.target = target
        self.model = model
    }
}

extension Commands {
    public static var simulatorHelp: String { SimulatedProvider.help }

    // MARK: simulate

    /// Serves until SIGTERM or SIGINT.
    public static func simulate(host: String, port: Int, seed: UInt64) async throws(Refusal) {
        let signals = await Signals.trap()
        let limit = DescriptorLimit.raise()
        let workers = Workers(count: 1)
        let listener = simulatorPort(host: host, port: port, seed: seed, limit: limit, workers: workers)
        do {
            let taken = try await listener.open()
            Terminal.say("simulator listening on http://\(host):\(taken)")
        } catch {
            let user = PortUser.describe(port).map { "; it is used by \($0)" } ?? ""
            throw Refusal("\(host):\(port) cannot be bound: \(error)\(user).")
        }
        await signals.waitForEnd()
        await listener.close(by: .now())
        do { try await workers.shutDown() } catch { throw Refusal("\(error)") }
    }

    static func simulatorPort(
        host: String, port: Int, seed: UInt64, limit: Int, workers: Workers
    ) -> ListeningPort {
        var settings = ListenerSettings()
        settings.host = host
        settings.port = port
        settings.connectionsMax = limit - 64
        var simulator = SimulatorSettings()
        simulator.seed = seed
        return ListeningPort(settings: settings, workers: workers, handler: SimulatedProvider(settings: simulator))
    }

    // MARK: load

    /// Makes the load and returns the report.
    public static func load(_ order: LoadOrder) async throws(Refusal) -> String {
        _ = DescriptorLimit.raise()
        var settings = LoadSettings(target: order.target, model: order.model)
        settings.stream = order.stream
        settings.mode = order.rate.map { .open(ratePerSecond: $0) } ?? .closed
        settings.concurrency = order.concurrency
        settings.durationSeconds = order.durationSeconds
        settings.requestsMax = order.requestsMax
        settings.promptBytes = order.promptBytes
        settings.apiKey = order.apiKey ?? environment["WEIR_KEY"]
        let bench = try await ClientBench()
        let worker = LoadGenerator.Worker(upstream: { bench.engine }, start: { bench.worker.start($0) })
        let generator = LoadGenerator(settings: settings, workers: [worker]) { progress in
            Terminal.complain(progress.line)
        }
        guard let generator else {
            throw Refusal("\"\(order.target)\" is not an address; write it as http://127.0.0.1:8080.")
        }
        let report = await generator.run()
        try await bench.close()
        return order.json ? report.json : report.table
    }

    // MARK: explain

    /// The story of an exchange, from the admin API. `id` may be the beginning of an identifier; nil: the last exchange.
    public static func explain(_ id: String?, json: Bool) async throws(Refusal) -> String {
        if let id, IDPrefix(id) == nil {
            throw Refusal(
                "\"\(id)\" is not an exchange id; it is the value of the reply's x-weir-exchange-id, or at least its "
                    + "first \(IDPrefix.digitsMin) digits.")
        }
        return try await AdminClient.reply(.get, "/api/v1/exchanges/\(id ?? "last")\(json ? "" : "/story")")
    }
}
