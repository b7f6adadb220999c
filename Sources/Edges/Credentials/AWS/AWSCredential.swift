public import GatewayTypes
public import NIOCore
import Synchronization

/// Signs requests to AWS. The keys are those given, else what the environment, the container or the machine has.
public final class AWSCredential: Credential {
    private let region: String
    private let service: String
    private let keySource: AWSKeySource
    private let temporary = ExpiringSecret<AWSKeys>()
    /// The metadata service's endpoint for the role that was asked for last: endpoints are numbered once.
    private let roleEndpoint = Mutex<Endpoint?>(nil)

    /// - Parameters:
    ///   - keys: static keys; nil: from `environment`, else from the container's or the machine's metadata.
    ///   - environment: the process's environment variables.
    ///   - readFile: the bytes of a small file, nil where it cannot be read; for a container's token.
    ///   - nextEndpointID: a fresh `Endpoint.id`; called when the credential is made, and once for an instance's role.
    /// Throws where the environment's settings contradict themselves or would send a token over the open network.
    public init(
        region: String, service: String = "bedrock", keys: AWSKeys?, environment: [String: String],
        fetcher: any HTTPFetcher, nextEndpointID: @escaping @Sendable () -> Int,
        readFile: @escaping @Sendable (String) -> [UInt8]?, clock: ServiceClock = .system
    ) throws(CredentialProblem) {
        self.region = region
        self.service = service
        let source = SecretSource(fetcher: fetcher, nextEndpointID: nextEndpointID, clock: clock)
        keySource = try AWSKeySource(keys: keys, environment: environment, source: source, readFile: readFile)
    }

    public func fields(
        method: Method, url: String, fields: [ReplyField], body: ByteBuffer, at time: WallTime
    ) async throws(Failure) -> [ReplyField] {
        let signature = SignatureV4(keys: try await keys(at: time), region: region, service: service)
        guard let proof = signature.fields(method: method, url: url, fields: fields, body: body, at: time) else {
            throw Failure(.internalError, "A request to AWS has no http or https URL.")
        }
        return proof
    }

    private func keys(at time: WallTime) async throws(Failure) -> AWSKeys {
        switch keySource {
        case .fixed(let keys): return keys
        case .none(let sentence): throw SecretSource.failure(sentence)
        case .container(let container):
            return try await temporary.value(at: time) { () async throws(Failure) in
                let fetched = try await container.fetch()
                return .init(value: fetched.keys, expiresAt: fetched.expiresAt)
            }
        case .instance(let instance):
            return try await temporary.value(at: time) { () async throws(Failure) in
                let known = self.roleEndpoint.withLock { $0 }
                let (fetched, endpoint) = try await instance.fetch(known: known)
                self.roleEndpoint.withLock { $0 = endpoint }
                return .init(value: fetched.keys, expiresAt: fetched.expiresAt)
            }
        }
    }
}
