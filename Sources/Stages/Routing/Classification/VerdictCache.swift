import GatewayTypes

/// Verdicts of models about texts, by the texts' hash: bounded, and each for a limited time.
///
/// Two generations: what is asked for again moves to the young one; the old one goes when the young one is full.
struct VerdictCache: Sendable {
    struct Key: Hashable, Sendable {
        private let high: Int
        private let low: Int

        /// Seeded anew in every process, so that nobody can make texts meet.
        init(_ text: String) {
            var first = Hasher()
            first.combine(text)
            var second = Hasher()
            second.combine(1)
            second.combine(text)
            high = first.finalize()
            low = second.finalize()
        }
    }

    struct Verdict: Sendable, Equatable {
        let decided: ConfiguredName
        let confidence: Double
        let reason: String
    }

    private struct Entry: Sendable {
        let verdict: Verdict
        let until: Moment
    }

    private let generationMax: Int
    private let seconds: Double
    private var young: [Key: Entry] = [:]
    private var old: [Key: Entry] = [:]

    /// `entriesMax` 0: it keeps nothing.
    init(entriesMax: Int, seconds: Double) {
        generationMax = entriesMax / 2
        self.seconds = seconds
    }

    var count: Int { young.count + old.count }

    mutating func verdict(for key: Key, now: Moment) -> Verdict? {
        if let entry = young[key] { return now < entry.until ? entry.verdict : nil }
        guard let entry = old.removeValue(forKey: key), now < entry.until else { return nil }
        insert(entry, for: key)
        return entry.verdict
    }

    mutating func keep(_ verdict: Verdict, for key: Key, now: Moment) {
        old[key] = nil
        insert(Entry(verdict: verdict, until: now.advanced(bySeconds: seconds)), for: key)
    }

    private mutating func insert(_ entry: Entry, for key: Key) {
        guard generationMax > 0 else { return }
        if young.count >= generationMax {
            old = young
            young = [:]
        }
        young[key] = entry
    }
}
