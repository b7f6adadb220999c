import GatewayTypes
import Synchronization

/// A question whose reply was stored.
struct KnownQuestion: Sendable {
    /// Of the stored reply.
    let key: CacheKey
    let essentials: Essentials
    let storedAt: WallTime
}

/// The questions that one route remembers, apart by tenant and by all of the request but the question. Searching is brute
/// force over the vectors of one such part.
final class SemanticIndex: Sendable {
    private struct Part {
        var vectors: VectorTable
        var questions: [KnownQuestion] = []
        /// By the reply's key.
        var places: [CacheKey: Int] = [:]
    }

    private struct State {
        var entriesMax: Int
        var count = 0
        var parts: [CacheKey: Part] = [:]
        /// In the order in which they came; some are gone since.
        var order: [(part: CacheKey, key: CacheKey)] = []
        var first = 0
    }

    /// What was near enough.
    struct Candidate: Sendable {
        let question: KnownQuestion
        let similarity: Float
    }

    private let state: Mutex<State>

    init(entriesMax: Int) { state = Mutex(State(entriesMax: entriesMax)) }

    var count: Int { state.withLock(\.count) }

    func resize(entriesMax: Int) {
        state.withLock { state in
            state.entriesMax = entriesMax
            Self.makeRoom(in: &state, for: 0)
        }
    }

    /// `vector` is of length 1.
    func add(_ question: KnownQuestion, _ vector: [Float], to partition: CacheKey) {
        state.withLock { state in
            Self.remove(question.key, from: partition, in: &state)
            Self.makeRoom(in: &state, for: 1)
            guard state.entriesMax > 0 else { return }
            var part =
                state.parts.removeValue(forKey: partition) ?? Part(vectors: VectorTable(dimensions: vector.count))
            // A model that answers with another length now is another model.
            if part.vectors.dimensions != vector.count {
                state.count -= part.questions.count
                part = Part(vectors: VectorTable(dimensions: vector.count))
            }
            part.places[question.key] = part.questions.count
            part.questions.append(question)
            part.vectors.append(vector)
            state.parts[partition] = part
            state.order.append((partition, question.key))
            state.count += 1
            if state.order.count - state.first > 2 * state.entriesMax + 1_024 { Self.forgetGone(in: &state) }
        }
    }

    func remove(_ key: CacheKey, from partition: CacheKey) {
        state.withLock { Self.remove(key, from: partition, in: &$0) }
    }

    /// How many there are to be searched through.
    func count(of partition: CacheKey) -> Int { state.withLock { $0.parts[partition]?.questions.count ?? 0 } }

    /// The nearest that reach the threshold, the nearest first; at most so many.
    func nearest(to vector: [Float], in partition: CacheKey, threshold: Float, countMax: Int) -> [Candidate] {
        // Searched outside of the lock: what is added meanwhile goes into a copy of one chunk.
        guard let part = state.withLock({ $0.parts[partition] }) else { return [] }
        return part.vectors.nearest(to: vector, threshold: threshold, countMax: countMax).map { found in
            Candidate(question: part.questions[found.position], similarity: found.similarity)
        }
    }

    private static func makeRoom(in state: inout State, for more: Int) {
        while state.count > 0, state.count + more > state.entriesMax, state.first < state.order.count {
            let oldest = state.order[state.first]
            state.first += 1
            remove(oldest.key, from: oldest.part, in: &state)
        }
        // What is gone is forgotten once it is the greater part.
        guard state.first > 1_024, state.first * 2 > state.order.count else { return }
        state.order.removeFirst(state.first)
        state.first = 0
    }

    /// Of what came several times, the last counts.
    private static func forgetGone(in state: inout State) {
        var seen: Set<CacheKey> = []
        var kept: [(part: CacheKey, key: CacheKey)] = []
        for entry in state.order[state.first...].reversed()
        where state.parts[entry.part]?.places[entry.key] != nil && seen.insert(entry.key).inserted {
            kept.append(entry)
        }
        state.order = kept.reversed()
        state.first = 0
    }

    private static func remove(_ key: CacheKey, from partition: CacheKey, in state: inout State) {
        guard var part = state.parts.removeValue(forKey: partition) else { return }
        if let place = part.places.removeValue(forKey: key) {
            part.vectors.remove(at: place)
            let last = part.questions.count - 1
            if place != last {
                part.questions[place] = part.questions[last]
                part.places[part.questions[place].key] = place
            }
            part.questions.removeLast()
            state.count -= 1
        }
        if !part.questions.isEmpty { state.parts[partition] = part }
    }
}
