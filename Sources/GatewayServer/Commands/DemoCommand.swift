import Foundation
import GatewayTypes
import Listener
import Logging

extension Commands {
    // MARK: demo

    /// A gateway in front of a simulated provider, a tour of what it does, then traffic until the end.
    public static func demo(forSeconds seconds: Double?) async throws(Refusal) {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("weir-demo-\(getpid())")
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw Refusal("\(directory.path) cannot be made: \(error.localizedDescription)")
        }
        defer { try? FileManager.default.removeItem(at: directory) }

        let signals = await Signals.trap()
        let simulatorWorkers = Workers(count: 1)
        let simulator = simulatorPort(
            host: "127.0.0.1", port: 0, seed: 1, limit: DescriptorLimit.raise(), workers: simulatorWorkers)
        let setting = DemoSetting(directory: directory.path, simulatorPort: try await opened(simulator))
        let server: Server
        let addresses: Server.Addresses
        do {
            var logger = Logger(label: "weir") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .warning
            server = try await Server(
                try setting.loaded(), stored: [], path: "", environment: [:], logger: logger)
            addresses = try await server.open()
        } catch {
            throw Refusal("\(error)")
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run(until: signals) }
            group.addTask { await tour(addresses, setting, forSeconds: seconds) }
            await group.waitForAll()
        }
        await simulator.close(by: .now())
        do { try await simulatorWorkers.shutDown() } catch { throw Refusal("\(error)") }
    }

    private static func opened(_ port: ListeningPort) async throws(Refusal) -> Int {
        do { return try await port.open() } catch { throw Refusal("The simulated provider cannot listen: \(error)") }
    }

    private static func tour(_ addresses: Server.Addresses, _ setting: DemoSetting, forSeconds seconds: Double?) async {
        do {
            let tour = DemoTour(addresses: addresses, setting: setting, bench: try await ClientBench())
            try await tour.show()
            Terminal.say("Serving, with a request every second, until Ctrl-C.")
            await tour.keepTraffic(forSeconds: seconds)
            try await tour.bench.close()
        } catch {
            Terminal.complain("The tour stopped: \(error.description)")
        }
        // The end of a limited demo is the same as Ctrl-C.
        if seconds != nil { kill(getpid(), SIGTERM) }
    }
}

/// What the demo's gateway is configured with.
struct DemoSetting {
    let directory: String
    let simulatorPort: Int
    let key = "demo-key"
    let adminKey = "demo-admin-key"

    private var text: String {
        let ports = [8080, 9464, 9465].map { PortUser.isFree($0) ? $0 : 0 }
        return """
            weir: 1
            listen: 127.0.0.1:\(ports[0])
            metrics: 127.0.0.1:\(ports[1])
            admin: { address: "127.0.0.1:\(ports[2])", key: env:DEMO_ADMIN_KEY }
            teams:
              search: { owner: search-oncall }
            callers:
              demo: { team: search }
            keys:
              - { caller: demo, key: env:DEMO_KEY, alias: demo }
            providers:
              simulated: { kind: openai, base_url: "http://127.0.0.1:\(simulatorPort)/v1" }
            models:
              smart:
                targets:
                  - { provider: simulated, model: sim-large, output_tokens_max: 64 }
                  - { provider: simulated, model: sim-small, output_tokens_max: 64 }
              fast: { targets: [{ provider: simulated, model: sim-small, output_tokens_max: 64 }] }
              reasoner: { targets: [{ provider: simulated, model: sim-reasoner, output_tokens_max: 256 }] }
              shaky: { targets: [simulated/sim-down, simulated/sim-small] }
            prices:
              overrides:
                - { provider: simulated, model: sim-large, input: 3, output: 15 }
                - { provider: simulated, model: sim-small, input: 0.15, output: 0.6 }
                - { provider: simulated, model: sim-reasoner, input: 1.1, output: 4.4 }
                - { provider: simulated, model: sim-down, input: 1, output: 1 }
            reroutes:
              economy: { smart: fast }
            budgets:
              - name: search
                scope: { team: search }
                limit: 0.02 USD
                per: rolling 20s
                owner: search-oncall
                rules:
                  - { name: warn, when: spent >= 30%, severity: ticket }
                  - { name: save, when: spent >= 60%, until: spent < 30%, severity: page, then: { reroute: economy } }
            telemetry: { access_log: \(directory)/access.log }
            storage: { path: \(directory)/weir.db, journal: \(directory)/weir.journal }
            drain: { delay: 0s, deadline: 5s }
            """
    }

    func configuration() throws(Commands.Refusal) -> Configuration { try loaded().configuration }

    func loaded() throws(Commands.Refusal) -> LoadedConfiguration {
        let result = Configuration.load(
            bytes: Array(text.utf8), file: "demo.yaml", directory: directory,
            environment: ["DEMO_KEY": key, "DEMO_ADMIN_KEY": adminKey], knowledge: Knowledge.current)
        switch result {
        case .success(let loaded): return loaded
        case .failure(let problems): throw Commands.Refusal(problems.description)
        }
    }
}
