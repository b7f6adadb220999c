public import GatewayTypes

/// Lets a moderation service decide, with thresholds for each of its categories.
public struct ModerationJudge: Judge {
    public struct Terms: Sendable {
        /// What a score must reach, 0 … 1, by category.
        public var thresholds: [String: Double] = [:]
        /// Of categories without one; nil: the service's own word decides about them.
        public var otherThreshold: Double?
        /// Categories that are looked at; empty: all.
        public var categories: Set<String> = []
        /// Bytes of the text that it is sent.
        public var textBytesMax = 32 * 1024

        public init() {}
    }

    /// Where the service names no category of those it may.
    private static let other = Reason("other")

    private let moderator: any Moderator
    private let terms: Terms

    public init(_ moderator: any Moderator, _ terms: Terms) {
        self.moderator = moderator
        self.terms = terms
    }

    public var reasons: [Reason] { looked.map { Reason($0) } + [Self.other] }

    private var looked: [String] {
        moderator.categories.filter { terms.categories.isEmpty || terms.categories.contains($0) }
    }

    public func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement {
        let text = JudgedText.latest(matter.turns, bytesMax: terms.textBytesMax)
        guard !text.isEmpty else { return .pass }
        let moderation = try await moderator.moderate(
            ModeratedText(isOutput: matter.phase == .output, text: text), for: asker)
        return judgement(on: moderation)
    }

    /// The worst of what reaches its threshold.
    func judgement(on moderation: Moderation) -> Judgement {
        var worst: (category: String, excess: Double)?
        for score in moderation.scores where terms.categories.isEmpty || terms.categories.contains(score.category) {
            guard let threshold = terms.thresholds[score.category] ?? terms.otherThreshold else { continue }
            let excess = score.score - threshold
            if excess >= 0, score.score > 0, excess > worst?.excess ?? -1 { worst = (score.category, excess) }
        }
        if let worst { return .deny(reason(worst.category)) }
        // What it flags for a category with a threshold was decided above.
        guard moderation.isFlagged, terms.otherThreshold == nil else { return .pass }
        let undecided = moderation.scores.filter {
            terms.thresholds[$0.category] == nil
                && (terms.categories.isEmpty || terms.categories.contains($0.category))
        }
        if let most = undecided.max(by: { $0.score < $1.score }) {
            return most.score > 0 ? .deny(reason(most.category)) : .pass
        }
        return moderation.scores.isEmpty ? .deny(Self.other) : .pass
    }

    private func reason(_ category: String) -> Reason {
        moderator.categories.contains(category) ? Reason(category) : Self.other
    }
}
