public import GatewayTypes
import Synchronization

/// A provider's keys as attempts take them. Event loops share it: one lock, held for a few comparisons.
public final class KeyRing: ProviderKeyRing {
    /// A key and what tells whether it is still the same after a reload.
    public struct Member: Sendable {
        public let key: ProviderKey
        public let weight: Int
        /// A digest of the secret.
        public let identity: [UInt8]

        public init(key: ProviderKey, weight: Int, identity: [UInt8]) {
            self.key = key
            self.weight = weight
            self.identity = identity
        }
    }

    private struct Content {
        var pool: KeyPool
        var attempts: [UInt64]
        var refusals: [[KeyPool.Cause: UInt64]]
    }

    public let provider: String
    private let members: [Member]
    private let settings: KeyPool.Settings
    private let content: Mutex<Content>

    /// `old`: the ring in whose place it comes; keys that are in both keep what is known of them.
    public init(provider: String, members: [Member], settings: KeyPool.Settings, inheriting old: KeyRing? = nil) {
        self.provider = provider
        self.members = members
        self.settings = settings
        var fresh = Content(
            pool: KeyPool(weights: members.map(\.weight), settings: settings),
            attempts: members.map { _ in 0 }, refusals: members.map { _ in [:] })
        if let old {
            let known = old.content.withLock { $0 }
            for (position, member) in members.enumerated() {
                guard let same = old.members.firstIndex(where: { $0.key.name == member.key.name }) else { continue }
                fresh.attempts[position] = known.attempts[same]
                fresh.refusals[position] = known.refusals[same]
                // Another secret under the same name begins anew.
                if old.members[same].identity == member.identity {
                    fresh.pool.inherit(position, from: known.pool, same)
                }
            }
        }
        content = Mutex(fresh)
    }

    /// Whether a reload that asks for these need not make a new ring.
    public func isSame(members other: [Member], settings otherSettings: KeyPool.Settings) -> Bool {
        settings == otherSettings && members.count == other.count
            && zip(members, other).allSatisfy {
                $0.key.name == $1.key.name && $0.weight == $1.weight && $0.identity == $1.identity
            }
    }

    // MARK: ProviderKeyRing

    public func take(draw: UInt64, at now: Moment) throws(Failure) -> ProviderKey {
        let position = content.withLock { $0.pool.choose(draw: draw, at: now) }
        if let position { return members[position].key }
        let pool = content.withLock { $0.pool }
        throw Self.noneLeft(
            provider, members.indices.map { pool.cause($0, at: now) },
            seconds: max(1, Int(pool.freeAt.seconds(since: now).rounded(.up))))
    }

    public func settle(_ key: ProviderKey, _ outcome: borrowing AttemptOutcome, isOwnAPI: Bool) {
        let (began, ended) = (outcome.began, outcome.ended)
        content.withLock { $0.attempts[key.position] += 1 }
        guard let failure = outcome.failure else {
            return content.withLock { $0.pool.served(key.position, began: began) }
        }
        guard let cause = KeyPool.Cause(failure, status: outcome.status) else { return }
        if isOwnAPI, cause == .refused || cause == .forbidden { return }
        content.withLock { content in
            content.refusals[key.position][cause, default: 0] += 1
            content.pool.refused(
                key.position, cause, asked: failure.retryAfterSeconds.map(Double.init), began: began, at: ended)
        }
    }

    public func replaces(_ key: ProviderKey, at now: Moment) -> Bool {
        content.withLock { content in
            !content.pool.isUsable(key.position, at: now)
                && members.indices.contains { content.pool.isUsable($0, at: now) }
        }
    }

    public func isUsable(at now: Moment) -> Bool { content.withLock { $0.pool.freeAt <= now } }

    private static func noneLeft(_ provider: String, _ causes: [KeyPool.Cause?], seconds: Int) -> Failure {
        if causes.contains(.rateLimited) || causes.contains(.quota) {
            return Failure(
                .upstreamRateLimited, "All keys that this gateway has at \(provider) are over their limits.",
                retryable: true, retryAfterSeconds: seconds)
        }
        var failure = Failure(
            .upstreamUnauthenticated,
            "\(provider) refuses the keys that this gateway has; its operator must renew them.", retryable: true,
            retryAfterSeconds: seconds)
        failure.rejectedStatus = FailureReason.overloaded.status
        return failure
    }

    // MARK: Figures

    public struct Reading: Sendable {
        public let key: String
        /// Why it is left alone now; nil: it is not.
        public let cause: KeyPool.Cause?
        public let attempts: UInt64
        public let refusals: [KeyPool.Cause: UInt64]
    }

    public func readings(at now: Moment) -> [Reading] {
        let content = content.withLock { $0 }
        return members.indices.map { position in
            Reading(
                key: members[position].key.name, cause: content.pool.cause(position, at: now),
                attempts: content.attempts[position], refusals: content.refusals[position])
        }
    }
}

extension KeyPool.Cause {
    /// Nil: the failure has nothing to do with the key.
    init?(_ failure: Failure, status: Int) {
        switch failure.reason {
        case .upstreamUnauthenticated: self = status == 403 || status == 0 ? .forbidden : .refused
        case .upstreamRateLimited: self = .rateLimited
        case .upstreamQuota: self = .quota
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
            .notFound, .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .overloaded,
            .draining, .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError, .blocked,
            .upstreamConnect,
            .upstreamTLS, .upstreamTimeout, .upstreamCut, .upstreamProtocol, .upstreamRejected, .upstreamError:
            return nil
        }
    }
}
