import Foundation
import GatewayTypes
import NIOCore
import Storage

/// A directory of its own, removed with the last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func bytes(of name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    /// What a process that was killed now would leave of a file: the kernel keeps what was stored into a mapping.
    func copy(_ name: String, to copy: String) throws -> String {
        try? FileManager.default.removeItem(atPath: file(copy))
        try FileManager.default.copyItem(atPath: file(name), toPath: file(copy))
        return file(copy)
    }
}

/// Exchanges of a made-up configuration.
struct Exchanges {
    var identifiers = IDSource()
    var time = WallTime(nanoseconds: 1_790_000_000_123_456_789)
    private var names = NameTable()
    private let target: Target
    private let route: Route
    private let caller: Caller

    init(team: String = "search", model: String = "gpt-4o") {
        target = Target(
            index: 0, provider: names.declare("main"), providerKind: "openai", servedModel: names.declare(model),
            weight: 1, ways: [], keyAlias: "prod-1", injectsStreamUsage: true)
        route = Route(name: names.declare("smart"), strategy: .ordered, targets: [target])
        caller = Caller(name: names.declare("indexer"), team: names.declare(team), keyAlias: "wk_12ab")
    }

    mutating func entry(reserved: Money = .zero) -> JournalEntry {
        JournalEntry(
            id: identifiers.exchangeID(at: time), arrivedAt: time, caller: caller, route: route, target: target,
            operation: .chat, reserved: reserved)
    }

    /// A completed exchange with usage and a cost of three lines.
    func outcome(of entry: JournalEntry, input: Int64 = 1000, price: String = "2.5") -> Outcome {
        let trace = TraceContext(traceHigh: 1 << 63, traceLow: 7, spanID: .max, parentSpanID: nil, flags: 1, state: nil)
        var outcome = Outcome(
            id: entry.id, trace: trace, arrived: Moment(nanoseconds: 1_000), arrivedAt: entry.arrivedAt, method: .post,
            httpRoute: "/v1/chat/completions", clientAddress: "127.0.0.1", userAgent: nil, surface: .openAIChat)
        outcome.ended = Moment(nanoseconds: 2_000_001_000)
        outcome.operation = .chat
        outcome.askedModel = "smart"
        outcome.stream = true
        outcome.caller = entry.caller
        outcome.route = entry.route
        outcome.status = 200
        var attempt = AttemptOutcome(target: target, spanID: 5, began: Moment(nanoseconds: 2_000))
        attempt.firstToken = Moment(nanoseconds: 500_001_000)
        outcome.firstTokenSent = attempt.firstToken
        attempt.providerRequestID = "req_01HZX"
        outcome.attempts = [attempt]
        outcome.servedAttempt = 0
        outcome.reply.responseModel = "gpt-4o-2024-08-06"
        outcome.usage = Usage(source: .provider)
        outcome.usage[.input] = input
        outcome.usage[.cacheRead] = 0
        outcome.usage[.output] = 200
        outcome.usage.reportedTotal = input + 200
        outcome.usage.reportedCost = Money("0.0045")
        var lines: [CostLine] = []
        if let unit = UnitPrice(usdPerMillion: price) {
            lines = [
                CostLine(component: .input, units: input, price: unit),
                CostLine(component: .output, units: 200, price: unit),
                CostLine(component: .request, units: 1, price: unit),
            ]
        }
        outcome.cost = Cost(status: .priced, lines: lines, tier: "default", catalogHash: "0123456789ab")
        outcome.abortBilling = .drained
        return outcome
    }

    mutating func row(instance: UInt64 = 1, input: Int64 = 1000, price: String = "2.5") -> LedgerRow {
        LedgerRow(outcome(of: entry(), input: input, price: price), instance: instance, worker: 3)
    }
}
