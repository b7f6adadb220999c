import GatewayTypes
import Testing

@testable import Cache

@Suite struct SemanticTests {
    typealias Ask = CacheBench.Ask

    private func bench(threshold: Double = 0.7, _ change: (inout CachePolicy) -> Void = { _ in }) -> CacheBench {
        CacheBench { policy in
            var semantic = SemanticPolicy(model: "embed")
            semantic.threshold = threshold
            semantic.ageSecondsMax = 600
            policy.semantic = semantic
            change(&policy)
        }
    }

    @Test func `A question that means the same gets the reply, and says how near it is`() async throws {
        let bench = bench()
        #expect(try await bench.ask(Ask("How do I reset my router?"), reply: "so").0 == .asked)
        let again = try await bench.ask(Ask("How can I reset my router?"))
        #expect(again.0 == .replayed("so") && again.1?.exact == .miss && again.1?.semantic == .hit)
        let hit = try #require(again.1?.hit)
        #expect(hit.kind == .semantic && (0.7..<1).contains(hit.similarity ?? 0))
        // What was found so is not remembered again; the same once more is found so again.
        #expect(try await bench.ask(Ask("How can I reset my router?")).1?.semantic == .hit)
    }

    @Test(arguments: [
        ("Give me 3 names of rivers in France", "Give me 5 names of rivers in France"),
        ("Give me 3 names of rivers in France", "Give me 3 names of rivers in Spain"),
        ("Is it allowed to swim in this river?", "Is it not allowed to swim in this river?"),
        ("Is it allowed to swim there on Monday?", "Is it allowed to swim there on Friday?"),
    ]) func `A trap is near and yet no hit`(first: String, second: String) async throws {
        let bench = bench(threshold: 0.5)
        _ = try await bench.ask(Ask(first))
        let told = try await bench.ask(Ask(second))
        #expect(told.0 == .asked && told.1?.semantic == .miss && told.1?.trap != nil)
    }

    @Test func `Only the last question may differ: not the system prompt, the turns before, or a parameter`()
        async throws
    {
        let bench = bench()
        _ = try await bench.ask(Ask("How do I reset my router?"))
        #expect(try await bench.ask(Ask("How can I reset my router?", system: "Rhyme.")).0 == .asked)
        #expect(try await bench.ask(Ask("How can I reset my router?", more: #","temperature":0.3"#)).0 == .asked)
        let later = Ask(
            body: #"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},"#
                + #"{"role":"assistant","content":"Hello"},{"role":"user","content":"How can I reset my router?"}]}"#)
        #expect(try await bench.ask(later).0 == .asked)
    }

    @Test func `Without a vector in time it is a miss, and the exact cache works on`() async throws {
        let bench = bench()
        bench.embedder.fallSilent()
        #expect(try await bench.ask(Ask("How do I reset my router?"), reply: "so").0 == .asked)
        #expect(try await bench.ask(Ask("How do I reset my router?")).0 == .replayed("so"))
        #expect(try await bench.ask(Ask("How can I reset my router?")).0 == .asked)
    }

    @Test func `Tools, images and several choices are compared word by word alone`() async throws {
        let bench = bench()
        var ask = Ask("How do I reset my router?")
        ask.facts.toolCount = 1
        #expect(try await bench.ask(ask).1?.semantic == .bypass)
        #expect(bench.embedder.asked == 0)
        #expect(try await bench.ask(ask).0 == .replayed("a reply"))
    }

    @Test func `An old reply is not taken, and what is gone is forgotten`() async throws {
        let bench = bench()
        _ = try await bench.ask(Ask("How do I reset my router?"))
        var late = Ask("How can I reset my router?")
        late.second = 601
        #expect(try await bench.ask(late).0 == .asked)
        _ = await bench.book.purge()
        var later = Ask("Now how do I reset my router?")
        later.second = 602
        #expect(try await bench.ask(later).0 == .asked)
    }

    @Test func `A route remembers no more questions than it may, the oldest go first`() async throws {
        let index = SemanticIndex(entriesMax: 100)
        for number in 0..<1_000 {
            let question = KnownQuestion(
                key: CacheKey(UInt64(number), 0, 0, 0), essentials: Essentials(of: "x"),
                storedAt: WallTime(nanoseconds: Int64(number)))
            index.add(question, [Float(number % 7), 1, 2], to: CacheKey(UInt64(number % 3), 1, 0, 0))
            #expect(index.count <= 100)
        }
        #expect(index.count == 100)
        let found = index.nearest(
            to: [0, 1, 2], in: CacheKey(0, 1, 0, 0), threshold: -1_000, countMax: 1_000)
        #expect(found.count == 34 || found.count == 33)
        #expect(found.allSatisfy { $0.question.storedAt.nanoseconds >= 900 })
        index.resize(entriesMax: 10)
        #expect(index.count == 10)
    }

    @Test func `The nearest are those that a plain search finds, whatever comes and goes`() {
        var random = SystemRandomNumberGenerator()
        var table = VectorTable(dimensions: 21)
        var plain: [[Float]] = []
        for _ in 0..<1_200 {
            if plain.count > 3, Int.random(in: 0..<4, using: &random) == 0 {
                let position = Int.random(in: 0..<plain.count, using: &random)
                table.remove(at: position)
                plain[position] = plain[plain.count - 1]
                plain.removeLast()
            } else {
                let raw = (0..<21).map { _ in Float.random(in: -1...1, using: &random) }
                let vector = UnitVector(raw)?.values ?? raw
                table.append(vector)
                plain.append(vector)
            }
        }
        #expect(table.count == plain.count)
        let wanted = plain[plain.count / 2]
        let similarities = plain.map { zip($0, wanted).reduce(0) { $0 + $1.0 * $1.1 } }
        let found = table.nearest(to: wanted, threshold: 0.2, countMax: 5)
        let expected = similarities.filter { $0 >= 0.2 }.sorted(by: >).prefix(5)
        #expect(found.count == expected.count)
        for (left, right) in zip(found, expected) { #expect(abs(left.similarity - right) < 1e-5) }
        #expect(found.first?.position == plain.count / 2)
    }
}
