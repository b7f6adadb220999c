public import GatewayTypes
import Synchronization

/// One of the configuration's classifiers.
public final class Classifier: RequestClassifier {
    public struct Class: Sendable {
        public let name: ConfiguredName
        /// For a judge.
        public var description = ""
        /// Texts of this class, for vectors to be compared with.
        public var examples: [String] = []

        public init(_ name: ConfiguredName) { self.name = name }
    }

    /// A model that is asked.
    public struct Model: Sendable {
        public let name: String
        public let caller: any ModelCaller
        public var deadlineSeconds = 1.0
        /// Bytes of the text that it is sent.
        public var textBytesMax = 8_192
        /// A judge's answer may have so many.
        public var outputTokensMax: Int64 = 256
        public var instructions = ""
        /// What it must at least be sure of, 0 … 1.
        public var threshold = 0.0
        public var cacheEntriesMax = 10_000
        public var cacheSeconds = 3_600.0

        public init(_ name: String, caller: any ModelCaller) {
            self.name = name
            self.caller = caller
        }
    }

    public enum Kind: Sendable {
        /// The first that fits.
        case rules([ClassRule])
        /// The class of the nearest example.
        case examples([Class], Model)
        /// What a model says.
        case judge([Class], Model)
    }

    public let name: ConfiguredName
    /// Where nothing fits, and where what decides fails.
    public let fallback: ConfiguredName
    private let kind: Kind
    private let reader: any PromptReader
    private let now: @Sendable () -> Moment
    private let cache: Mutex<VerdictCache>
    private let vectors = Mutex<ExampleVectors?>(nil)

    public init(
        _ name: ConfiguredName, fallback: ConfiguredName, kind: Kind, reader: any PromptReader,
        now: @escaping @Sendable () -> Moment = Moment.now
    ) {
        self.name = name
        self.fallback = fallback
        self.kind = kind
        self.reader = reader
        self.now = now
        switch kind {
        case .rules: cache = Mutex(VerdictCache(entriesMax: 0, seconds: 0))
        case .examples(_, let model), .judge(_, let model):
            cache = Mutex(VerdictCache(entriesMax: model.cacheEntriesMax, seconds: model.cacheSeconds))
        }
    }

    /// What a classifier came to.
    private struct Decision {
        let decided: ConfiguredName
        var confidence = 0.0
        var result = Classification.Result.fallback
        let reason: String
        /// Whether a model was asked.
        var waited = false
    }

    public func classify(_ exchange: Exchange, mayAsk: Bool) async -> Classification {
        let began = now()
        guard case .model(let request) = exchange.request else {
            return classification(fallen("the request asks no model"), since: began)
        }
        let decision: Decision
        switch kind {
        case .rules(let rules): decision = byRules(rules, request)
        case .examples(let classes, let model):
            decision = await asking(model, request, mayAsk: mayAsk) { text async throws(Failure) in
                try await self.byExamples(classes, model, text, Asker(exchange))
            }
        case .judge(let classes, let model):
            decision = await asking(model, request, mayAsk: mayAsk) { text async throws(Failure) in
                try await Self.byJudge(classes, model, text, Asker(exchange))
            }
        }
        return classification(decision, since: began)
    }

    private func classification(_ decision: Decision, since began: Moment) -> Classification {
        Classification(
            classifier: name, decided: decision.decided, confidence: decision.confidence, result: decision.result,
            reason: decision.reason, seconds: now().seconds(since: began), waited: decision.waited)
    }

    private func fallen(_ reason: String, _ result: Classification.Result = .fallback) -> Decision {
        Decision(decided: fallback, result: result, reason: reason)
    }

    // MARK: Rules

    private func byRules(_ rules: [ClassRule], _ request: ModelRequest) -> Decision {
        var text: PromptText?
        var isRead = false
        func read() -> PromptText? {
            if !isRead {
                isRead = true
                text = reader.prompt(of: request).map { PromptText($0.question) }
            }
            return text
        }
        for (position, rule) in rules.enumerated() {
            guard let fitted = rule.fit(request, read) else { continue }
            return Decision(
                decided: rule.decided, confidence: 1, result: .decided,
                reason: "rule \(position + 1): \(fitted.isEmpty ? "fits all" : fitted)")
        }
        return fallen("no rule fits")
    }

    // MARK: Models

    /// A verdict of earlier, else what `ask` comes to; the default class where that is not sure enough, or fails.
    private func asking(
        _ model: Model, _ request: ModelRequest, mayAsk: Bool,
        _ ask: (String) async throws(Failure) -> VerdictCache.Verdict?
    ) async -> Decision {
        let whole = reader.prompt(of: request)?.question ?? ""
        guard !whole.isEmpty else { return fallen("the request has no text") }
        let text = PromptText.prefix(of: whole, bytesMax: model.textBytesMax)
        let key = VerdictCache.Key(text)
        let began = now()
        if let known = cache.withLock({ $0.verdict(for: key, now: began) }) {
            return decision(known, model, .cached)
        }
        guard mayAsk else { return fallen("\(model.name) was not asked") }
        var decision: Decision
        do throws(Failure) {
            if let verdict = try await ask(text) {
                let ended = now()
                cache.withLock { $0.keep(verdict, for: key, now: ended) }
                decision = self.decision(verdict, model, .decided)
            } else {
                decision = fallen("\(model.name) named no class")
            }
        } catch {
            let isLate = error.reason == .upstreamTimeout
            decision = fallen("\(model.name) failed: \(error.reason.rawValue)", isLate ? .timeout : .error)
        }
        decision.waited = true
        return decision
    }

    private func decision(
        _ verdict: VerdictCache.Verdict, _ model: Model, _ result: Classification.Result
    ) -> Decision {
        guard verdict.confidence >= model.threshold else {
            let sure = Self.text(verdict.confidence)
            return fallen(
                "\(verdict.reason), but \(verdict.decided.text) at \(sure) is below \(Self.text(model.threshold))")
        }
        return Decision(
            decided: verdict.decided, confidence: verdict.confidence, result: result, reason: verdict.reason)
    }

    private static func text(_ share: Double) -> String { "\((share * 1000).rounded() / 1000)" }

    private static func byJudge(
        _ classes: [Class], _ model: Model, _ text: String, _ asker: Asker
    ) async throws(Failure) -> VerdictCache.Verdict? {
        let words = JudgeWords(
            classes.map { JudgeWords.Class(name: $0.name.text, description: $0.description) },
            instructions: model.instructions)
        let question = ModelQuestion(
            .completion(
                system: words.system, text: words.question(text), outputTokensMax: model.outputTokensMax),
            of: model.name, purpose: .classification, deadlineSeconds: model.deadlineSeconds)
        let answer = try await model.caller.ask(question, for: asker)
        return words.verdict(in: answer.text).map { verdict in
            VerdictCache.Verdict(
                decided: classes[verdict.position].name, confidence: verdict.confidence,
                reason: "judged by \(model.name)")
        }
    }

    private func byExamples(
        _ classes: [Class], _ model: Model, _ text: String, _ asker: Asker
    ) async throws(Failure) -> VerdictCache.Verdict? {
        guard let examples = vectors.withLock({ $0 }) else {
            throw Failure(.overloaded, "The examples of the classifier \(name.text) have no vectors yet.")
        }
        let question = ModelQuestion(
            .embeddings([text]), of: model.name, purpose: .embedding, deadlineSeconds: model.deadlineSeconds)
        let answer = try await model.caller.ask(question, for: asker)
        guard let vector = answer.vectors.first, let nearest = examples.nearest(to: vector) else { return nil }
        return VerdictCache.Verdict(
            decided: classes[nearest.classIndex].name, confidence: min(max(nearest.similarity, 0), 1),
            reason: "nearest to its examples by \(model.name)")
    }

    // MARK: Examples

    /// The texts whose vectors it needs, and the model that makes them; nil where it needs none.
    public var examples: (model: Model, texts: [String])? {
        guard case .examples(let classes, let model) = kind else { return nil }
        return (model, classes.flatMap(\.examples))
    }

    /// The vectors of `examples`, in their order. Until it has them, every request is of the default class.
    public func adopt(_ vectors: [[Float]]) {
        guard case .examples(let classes, _) = kind else { return }
        let positions = classes.enumerated().flatMap { position, named in named.examples.map { _ in position } }
        let made = ExampleVectors(classes: positions, vectors: vectors)
        self.vectors.withLock { $0 = made }
    }

    /// Whether it can decide: false while its examples have no vectors.
    public var isReady: Bool {
        guard case .examples = kind else { return true }
        return vectors.withLock { $0 != nil }
    }
}
