import GatewayTypes
import Testing

@testable import Cache

@Suite struct FlightTests {
    typealias Ask = CacheBench.Ask

    @Test func `Of many that ask the same at once one asks, and all get its reply`() async throws {
        let bench = CacheBench()
        var first = bench.exchange(Ask("Hello?"))
        guard case .keep(let keeper) = try await bench.stage.enter(&first) else {
            Issue.record("the first does not lead")
            return
        }
        try await withThrowingTaskGroup(of: CacheBench.Told.self) { group in
            for _ in 0..<50 { group.addTask { try await bench.ask(Ask("Hello?")).0 } }
            // One that asks something else does not wait.
            #expect(try await bench.ask(Ask("Another?")).0 == .asked)
            bench.settle(keeper, first, "hi")
            for try await told in group { #expect(told == .replayed("hi")) }
        }
    }

    @Test func `Where the first fails, those who wait ask for themselves`() async throws {
        let bench = CacheBench()
        var first = bench.exchange(Ask("Hello?"))
        guard case .keep(let keeper) = try await bench.stage.enter(&first) else {
            Issue.record("the first does not lead")
            return
        }
        async let second = bench.ask(Ask("Hello?"))
        bench.settle(keeper, first, nil)
        // It waited in vain, or came late and leads.
        #expect([.passed, .asked].contains(try await second.0))
        #expect([.asked, .replayed("a reply")].contains(try await bench.ask(Ask("Hello?")).0))
    }

    @Test func `Waiting has an end`() async throws {
        let bench = CacheBench { $0.waitSeconds = 0.02 }
        var first = bench.exchange(Ask("Hello?"))
        guard case .keep(let keeper) = try await bench.stage.enter(&first) else {
            Issue.record("the first does not lead")
            return
        }
        let second = try await bench.ask(Ask("Hello?"))
        #expect(second.0 == .passed && second.1?.exact == .miss && (second.1?.waitedNanoseconds ?? 0) > 0)
        bench.settle(keeper, first, "hi")
        #expect(try await bench.ask(Ask("Hello?")).0 == .replayed("hi"))
    }

    @Test func `Who does not wait asks, and the last reply stays`() async throws {
        let bench = CacheBench { $0.waitSeconds = 0 }
        var first = bench.exchange(Ask("Hello?"))
        guard case .keep(let keeper) = try await bench.stage.enter(&first) else {
            Issue.record("the first does not ask")
            return
        }
        #expect(try await bench.ask(Ask("Hello?"), reply: "second").0 == .asked)
        bench.settle(keeper, first, "first")
        #expect(try await bench.ask(Ask("Hello?")).0 == .replayed("first"))
    }
}
