import Foundation
import GatewayTypes
import Guardrails
import TestSupport
import Testing

/// What looking costs, in CPU time; measured in a release build, where `WEIR_BENCH_GUARDRAILS` is set.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["WEIR_BENCH_GUARDRAILS"] != nil)) struct GuardrailCostTests {
    private static var house: GuardrailHouse {
        var house = GuardrailHouse()
        let words = (0..<200).map { "codename\($0) project" }
        house.add(.detector(WordDetector([(Reason("word"), words)]))) { ($0.checksOutput, $0.action) = (true, .mask) }
        return house
    }

    @Test func `a prompt of 2 KiB, and each chunk of a stream`() async {
        let prompt = String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 46)
        let house = Self.house
        let stage = house.stage
        var began = cpuNanoseconds()
        for _ in 0..<2_000 {
            var exchange = GuardrailHouse.exchange(prompt)
            _ = try? await stage.enter(&exchange)
        }
        print("guardrails: \((cpuNanoseconds() - began) / 2e6) µs for a prompt of 2 KiB")
        let entered = await house.enter("hi")
        let replyGuard = entered.exchange.guardian?.replyGuard()
        var passed: [ModelEvent] = []
        began = cpuNanoseconds()
        for _ in 0..<100_000 {
            replyGuard?.take(.text("some ", choice: 0), into: &passed)
            passed.removeAll(keepingCapacity: true)
        }
        print("guardrails: \((cpuNanoseconds() - began) / 1e8) µs for a chunk of a stream")
        #expect(replyGuard?.hasReleased == true)
    }
}
