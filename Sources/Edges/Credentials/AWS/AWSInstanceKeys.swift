import GatewayTypes
import NIOCore

/// Keys of the role that an EC2 instance has, from its metadata service, version 2.
struct AWSInstanceKeys: Sendable {
    static let service = "http://169.254.169.254"
    private static let what = "the instance's metadata service"
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"
    /// Seconds that a session may last: the most that there may be.
    private static let sessionSeconds = "21600"

    private let source: SecretSource
    private let sessionEndpoint: Endpoint
    private let roleEndpoint: Endpoint
    private let base: String

    init(base: String, source: SecretSource) throws(CredentialProblem) {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.base = base
        self.source = source
        sessionEndpoint = try source.endpoint(
            .put, base + "/latest/api/token",
            fields: [ReplyField("x-aws-ec2-metadata-token-ttl-seconds", Self.sessionSeconds)], connectSeconds: 1)
        roleEndpoint = try source.endpoint(.get, base + Self.rolePath, connectSeconds: 1)
    }

    /// `known`: the endpoint of the role that was asked for last, to be used again.
    func fetch(known: Endpoint?) async throws(Failure) -> (keys: AWSTemporaryKeys, endpoint: Endpoint) {
        let session = try await text(sessionEndpoint, fields: [])
        let fields = [ReplyField("x-aws-ec2-metadata-token", session)]
        let role = try await text(roleEndpoint, fields: fields)
        let url = base + Self.rolePath + PercentEncoding.encode(role)
        let endpoint: Endpoint
        if let known, known.url == url { endpoint = known } else { endpoint = try roleEndpoint(url) }
        let reply = try await source.fetch(Self.what, endpoint, fields: fields)
        guard let keys = AWSTemporaryKeys(reply) else {
            throw SecretSource.failure("\(Self.what) answered without keys for the instance's role.")
        }
        return (keys, endpoint)
    }

    private func roleEndpoint(_ url: String) throws(Failure) -> Endpoint {
        do throws(CredentialProblem) {
            return try source.endpoint(.get, url, connectSeconds: 1)
        } catch {
            throw SecretSource.failure(error.message)
        }
    }

    /// The first line of a reply, which must have one.
    private func text(_ endpoint: Endpoint, fields: [ReplyField]) async throws(Failure) -> String {
        let reply = try await source.fetch(Self.what, endpoint, fields: fields)
        let line = String(buffer: reply).prefix { !$0.isNewline }
        guard !line.isEmpty, line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw SecretSource.failure("\(Self.what) named no role; does the instance have one?")
        }
        return String(line)
    }
}
