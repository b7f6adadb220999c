import Authentication
import Foundation
import GatewayTypes
import Listener
import NIOCore
import Storage
import TestSupport
import Testing
import Upstream

@testable import GatewayServer

/// What the hops before an attempt cost, with many keys and routes. It prints; only what they decide is judged.
@Suite struct PathCostTests {
    private static let keyCount = 10_000
    private static let routeCount = 200
    private static let groups = ["authentication and permissions", "limits and routing"]

    @Test func `The hops before an attempt let 10,000 keys on 200 routes pass, and say what it costs`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let configuration = try ConfigurationText.configuration(Self.yaml, directory: directory.path)
        let house = try await House(configuration, environment: [:])
        let heads = try Self.fill(house.keys).map(Self.head)
        let routes = house.blueprint.routes.byName
        let requests = ProcessInfo.processInfo.environment["WEIR_BENCH_REQUESTS"].flatMap { Int($0) } ?? 2000
        var nanoseconds = [0.0, 0.0]
        for number in -requests / 10..<requests {
            var exchange = Self.exchange(heads[(number + requests) % heads.count], "route-\((number + requests) % 200)")
            let spent = try await Self.pass(&exchange, house.blueprint.stages, routes)
            #expect(exchange.targets.count == 2 && exchange.caller.permissions != nil)
            // The first tenth makes what is made lazily.
            if number >= 0 { for index in spent.indices { nanoseconds[index] += spent[index] } }
        }
        for (name, spent) in zip(Self.groups + ["together"], nanoseconds + [nanoseconds[0] + nanoseconds[1]]) {
            print("\(name): \(String(format: "%.2f", spent / Double(requests) / 1000)) µs of CPU for each exchange")
        }
        for engine in house.engines { try await engine.shutDown().get() }
        try await house.workers.shutDown()
    }

    /// Through all hops; what each group of them took, without what reading the clock takes.
    private static func pass(
        _ exchange: inout Exchange, _ stages: [any Stage], _ routes: [String: Route]
    ) async throws -> [Double] {
        let before = cpuNanoseconds()
        let began = cpuNanoseconds()
        let reading = began - before
        for stage in stages.prefix(1) { _ = try await stage.enter(&exchange) }
        guard case .model(let request) = exchange.request else { return [0, 0] }
        exchange.route = routes[request.askedModel] ?? .none
        _ = try await stages[1].enter(&exchange)
        let known = cpuNanoseconds()
        for stage in stages.dropFirst(2) { _ = try await stage.enter(&exchange) }
        let routed = cpuNanoseconds()
        return [known - began - reading, routed - known - reading]
    }

    // MARK: Parts

    private static var yaml: String {
        let models = (0..<routeCount).map { number in
            "  route-\(number): { strategy: lowest_latency, targets: [sim/model-\(number), sim/other-\(number)] }"
        }
        let teams = (0..<20).map {
            "  team-\($0): { plan: all, permissions: { models: 'route-*', deny: { operations: speech } } }"
        }
        let callers = (0..<100).map { "  caller-\($0): { team: team-\($0 % 20) }" }
        return """
            weir: 1
            listen: { address: "127.0.0.1:0", event_loops: 1 }
            anonymous: true
            storage: { path: weir.db, journal: weir.journal, journal_slots: 64, explain_exchanges: 0 }
            telemetry: { spans: false, access_log: "off" }
            plans:
              all: { limits: [{ name: chat, requests: 1000000000/minute, tokens: 1000000000/minute }] }
            providers: { sim: { base_url: "http://127.0.0.1:9/v1" } }
            prices: { catalog: none }
            teams:
            \(teams.joined(separator: "\n"))
            callers:
            \(callers.joined(separator: "\n"))
            models:
            \(models.joined(separator: "\n"))

            """
    }

    /// Makes keys, each restricted by networks and models; some of them, as clients show them.
    private static func fill(_ registry: KeyRegistry) throws -> [String] {
        var generator = SystemRandomNumberGenerator()
        let networks = [try #require(IPNetwork("10.0.0.0/8")), try #require(IPNetwork("127.0.0.0/8"))]
        var shown: [String] = []
        let keys = (0..<keyCount).map { number in
            let made = VirtualKey { count in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
            var key = StoredKey(
                id: "key_\(number)", name: "key_\(number)", caller: "caller-\(number % 100)", createdAt: .now(),
                createdBy: "test")
            key.secrets = [
                StoredKey.Secret(
                    prefix: made.prefix.description, digest: Identities.digest(of: made.text), createdAt: .now())
            ]
            key.networks = networks
            key.permissions.models = PermissionRules.Rule(allow: ["route-*"], deny: ["*-preview"])
            if number % 10 == 0 { shown.append(made.text) }
            return key
        }
        registry.put(keys)
        return shown
    }

    private static func head(_ key: String) -> RequestHead {
        let fields: [(name: String, value: String)] = [
            ("Host", "127.0.0.1:8080"), ("User-Agent", "test"), ("Content-Type", "application/json"),
            ("Authorization", "Bearer " + key),
        ]
        return .sample(fields, path: "/v1/chat/completions", clientAddress: "127.0.0.1")
    }

    private static func exchange(_ head: RequestHead, _ model: String) -> Exchange {
        .sample(head: head, askedModel: model)
    }
}
