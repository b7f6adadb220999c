import GatewayTypes
import Logging
import Routing

/// Gets the vectors of classifiers' examples, beside the path: at the start and after every reload. What an earlier
/// configuration had asked for is not asked for again.
actor ExampleService {
    private struct Known: Hashable {
        let model: String
        let text: String
    }

    /// Texts of one question: what all providers take at once.
    private static let batch = 32
    private static let deadlineSeconds = 30.0
    private static let lookSeconds = 0.25
    private static let pauseSecondsMax = 60.0
    private let caller: any ModelCaller
    private let classifiers: @Sendable () -> [Classifier]
    private let logger: Logger
    private let now: @Sendable () -> Moment
    private var vectors: [Known: [Float]] = [:]
    /// By classifier: when to try again after a failure, and how long the next wait is.
    private var waits: [String: (until: Moment, seconds: Double)] = [:]

    /// `classifiers` are those in force.
    init(
        caller: any ModelCaller, classifiers: @escaping @Sendable () -> [Classifier], logger: Logger,
        now: @escaping @Sendable () -> Moment = Moment.now
    ) {
        self.caller = caller
        self.classifiers = classifiers
        self.logger = logger
        self.now = now
    }

    /// Until cancelled.
    func run() async {
        while !Task.isCancelled {
            await prepare()
            try? await Task.sleep(for: .seconds(Self.lookSeconds))
        }
    }

    /// Gives each classifier in force its vectors; one whose model failed waits, longer and longer.
    func prepare() async {
        let waiting = classifiers().filter { !$0.isReady }
        for classifier in waiting {
            let name = classifier.name.text
            if let wait = waits[name], now() < wait.until { continue }
            do throws(Failure) {
                try await embed(classifier)
                waits[name] = nil
                forgetOthers()
            } catch {
                let seconds = min((waits[name]?.seconds ?? 0.5) * 2, Self.pauseSecondsMax)
                waits[name] = (now().advanced(bySeconds: seconds), seconds)
                logger.warning(
                    "the examples of a classifier have no vectors yet; its requests are of the default class",
                    metadata: [
                        "classifier": "\(name)", "reason": "\(error.reason.rawValue)", "message": "\(error.message)",
                    ])
            }
        }
    }

    private func embed(_ classifier: Classifier) async throws(Failure) {
        guard let (model, texts) = classifier.examples else { return }
        var missing = texts.filter { vectors[Known(model: model.name, text: $0)] == nil }[...]
        while !missing.isEmpty {
            let batch = Array(missing.prefix(Self.batch))
            let answer = try await caller.ask(
                ModelQuestion(
                    .embeddings(batch), of: model.name, purpose: .embedding, deadlineSeconds: Self.deadlineSeconds),
                for: .gateway)
            for (text, vector) in zip(batch, answer.vectors) { vectors[Known(model: model.name, text: text)] = vector }
            missing.removeFirst(batch.count)
        }
        classifier.adopt(texts.map { vectors[Known(model: model.name, text: $0)] ?? [] })
    }

    /// Those of classifiers that are not in force any more.
    private func forgetOthers() {
        let wanted = Set(
            classifiers().flatMap { classifier in
                classifier.examples.map { model, texts in texts.map { Known(model: model.name, text: $0) } } ?? []
            })
        vectors = vectors.filter { wanted.contains($0.key) }
    }
}
