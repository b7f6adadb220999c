import Synchronization

/// Why somebody was not let in: for the owner, in the label `reason` of `weir_authentication_failures_total` and in the
/// exchange's notes. Who was refused is told less.
public enum AuthenticationFault: String, CaseIterable, Sendable, Error {
    case noKey = "no_key"
    case unknownKey = "unknown_key"
    case unknownCertificate = "unknown_certificate"
    // What is wrong with a key that is known; see `KeyRefusal`.
    case keyExpired = "key_expired"
    case keyRevoked = "key_revoked"
    case keyRotated = "key_rotated"
    case keyOrphaned = "key_orphaned"
    case keyNetwork = "key_network"
    // What is wrong with a token.
    case malformed = "token_malformed"
    case tooLarge = "token_too_large"
    case algorithm = "token_algorithm"
    case type = "token_type"
    case critical = "token_critical"
    case unknownSigner = "token_unknown_kid"
    case signature = "token_signature"
    case issuer = "token_issuer"
    case audience = "token_audience"
    case expired = "token_expired"
    case notYetValid = "token_not_yet_valid"
    case claims = "token_claims"
    case noTeam = "token_no_team"
    /// Nothing is: the issuer's keys are not to be had.
    case keysAway = "token_keys_away"
}

/// How often somebody was not let in, and why. It outlives reloads.
public final class AuthenticationCounts: Sendable {
    private let counts = Mutex<[AuthenticationFault: UInt64]>([:])

    public init() {}

    func add(_ fault: AuthenticationFault) { counts.withLock { $0[fault, default: 0] += 1 } }

    public subscript(fault: AuthenticationFault) -> UInt64 { counts.withLock { $0[fault] ?? 0 } }
}
