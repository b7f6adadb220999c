import GatewayTypes
import Synchronization
import Testing

@testable import Limits

/// A client that leaves when a test says so.
private final class Leaver: ClientPresence {
    private struct State {
        var isGone = false
        var action: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    var isGone: Bool { state.withLock { $0.isGone } }

    func whenGone(_ action: @escaping () -> Void) {
        nonisolated(unsafe) let kept = action  // Sound: called once, when nobody else does.
        let isGone = state.withLock { state in
            state.action = { kept() }
            return state.isGone
        }
        if isGone { action() }
    }

    func leave() {
        let action = state.withLock { state in
            state.isGone = true
            return state.action
        }
        action?()
    }
}

/// Who was served, in order.
private final class Order: Sendable {
    let list = Mutex<[String]>([])
}

@Suite struct QueueTests {
    // MARK: Whose turn it is

    /// Serves all that wait; the flows in the order of their turns.
    private func drain(_ queue: inout FairQueue, flows: [FairQueue.Ticket: Int]) -> [Int] {
        var order: [Int] = []
        while let first = queue.first {
            order.append(flows[first] ?? -1)
            queue.serve(first)
        }
        return order
    }

    private func enter(
        _ queue: inout FairQueue, _ flow: Int, _ priority: LimitPriority = .normal,
        _ flows: inout [FairQueue.Ticket: Int]
    ) -> FairQueue.Entry {
        let entry = queue.enter(flow: flow, priority: priority)
        switch entry {
        case .waits(let ticket): flows[ticket] = flow
        case .displaces(let ticket, let shed):
            flows[ticket] = flow
            flows[shed] = nil
        case .full: break
        }
        return entry
    }

    @Test func `Who sends many waits behind the one of somebody who sent one`() {
        var queue = FairQueue(depthMax: 100)
        var flows: [FairQueue.Ticket: Int] = [:]
        for _ in 0..<5 { _ = enter(&queue, 1, .normal, &flows) }
        _ = enter(&queue, 2, .normal, &flows)
        _ = enter(&queue, 3, .normal, &flows)
        #expect(drain(&queue, flows: flows) == [1, 2, 3, 1, 1, 1, 1])
    }

    @Test func `Classes go before one another, and turns alternate within each`() {
        var queue = FairQueue(depthMax: 100)
        var flows: [FairQueue.Ticket: Int] = [:]
        for (flow, priority) in [(1, .low), (1, .normal), (1, .normal), (2, .normal), (3, .high), (3, .high)]
            as [(Int, LimitPriority)]
        {
            _ = enter(&queue, flow, priority, &flows)
        }
        #expect(drain(&queue, flows: flows) == [3, 3, 1, 2, 1, 1])
    }

    @Test func `Who was idle has saved nothing up`() {
        var queue = FairQueue(depthMax: 100)
        var flows: [FairQueue.Ticket: Int] = [:]
        for _ in 0..<20 { _ = enter(&queue, 1, .normal, &flows) }
        for _ in 0..<10 { queue.first.map { queue.serve($0) } }
        for _ in 0..<4 { _ = enter(&queue, 2, .normal, &flows) }
        #expect(Array(drain(&queue, flows: flows).prefix(8)) == [1, 2, 1, 2, 1, 2, 1, 2])
    }

    @Test func `Flows that always wait are served alike, however much each sends`() {
        var queue = FairQueue(depthMax: 1000)
        var flows: [FairQueue.Ticket: Int] = [:]
        var served = [0, 0, 0]
        for _ in 0..<300 {
            for flow in 0..<3 {
                for _ in 0...flow * 2 where flows.values.count(where: { $0 == flow }) < 50 * (flow + 1) {
                    _ = enter(&queue, flow, .normal, &flows)
                }
            }
            guard let first = queue.first, let flow = flows.removeValue(forKey: first) else { continue }
            served[flow] += 1
            queue.serve(first)
        }
        #expect(served == [100, 100, 100])
    }

    @Test func `A full queue lets the oldest of the largest flow go, never one of a better class`() {
        var queue = FairQueue(depthMax: 3)
        var flows: [FairQueue.Ticket: Int] = [:]
        _ = enter(&queue, 1, .normal, &flows)
        guard case .waits(let oldest) = enter(&queue, 2, .normal, &flows) else { return #expect(Bool(false)) }
        _ = enter(&queue, 2, .normal, &flows)
        guard case .displaces(_, let shed) = enter(&queue, 3, .normal, &flows) else { return #expect(Bool(false)) }
        #expect(shed == oldest)
        #expect(queue.count == 3)
        #expect(!queue.holds(oldest))
        #expect(enter(&queue, 4, .low, &flows) == .full)
        guard case .displaces = enter(&queue, 4, .high, &flows) else { return #expect(Bool(false)) }
        #expect(queue.count == 3)
    }

    @Test func `Who leaves is not served, and leaving twice changes nothing`() {
        var queue = FairQueue(depthMax: 3)
        guard case .waits(let first) = queue.enter(flow: 1, priority: .normal),
            case .waits(let second) = queue.enter(flow: 2, priority: .normal)
        else { return #expect(Bool(false)) }
        queue.leave(first)
        queue.leave(first)
        #expect(queue.first == second)
        queue.leave(second)
        #expect(queue.isEmpty)
        #expect(queue.first == nil)
    }

    // MARK: The stage

    private func house(depth: Int = 10, wait: Double = 30) throws -> House {
        var town = Town()
        let limit = try town.limit(
            "all", each: .gateway, concurrent: 1,
            queue: LimitDefinition.Queue(
                depth: depth, waitSeconds: wait, high: ["team"], low: ["free"], choosers: ["bot"]))
        return House(town, [limit], book: LimitBook())
    }

    private func grant(_ result: Result<LimitGrant?, Failure>) -> LimitGrant? {
        if case .success(let grant) = result { return grant }
        return nil
    }

    private func waits(_ house: House, _ result: LimitWait) -> UInt64 {
        house.book.waits()[LimitBook.WaitKey(limit: "all", result: result)]?.count ?? 0
    }

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test func `Who finds no room waits, and is served when it comes back, the best class first`() async throws {
        let house = try self.house()
        let town = house.town
        let held = try #require(grant(await house.enter(town.exchange())))
        let order = Order()
        await withTaskGroup(of: Void.self) { group in
            for (position, plan) in ["free", "", "team"].enumerated() {
                group.addTask {
                    var exchange = town.exchange(plan: plan)
                    let grant = self.grant(await house.enter(&exchange))
                    order.list.withLock { $0.append(plan) }
                    #expect(exchange.waitedNanoseconds > 0)
                    #expect(exchange.notes.map(\.text) == ["limit all: waited"])
                    grant?.settle(town.outcome())
                }
                await until { house.book.depths().first?.waiting == position + 1 }
            }
            held.settle(town.outcome())
        }
        #expect(order.list.withLock { $0 } == ["team", "", "free"])
        #expect(waits(house, .served) == 3)
        #expect(house.book.depths() == [LimitBook.Depth(limit: "all", waiting: 0, most: 10)])
        #expect(await house.pass(2, town.exchange()) == 2)
    }

    @Test func `A wait that is over is a refusal like any other`() async throws {
        let house = try self.house(wait: 0.02)
        let town = house.town
        let held = try #require(grant(await house.enter(town.exchange())))
        guard case .failure(let failure) = await house.enter(town.exchange()) else { return #expect(Bool(false)) }
        #expect(failure.reason == .rateLimited)
        #expect(failure.fields.contains { $0.name == "x-weir-limit" && $0.value == "all" })
        #expect(waits(house, .timeout) == 1)
        held.settle(town.outcome())
        #expect(await house.pass(1, town.exchange()) == 1)
    }

    @Test func `A client that leaves gives its place up`() async throws {
        let house = try self.house()
        let town = house.town
        let held = try #require(grant(await house.enter(town.exchange())))
        let client = Leaver()
        async let waiting = {
            var exchange = town.exchange()
            exchange.client = client
            return await house.enter(&exchange)
        }()
        await until { house.book.depths().first?.waiting == 1 }
        client.leave()
        guard case .failure(let failure) = await waiting else { return #expect(Bool(false)) }
        #expect(failure.reason == .clientGone)
        #expect(house.book.depths().first?.waiting == 0)
        #expect(waits(house, .gone) == 1)
        held.settle(town.outcome())
        #expect(await house.pass(1, town.exchange()) == 1)
    }

    @Test func `Nobody goes before those who wait, and a full queue refuses at once`() async throws {
        let house = try self.house(depth: 1)
        let town = house.town
        let held = try #require(grant(await house.enter(town.exchange(plan: "team"))))
        async let waiting = house.enter(town.exchange(plan: "team"))
        await until { house.book.depths().first?.waiting == 1 }
        guard case .failure(let failure) = await house.enter(town.exchange(plan: "free")) else {
            return #expect(Bool(false))
        }
        #expect(failure.reason == .rateLimited)
        #expect(waits(house, .full) == 1)
        held.settle(town.outcome())
        #expect(grant(await waiting) != nil)
    }
}
