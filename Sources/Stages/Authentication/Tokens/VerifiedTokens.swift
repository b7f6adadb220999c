import GatewayTypes
import Synchronization

/// Remembers tokens that were found valid, by their SHA-256, so that one that comes again costs no signature's check.
///
/// Bounded by two generations: when the young one is full it becomes the old one, whose entries are gone unless they are
/// asked for. Nothing is told of a token that is not known, and none is kept as text.
final class VerifiedTokens: Sendable {
    struct Entry: Sendable {
        let caller: Caller
        let expires: WallTime
        /// Position of its issuer, and which set of its keys the token was verified with.
        let issuer: Int
        let set: Int
    }

    private struct Generations {
        var young: [[UInt8]: Entry] = [:]
        var old: [[UInt8]: Entry] = [:]
    }

    private final class Shard: Sendable {
        let content = Mutex(Generations())
    }

    private let shards: [Shard]
    private let countMax: Int

    /// `countMax`: tokens at most, both generations together.
    init(countMax: Int = 20_000) {
        shards = (0..<8).map { _ in Shard() }
        self.countMax = max(1, countMax / 16)
    }

    subscript(digest: [UInt8]) -> Entry? {
        shard(digest).content.withLock { content in
            if let entry = content.young[digest] { return entry }
            guard let entry = content.old.removeValue(forKey: digest) else { return nil }
            Self.keep(entry, digest, in: &content, countMax)
            return entry
        }
    }

    func keep(_ entry: Entry, _ digest: [UInt8]) {
        shard(digest).content.withLock { Self.keep(entry, digest, in: &$0, countMax) }
    }

    func forget(_ digest: [UInt8]) {
        shard(digest).content.withLock { content in
            content.young[digest] = nil
            content.old[digest] = nil
        }
    }

    var count: Int { shards.reduce(0) { $0 + $1.content.withLock { $0.young.count + $0.old.count } } }

    private static func keep(_ entry: Entry, _ digest: [UInt8], in content: inout Generations, _ countMax: Int) {
        if content.young.count >= countMax {
            content.old = content.young
            content.young = [:]
        }
        content.young[digest] = entry
    }

    private func shard(_ digest: [UInt8]) -> Shard { shards[Int(digest.first ?? 0) & 7] }
}
