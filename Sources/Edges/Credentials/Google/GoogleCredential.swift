import FoundationEssentials
public import GatewayTypes
public import NIOCore

/// An OAuth 2 access token of Google Cloud: of a service account, or of the account that the machine runs as.
public final class GoogleCredential: Credential {
    /// Where Google's machines and clusters ask for their tokens.
    public static let metadataService = "http://metadata.google.internal"
    private static let metadataPath = "/computeMetadata/v1/instance/service-accounts/default/token"

    private enum Origin: Sendable {
        case account(GoogleServiceAccount)
        case metadata
    }

    private struct Wire: Decodable {
        let access_token: String
        let expires_in: Int64
    }

    private let origin: Origin
    private let source: SecretSource
    private let endpoint: Endpoint
    private let token = ExpiringSecret<HiddenText>()

    /// With the key file of a service account, as Google gives it out. Throws where it is none.
    public init(
        serviceAccountJSON json: String, fetcher: any HTTPFetcher, nextEndpointID: @escaping @Sendable () -> Int,
        clock: ServiceClock = .system
    ) throws(CredentialProblem) {
        let account = try GoogleServiceAccount(json: json)
        origin = .account(account)
        source = SecretSource(fetcher: fetcher, nextEndpointID: nextEndpointID, clock: clock)
        endpoint = try source.endpoint(
            .post, account.tokenURL, fields: [ReplyField("content-type", "application/x-www-form-urlencoded")],
            connectSeconds: 5)
    }

    /// With the machine's own account. `metadataURL`: the metadata service, without a path.
    public init(
        metadataURL: String = GoogleCredential.metadataService, fetcher: any HTTPFetcher,
        nextEndpointID: @escaping @Sendable () -> Int, clock: ServiceClock = .system
    ) throws(CredentialProblem) {
        origin = .metadata
        source = SecretSource(fetcher: fetcher, nextEndpointID: nextEndpointID, clock: clock)
        endpoint = try source.endpoint(
            .get, metadataURL + Self.metadataPath, fields: [ReplyField("metadata-flavor", "Google")])
    }

    public func fields(
        method: Method, url: String, fields: [ReplyField], body: ByteBuffer, at time: WallTime
    ) async throws(Failure) -> [ReplyField] {
        let token = try await token.value(at: time) { () async throws(Failure) in try await self.fetch(at: time) }
        return [ReplyField("authorization", "Bearer \(token.exposed)")]
    }

    private func fetch(at time: WallTime) async throws(Failure) -> ExpiringSecret<HiddenText>.Held {
        let what: String
        let form: String
        switch origin {
        case .account(let account):
            what = "Google's token service"
            form = try account.form(at: time)
        case .metadata:
            what = "Google's metadata service"
            form = ""
        }
        let reply = try await source.fetch(what, endpoint, body: ByteBuffer(string: form))
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(reply.readableBytesView)),
            !wire.access_token.isEmpty, wire.access_token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            (1...86_400).contains(wire.expires_in)
        else { throw SecretSource.failure("\(what) answered without an access token.") }
        return .init(
            value: HiddenText(wire.access_token),
            expiresAt: time.advanced(byNanoseconds: wire.expires_in * 1_000_000_000))
    }
}
