import GatewayTypes

/// What the one who sent a token is told: enough to get a new one, nothing that helps to make one.
enum TokenReply {
    static func failure(for fault: AuthenticationFault, exchange: ExchangeID) -> Failure {
        switch fault {
        case .expired:
            refused(.unauthenticated, "The token has expired. Get a new one from its issuer.", error: "invalid_token")
        case .keysAway:
            Failure(
                .overloaded, "Tokens cannot be checked at the moment. Try again in a few seconds.",
                retryAfterSeconds: 5)
        case .noTeam:
            refused(
                .notPermitted,
                "The token is valid, but gives no access to this gateway: it names no team that is known here. Ask this "
                    + "gateway's operator, and name the exchange \(exchange).", error: "insufficient_scope")
        case .noKey, .unknownKey, .unknownCertificate, .keyExpired, .keyRevoked, .keyRotated, .keyOrphaned, .keyNetwork,
            .malformed, .tooLarge, .algorithm, .type, .critical, .unknownSigner, .signature, .issuer, .audience,
            .notYetValid, .claims:
            refused(
                .unauthenticated,
                "The token was not accepted. If it should have been, ask this gateway's operator, and name the exchange "
                    + "\(exchange).", error: "invalid_token")
        }
    }

    private static func refused(_ reason: FailureReason, _ message: String, error: String) -> Failure {
        var failure = Failure(reason, message)
        failure.fields = [ReplyField("www-authenticate", "Bearer error=\"\(error)\"")]
        return failure
    }
}
