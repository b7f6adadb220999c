import GatewayTypes
import Synchronization
import Testing

@testable import Guardrails

@Suite struct TopicJudgeTests {
    /// Gives each text the vector that stands in a table, and keeps what it was asked.
    private final class Vectors: ModelCaller {
        private let table: [String: [Float]]
        private let heard = Mutex<[[String]]>([])
        private let failing = Atomic<Bool>(false)

        init(_ table: [String: [Float]]) { self.table = table }

        var asked: [[String]] { heard.withLock { $0 } }

        func fail(_ fails: Bool) { failing.store(fails, ordering: .relaxed) }

        func ask(_ question: ModelQuestion, for asker: Asker) async throws(Failure) -> ModelAnswer {
            guard case .embeddings(let texts) = question.content, question.purpose == .guardrail,
                !failing.load(ordering: .relaxed)
            else { throw Failure(.upstreamTimeout, "late") }
            heard.withLock { $0.append(texts) }
            return ModelAnswer(
                vectors: texts.compactMap { table[$0] }, exchange: ExchangeID(high: 0, low: 1), cost: .nothing)
        }
    }

    private static let table: [String: [Float]] = [
        "pills": [10, 0, 0], "bets": [0, 3, 0], "horses": [0, 2, 2], "a doctor?": [0.9, 0.1, 0],
        "odds": [0.1, 0.9, 0.9],
        "weather": [0.5, 0.5, -0.7], "short": [1, 0],
    ]

    private func judge(_ vectors: Vectors, threshold: Double = 0.8) -> TopicJudge {
        TopicJudge(
            [
                .init(Reason("medical"), examples: ["pills"]),
                .init(Reason("gambling"), examples: ["bets", "horses"]),
            ], threshold: threshold, .init("embed", caller: vectors))
    }

    @Test func `what is near an example is denied by its topic, and the rest passes`() async throws {
        let vectors = Vectors(Self.table)
        let judge = judge(vectors)
        #expect(try await judge.judge(matter("a doctor?"), for: .gateway) == .deny(Reason("medical")))
        #expect(try await judge.judge(matter("pills", "odds"), for: .gateway) == .deny(Reason("gambling")))
        #expect(try await judge.judge(matter("weather"), for: .gateway) == .pass)
        #expect(try await judge.judge(matter(""), for: .gateway) == .pass)
        #expect(judge.reasons.map(\.text) == ["medical", "gambling"])
        // The examples go along once; of a conversation the last turn is what it is about.
        #expect(vectors.asked == [["a doctor?", "pills", "bets", "horses"], ["odds"], ["weather"]])
    }

    @Test func `the threshold decides`() async throws {
        #expect(
            try await judge(Vectors(Self.table), threshold: 0.999).judge(matter("a doctor?"), for: .gateway) == .pass)
        #expect(
            try await judge(Vectors(Self.table), threshold: 0.01).judge(matter("weather"), for: .gateway)
                == .deny(Reason("medical")))
    }

    @Test func `without vectors there is no judgement, and the examples are asked for again`() async throws {
        let vectors = Vectors(Self.table)
        let judge = judge(vectors)
        vectors.fail(true)
        await #expect(throws: Failure.self) { try await judge.judge(matter("odds"), for: .gateway) }
        vectors.fail(false)
        // One that the model has no vector for, and one of another length.
        await #expect(throws: Failure.self) { try await judge.judge(matter("unheard of"), for: .gateway) }
        await #expect(throws: Failure.self) { try await judge.judge(matter("short"), for: .gateway) }
        #expect(try await judge.judge(matter("odds"), for: .gateway) == .deny(Reason("gambling")))
    }

    @Test func `of a reply all is judged`() async throws {
        let reply = matter("weather", phase: .output)
        #expect(try await judge(Vectors(Self.table)).judge(reply, for: .gateway) == .pass)
    }
}
