import GatewayTypes
import NIOCore

/// Asks the services that give out secrets: small requests, each bounded, whose replies never show in a failure.
struct SecretSource: Sendable {
    /// Seconds for one request; the services stand nearby.
    static let secondsMax = 5.0
    /// Longer replies are none of theirs.
    static let replyBytesMax = 256 * 1024

    let fetcher: any HTTPFetcher
    let nextEndpointID: @Sendable () -> Int
    let clock: ServiceClock

    /// `connectSeconds` is short where the service may not be there at all.
    func endpoint(
        _ method: Method, _ url: String, fields: [ReplyField] = [], connectSeconds: Double = 2
    ) throws(CredentialProblem) -> Endpoint {
        guard let parts = URLParts(url) else { throw CredentialProblem("`\(url)` is no http or https URL.") }
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = connectSeconds
        timeouts.firstByteSeconds = Self.secondsMax
        timeouts.idleSeconds = Self.secondsMax
        timeouts.totalSeconds = Self.secondsMax
        return Endpoint(
            id: nextEndpointID(), method: method, url: url, serverAddress: parts.host, serverPort: parts.port,
            fields: fields, timeouts: timeouts, http2: false, caFile: nil)
    }

    /// The body of a successful reply. `what` names the service in the operator's sentence.
    func fetch(
        _ what: String, _ endpoint: Endpoint, fields: [ReplyField] = [], body: ByteBuffer = ByteBuffer()
    ) async throws(Failure) -> ByteBuffer {
        let request = UpstreamRequest(
            endpoint: endpoint, fields: fields, body: body, deadline: clock.now().advanced(bySeconds: Self.secondsMax))
        let reply: (head: UpstreamHead, body: ByteBuffer)
        do throws(Failure) {
            reply = try await fetcher.fetch(request)
        } catch {
            throw Self.failure("\(what) cannot be reached (\(error.reason.rawValue)).")
        }
        guard (200..<300).contains(reply.head.status) else {
            throw Self.failure("\(what) answered with status \(reply.head.status).")
        }
        guard reply.body.readableBytes <= Self.replyBytesMax else {
            throw Self.failure("\(what) answered with more than \(Self.replyBytesMax) bytes.")
        }
        return reply.body
    }

    /// No credential: another target may have one.
    static func failure(_ sentence: String) -> Failure {
        Failure(
            .upstreamUnauthenticated, "The gateway has no credential for the provider: \(sentence)", retryable: true)
    }
}
