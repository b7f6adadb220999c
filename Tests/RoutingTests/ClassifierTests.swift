import GatewayTypes
import Synchronization
import Testing

@testable import Routing

/// What classifiers decide, what they ask for it, and what they do when they get no answer.
@Suite struct ClassifierTests {
    private let names = ClassNames()
    private let bench = Bench(.ordered)

    private func classes(_ examples: [[String]] = [[], []]) -> [Classifier.Class] {
        zip([names.simple, names.hard], examples).map { name, examples in
            var made = Classifier.Class(name)
            made.description = "what is \(name.text)"
            made.examples = examples
            return made
        }
    }

    private func judge(
        _ answers: [Result<ModelAnswer, Failure>], threshold: Double = 0,
        now: @escaping @Sendable () -> Moment = { .at(1) }
    ) -> (classifier: Classifier, caller: ScriptedCaller) {
        let caller = ScriptedCaller(answers)
        var model = Classifier.Model("small", caller: caller)
        model.threshold = threshold
        model.cacheSeconds = 60
        model.deadlineSeconds = 2
        return (
            Classifier(
                names.classifier, fallback: names.simple, kind: .judge(classes(), model), reader: BodyReader(), now: now
            ),
            caller
        )
    }

    @Test func `The first rule that fits decides; where none does, the default`() async {
        var long = ClassRule(names.hard)
        long.promptTokensMin = 2000
        let classifier = Classifier(
            names.classifier, fallback: names.simple,
            kind: .rules([long, ClassRule(names.hard, words: ["prove"])]), reader: BodyReader())
        let proof = await classifier.classify(bench.exchange(body: "prove it"), mayAsk: true)
        #expect(proof.decided == names.hard && proof.confidence == 1 && proof.result == .decided)
        #expect(proof.text == "class hard by difficulty (1.0): rule 2: 1 of its words")
        let greeting = await classifier.classify(bench.exchange(body: "hello"), mayAsk: true)
        #expect(greeting.decided == names.simple && greeting.confidence == 0 && greeting.result == .fallback)
        #expect(greeting.reason == "no rule fits")
    }

    @Test func `A judge is asked once about the same text, as long as its verdict holds`() async throws {
        let time = Clock()
        let (classifier, caller) = judge([.success(.text("hard 0.8")), .success(.text("simple"))], now: { time.now })
        let first = await classifier.classify(bench.exchange(body: "q"), mayAsk: true)
        #expect(first.decided == names.hard && first.confidence == 0.8 && first.result == .decided && first.waited)
        let second = await classifier.classify(bench.exchange(2, body: "q"), mayAsk: true)
        #expect(second.decided == names.hard && second.result == .cached && !second.waited)
        time.advance(61)
        let third = await classifier.classify(bench.exchange(3, body: "q"), mayAsk: true)
        #expect(third.decided == names.simple && third.confidence == 1 && third.result == .decided)
        #expect(caller.questions.count == 2)
        let question = try #require(caller.questions.first)
        #expect(question.model == "small" && question.purpose == .classification && question.deadlineSeconds == 2)
        guard case .completion(let system, let text, _) = question.content else {
            Issue.record("no completion was asked for")
            return
        }
        #expect(system.contains("- hard: what is hard") && !system.contains("<request>"))
        #expect(text.contains("<request>\nq\n</request>"))
    }

    @Test func `What asks models pays as the caller and in the caller's trace`() async {
        let (classifier, caller) = judge([.success(.text("hard"))])
        let exchange = bench.exchange(body: "q", outputTokensMax: nil)
        _ = await classifier.classify(exchange, mayAsk: true)
        #expect(caller.askers.map(\.exchange) == [exchange.id])
        #expect(caller.askers.map(\.caller.name) == [exchange.caller.name])
        #expect(caller.askers.first?.trace?.spanID == exchange.trace.spanID)
    }

    @Test(arguments: [
        (FailureReason.upstreamTimeout, Classification.Result.timeout), (.budgetExceeded, .error),
        (.upstreamConnect, .error), (.breakerOpen, .error),
    ]) func `A judge that fails leaves the default, and is asked again next time`(
        reason: FailureReason, result: Classification.Result
    ) async {
        let (classifier, caller) = judge([.failure(Failure(reason, "")), .success(.text("hard"))])
        let failed = await classifier.classify(bench.exchange(body: "q"), mayAsk: true)
        #expect(failed.decided == names.simple && failed.result == result)
        #expect(failed.reason == "small failed: \(reason.rawValue)")
        #expect(await classifier.classify(bench.exchange(body: "q"), mayAsk: true).decided == names.hard)
        #expect(caller.questions.count == 2)
    }

    @Test func `A judge that names no class, or is not sure enough, leaves the default`() async {
        let (classifier, _) = judge([.success(.text("no idea")), .success(.text("hard 0.4"))], threshold: 0.5)
        let lost = await classifier.classify(bench.exchange(body: "a"), mayAsk: true)
        #expect(lost.decided == names.simple && lost.reason == "small named no class")
        let unsure = await classifier.classify(bench.exchange(body: "b"), mayAsk: true)
        #expect(unsure.decided == names.simple && unsure.result == .fallback)
        #expect(unsure.reason == "judged by small, but hard at 0.4 is below 0.5")
    }

    @Test func `Nobody is asked where that is not wanted, but what is known counts`() async {
        let (classifier, caller) = judge([.success(.text("hard"))])
        let unknown = await classifier.classify(bench.exchange(body: "q"), mayAsk: false)
        #expect(unknown.decided == names.simple && unknown.reason == "small was not asked")
        #expect(caller.questions.isEmpty)
        _ = await classifier.classify(bench.exchange(body: "q"), mayAsk: true)
        #expect(await classifier.classify(bench.exchange(body: "q"), mayAsk: false).result == .cached)
    }

    @Test func `The nearest example decides, if it is near enough`() async throws {
        let caller = ScriptedCaller([
            .success(.vector([0, 2])), .success(.vector([3, 3.1])), .success(.vector([-1, -1])),
        ])
        var model = Classifier.Model("embed", caller: caller)
        model.threshold = 0.6
        let classifier = Classifier(
            names.classifier, fallback: names.simple,
            kind: .examples(classes([["hi", "hello"], ["prove"]]), model), reader: BodyReader())
        #expect(classifier.examples?.texts == ["hi", "hello", "prove"])
        #expect(!classifier.isReady)
        let early = await classifier.classify(bench.exchange(body: "0"), mayAsk: true)
        #expect(early.decided == names.simple && early.result == .error)
        #expect(caller.questions.isEmpty)

        classifier.adopt([[1, 0], [2, 0.1], [0, 1]])
        #expect(classifier.isReady)
        let exact = await classifier.classify(bench.exchange(body: "1"), mayAsk: true)
        #expect(exact.decided == names.hard && abs(exact.confidence - 1) < 1e-6)
        let between = await classifier.classify(bench.exchange(body: "2"), mayAsk: true)
        #expect(between.decided == names.simple || between.decided == names.hard)
        #expect(abs(between.confidence - 0.72) < 0.05)
        let opposite = await classifier.classify(bench.exchange(body: "3"), mayAsk: true)
        #expect(opposite.decided == names.simple && opposite.result == .fallback)
        #expect(caller.questions.allSatisfy { $0.purpose == .embedding })
    }

    @Test(arguments: [
        ("hard 0.8", 1, 0.8), ("Hard.", 1, 1), ("simple, 0.25", 0, 0.25), ("The class is **hard** (0.9).", 1, 0.9),
        ("hard 12", 1, 1), ("hard -3", 1, 0), ("very hard 0.5", 2, 0.5),
    ]) func `A judge's answer is understood`(answer: String, position: Int, confidence: Double) {
        let words = JudgeWords(
            ["simple", "hard", "Very hard"].map { JudgeWords.Class(name: $0, description: "") },
            instructions: "Be strict.")
        #expect(words.system.hasPrefix("Be strict.\n\n"))
        let verdict = words.verdict(in: answer)
        #expect(verdict?.position == position)
        #expect(verdict?.confidence == confidence)
    }

    @Test func `The cache is bounded, and what is asked for again stays`() {
        var cache = VerdictCache(entriesMax: 4, seconds: 10)
        let verdict = VerdictCache.Verdict(decided: names.hard, confidence: 1, reason: "")
        for number in 0..<20 {
            cache.keep(verdict, for: VerdictCache.Key("often"), now: .at(0))
            cache.keep(verdict, for: VerdictCache.Key("text \(number)"), now: .at(0))
            #expect(cache.count <= 4)
        }
        #expect(cache.verdict(for: VerdictCache.Key("often"), now: .at(1)) == verdict)
        #expect(cache.verdict(for: VerdictCache.Key("text 3"), now: .at(1)) == nil)
        #expect(cache.verdict(for: VerdictCache.Key("often"), now: .at(11)) == nil)
        var none = VerdictCache(entriesMax: 0, seconds: 10)
        none.keep(verdict, for: VerdictCache.Key("q"), now: .at(0))
        #expect(none.verdict(for: VerdictCache.Key("q"), now: .at(0)) == nil)
    }

    @Test func `A route's class decides which of its targets are for a request`() async throws {
        var condition = RequestCondition()
        condition.classes = [names.hard]
        let classifier = Classifier(
            names.classifier, fallback: names.simple, kind: .rules([ClassRule(names.hard, words: ["prove"])]),
            reader: BodyReader())
        let bench = Bench(.ordered, weights: [1, 1], conditions: [0: condition], classifier: classifier)
        for (body, models) in [("prove it", ["m0", "m1"]), ("hello", ["m1"])] {
            var exchange = bench.exchange(body: body)
            _ = try await TargetOrder().enter(&exchange)
            #expect(exchange.targets.map(\.servedModel.text) == models)
            #expect(exchange.notes.contains { $0.text.hasPrefix("class \(body == "hello" ? "simple" : "hard")") })
        }
        // What Weir asks itself is not classified: a judge would be asked about its own question.
        var asked = bench.exchange(body: "prove it", isAsked: true)
        _ = try await TargetOrder().enter(&asked)
        #expect(asked.classification == nil && asked.targets.map(\.servedModel.text) == ["m1"])
    }
}

/// Time that the test moves.
private final class Clock: Sendable {
    private let seconds = Mutex(1.0)
    var now: Moment { .at(seconds.withLock { $0 }) }
    func advance(_ by: Double) { seconds.withLock { $0 += by } }
}
