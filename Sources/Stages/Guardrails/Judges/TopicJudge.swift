public import GatewayTypes
import Synchronization

/// Denies what is about a topic: nearer to one of its examples than a threshold, as a model's vectors have it.
///
/// The examples' vectors are asked for along with the first text that is judged, at its exchange's cost, and kept.
public final class TopicJudge: Judge {
    public struct Topic: Sendable {
        public let reason: Reason
        /// What somebody says who speaks of it; not empty.
        public let examples: [String]

        public init(_ reason: Reason, examples: [String]) {
            self.reason = reason
            self.examples = examples
        }
    }

    public struct Model: Sendable {
        public let name: String
        public let caller: any ModelCaller
        public var deadlineSeconds = 1.0
        /// Bytes of the text, from its end.
        public var textBytesMax = 4 * 1024

        public init(_ name: String, caller: any ModelCaller) {
            self.name = name
            self.caller = caller
        }
    }

    private let topics: [Topic]
    /// The cosine of the angle from which on two texts are about the same, 0 … 1.
    private let threshold: Double
    private let model: Model
    /// The vectors of each topic's examples; nil until they are known.
    private let known = Mutex<[[UnitVector]]?>(nil)

    public init(_ topics: [Topic], threshold: Double, _ model: Model) {
        self.topics = topics
        self.threshold = threshold
        self.model = model
    }

    public var reasons: [Reason] { topics.map(\.reason) }

    public func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement {
        let text = Self.subject(of: matter, bytesMax: model.textBytesMax)
        guard !text.isEmpty else { return .pass }
        let vectors = known.withLock { $0 }
        let examples = vectors == nil ? topics.flatMap(\.examples) : []
        let answer = try await model.caller.ask(
            ModelQuestion(
                .embeddings([text] + examples), of: model.name, purpose: .guardrail,
                deadlineSeconds: model.deadlineSeconds), for: asker)
        guard answer.vectors.count == 1 + examples.count else { throw Self.undecided }
        let examplesOfTopics = vectors ?? learn(answer.vectors.dropFirst())
        guard let asked = UnitVector(answer.vectors[0]) else { return .pass }
        let denied = try nearest(to: asked, among: examplesOfTopics)
        return denied.map { .deny($0) } ?? .pass
    }

    private static let undecided = Failure(
        .upstreamProtocol, "The model of a guardrail's topics gave other vectors than it was asked for.")

    /// What is judged: the last turn that says something, or the reply.
    private static func subject(of matter: Matter, bytesMax: Int) -> String {
        switch matter.phase {
        case .input:
            String(JudgedText.suffix(of: matter.turns.last { !$0.text.isEmpty }?.text ?? "", bytesMax: bytesMax))
        case .output: JudgedText.latest(matter.turns, bytesMax: bytesMax)
        }
    }

    private func learn(_ vectors: ArraySlice<[Float]>) -> [[UnitVector]] {
        var rest = vectors
        let learned = topics.map { topic in
            defer { rest.removeFirst(topic.examples.count) }
            return rest.prefix(topic.examples.count).compactMap { UnitVector($0) }
        }
        known.withLock { $0 = learned }
        return learned
    }

    /// The topic of the nearest example, where that is near enough.
    private func nearest(to vector: UnitVector, among known: [[UnitVector]]) throws(Failure) -> Reason? {
        var best: (similarity: Float, reason: Reason)?
        for (topic, examples) in zip(topics, known) {
            for example in examples {
                guard example.values.count == vector.values.count else { throw Self.undecided }
                let similarity = vector.cosine(to: example)
                if similarity > best?.similarity ?? -.infinity { best = (similarity, topic.reason) }
            }
        }
        guard let best, Double(best.similarity) >= threshold else { return nil }
        return best.reason
    }
}
