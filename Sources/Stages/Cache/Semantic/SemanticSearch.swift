import GatewayTypes

/// Looks for a question among those that were answered. One per configuration.
struct SemanticSearch: Sendable {
    /// Candidates that are looked at when the nearest one is a trap.
    private static let candidatesMax = 8
    /// More are searched through on a thread of their own: a loop has others to serve.
    private static let searchedOnLoopMax = 2_000

    let book: CacheBook
    let reader: any PromptReader
    let caller: any ModelCaller
    let keys: KeyMaker
    private let desk = SearchDesk()

    init(book: CacheBook, reader: any PromptReader, caller: any ModelCaller, keys: KeyMaker) {
        self.book = book
        self.reader = reader
        self.caller = caller
        self.keys = keys
    }

    /// A question, ready to be compared and to be remembered.
    struct Asked: Sendable {
        let partition: CacheKey
        /// Of length 1.
        let vector: [Float]
        let essentials: Essentials
        let index: SemanticIndex
    }

    /// What came of it.
    struct Answer: Sendable {
        /// Nil: it is not to be remembered either.
        var asked: Asked?
        var found: (reply: StoredReply, similarity: Float)?
        /// Why the nearest one is not the same.
        var trap: (trap: ParaphraseTrap, similarity: Float)?
        /// Why nothing could be asked.
        var obstacle: String?
        /// Whether this request is one that can be compared.
        var isComparable = false
    }

    func look(
        for request: ModelRequest, _ exchange: Exchange, _ tenancy: KeyMaker.Tenancy, _ policy: CachePolicy,
        _ semantic: SemanticPolicy, ageSecondsMax: Int64
    ) async -> Answer {
        var answer = Answer()
        guard request.operation == .chat, request.facts.toolCount == 0, request.facts.imageCount == 0,
            request.facts.choiceCount == 1, let question = reader.prompt(of: request)?.question, !question.isEmpty,
            question.utf8.count <= semantic.textBytesMax,
            let partition = keys.partition(exchange, request, tenancy, question: question, model: semantic.model)
        else { return answer }
        answer.isComparable = true
        let vector: [Float]
        do throws(Failure) {
            let asked = ModelQuestion(
                .embeddings([question]), of: semantic.model, purpose: .embedding,
                deadlineSeconds: semantic.deadlineSeconds)
            let given = try await caller.ask(asked, for: Asker(exchange)).vectors.first
            guard let normalized = given.flatMap({ UnitVector($0)?.values }) else {
                answer.obstacle = "\(semantic.model) gave no vector"
                return answer
            }
            vector = normalized
        } catch {
            answer.obstacle = "\(semantic.model) gave no vector: \(error.reason.rawValue)"
            return answer
        }
        let asked = Asked(
            partition: partition, vector: vector, essentials: Essentials(of: question),
            index: book.index(of: exchange.route.name.text, entriesMax: semantic.entriesMax))
        answer.asked = asked
        await search(for: asked, at: exchange.arrivedAt, policy, semantic, ageSecondsMax, &answer)
        return answer
    }

    private func search(
        for asked: Asked, at time: WallTime, _ policy: CachePolicy, _ semantic: SemanticPolicy, _ ageSecondsMax: Int64,
        _ answer: inout Answer
    ) async {
        let threshold = Float(semantic.threshold)
        let candidates =
            asked.index.count(of: asked.partition) <= Self.searchedOnLoopMax
            ? asked.index.nearest(
                to: asked.vector, in: asked.partition, threshold: threshold, countMax: Self.candidatesMax)
            : await desk.nearest(to: asked, threshold: threshold, countMax: Self.candidatesMax)
        let ageMax = min(ageSecondsMax, Int64(semantic.ageSecondsMax), Int64(policy.ttlSeconds))
        for candidate in candidates {
            if let trap = asked.essentials.trap(against: candidate.question.essentials) {
                if answer.trap == nil { answer.trap = (trap, candidate.similarity) }
                continue
            }
            let key = candidate.question.key
            let found = book.find(key, at: time, ageSecondsMax: ageMax, ttlSeconds: Int64(policy.ttlSeconds))
            if let found {
                answer.found = (found, candidate.similarity)
                return
            }
            // What is younger than the route allows is only too old for this request.
            if ageMax >= Int64(policy.ttlSeconds) { asked.index.remove(key, from: asked.partition) }
        }
    }
}

/// Searches on a thread of its own.
private actor SearchDesk {
    private nonisolated let executor = QueueExecutor(label: "weir.cache.search")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func nearest(
        to asked: SemanticSearch.Asked, threshold: Float, countMax: Int
    ) -> [SemanticIndex.Candidate] {
        asked.index.nearest(to: asked.vector, in: asked.partition, threshold: threshold, countMax: countMax)
    }
}
