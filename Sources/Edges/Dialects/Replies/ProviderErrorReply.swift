import GatewayTypes
import JSON
import NIOCore

/// An error reply as it came.
struct ProviderErrorReply {
    /// Longer ones are neither read nor passed on.
    static let bodyBytesMax = 64 * 1024
    /// Characters of the provider's own sentence that are passed on.
    static let messageCharactersMax = 500

    let status: Int
    let head: UpstreamHead
    let body: ByteBuffer

    /// The body as JSON; nil where it is too long, or none.
    var document: JSONValue? { Self.document(in: body) }

    /// The same of an error that stands inside a reply.
    static func document(in body: ByteBuffer) -> JSONValue? {
        guard body.readableBytes <= bodyBytesMax else { return nil }
        do throws(JSONProblem) { return try JSONDocument(body).root } catch { return nil }
    }

    /// The failure that it is, with what the provider `said`, and with its bytes where they may be `shown`.
    func failure(_ kind: ProviderErrorKind, said: String?, shown: Bool, now: WallTime) -> Failure {
        var failure = Failure(
            kind.reason, kind.sentence(status: status), retryable: kind.isRetryable,
            retryAfterSeconds: RetryAfter.seconds(head, now: now))
        // What a provider says of a refused key is about Weir's key, and may quote a part of it.
        guard failure.reason != .upstreamUnauthenticated || status == 403 else { return failure }
        failure.upstreamMessage = said
        if shown { failure.upstreamReply = passed }
        return failure
    }

    /// Its bytes as the client may get them.
    var passed: UpstreamErrorReply {
        UpstreamErrorReply(status: status, contentType: head["content-type"] ?? "application/json", body: body)
    }
}
