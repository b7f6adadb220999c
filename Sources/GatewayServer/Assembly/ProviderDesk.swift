import Credentials
import Dialects
import GatewayTypes
import Routing
import Synchronization

/// One provider as the configuration describes it, ready for targets: its dialects, its proof of who asks, its endpoints.
struct ProviderDesk {
    /// What credentials need from the outside.
    struct Ground: Sendable {
        let fetcher: any HTTPFetcher
        let environment: [String: String]
        /// Several keys of one provider.
        let rings = KeyRings()
    }

    let provider: Configuration.Provider
    /// The provider's signs of life; nil where nobody asks.
    let vitals: Vitals?
    private let credential: (any Credential)?
    /// Nil where the provider has one key, or none.
    let ring: KeyRing?

    /// `isWatched`: whether its signs of life are noted.
    init(_ provider: Configuration.Provider, on ground: Ground, isWatched: Bool) throws(StartupFailure) {
        self.provider = provider
        vitals = isWatched ? Vitals() : nil
        do {
            credential = try Self.credential(aws: provider.aws, google: provider.google, ground)
            ring = try ground.rings.ring(for: provider, on: ground)
        } catch {
            throw StartupFailure("The provider \(provider.name): \(error.description)")
        }
    }

    /// By surface: how one of its models is reached. The client's bytes pass where the provider serves the surface itself;
    /// else it is translated where that can be.
    func ways(model: String, omitting omits: [String]) -> [Way?] {
        let dialects = dialects(omitting: omits)
        return Surface.allCases.map { surface in
            if surface == .providerAPI { return door }
            for dialect in dialects {
                if let way = way(dialect, isTranslated: false, { dialect.path(for: surface, model: model, stream: $0) })
                {
                    return way
                }
            }
            guard let operation = surface.operation, operation.isTranslatable, let dialect = dialects.first else {
                return nil
            }
            return way(dialect, isTranslated: true) {
                dialect.path(translating: operation, model: model, stream: $0)
            }
        }
    }

    /// The way to its own API, for models that no target names.
    var doorWays: [Way?] { Surface.allCases.map { $0 == .providerAPI ? door : nil } }

    /// The path of its base URL, without a slash at its end.
    var basePath: String {
        let url = provider.baseURL.text
        guard let mark = url.firstRange(of: "://"), let slash = url[mark.upperBound...].firstIndex(of: "/") else {
            return ""
        }
        return String(url[slash...])
    }

    private var door: Way {
        let endpoint = endpoint("")
        return Way(
            dialect: ProviderAPIDialect(dialect), isTranslated: false, endpoint: endpoint, streamEndpoint: endpoint)
    }

    private func way(_ dialect: any ProviderDialect, isTranslated: Bool, _ path: (Bool) -> String?) -> Way? {
        guard let plain = path(false), let streamed = path(true) else { return nil }
        let whole = endpoint(plain)
        return Way(
            dialect: dialect, isTranslated: isTranslated, endpoint: whole,
            streamEndpoint: streamed == plain ? whole : endpoint(streamed))
    }

    // MARK: Dialects

    /// The first one is spoken to clients of other dialects.
    private func dialects(omitting omits: [String]) -> [any ProviderDialect] {
        var dialects = [dialect]
        if provider.dialect == .openai, provider.hosting == .native, provider.servesResponses {
            dialects.append(ResponsesProvider())
        }
        let omits = provider.omit + omits
        return omits.isEmpty ? dialects : dialects.map { OmittingDialect(inner: $0, omits: omits) }
    }

    private var dialect: any ProviderDialect {
        switch provider.dialect {
        case .openai:
            OpenAIProvider(
                variant: OpenAIVariant(providerKind: provider.kind),
                azureVersion: provider.hosting == .azure ? provider.apiVersion : nil)
        case .responses: ResponsesProvider()
        case .anthropic: AnthropicProvider(hosting: provider.hosting == .vertex ? .vertex : .anthropic)
        case .gemini: GeminiProvider(hosting: provider.hosting == .vertex ? .vertex : .studio)
        case .bedrock: BedrockProvider()
        case .cohere: CohereProvider()
        }
    }

    // MARK: Endpoints

    private func endpoint(_ path: String) -> Endpoint {
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = provider.timeouts.connectSeconds
        timeouts.firstByteSeconds = provider.timeouts.firstByteSeconds
        timeouts.firstTokenSeconds = provider.timeouts.firstTokenSeconds
        timeouts.idleSeconds = provider.timeouts.idleSeconds
        timeouts.totalSeconds = provider.timeouts.totalSeconds
        return Endpoint(
            id: EndpointNumbers.next(), method: .post, url: provider.baseURL.text + path,
            serverAddress: provider.baseURL.host, serverPort: provider.baseURL.port, fields: fields(key: true),
            timeouts: timeouts, http2: provider.http2, caFile: provider.caFile, credential: credential,
            secrets: secrets,
            vitals: vitals)
    }

    /// Where it is asked whether it is there: its base URL, to which it owes no more than an answer. No key goes there.
    func question(seconds: Double) -> Endpoint {
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = seconds
        timeouts.firstByteSeconds = seconds
        timeouts.totalSeconds = seconds
        return Endpoint(
            id: EndpointNumbers.next(), method: .get, url: provider.baseURL.text,
            serverAddress: provider.baseURL.host, serverPort: provider.baseURL.port, fields: [], timeouts: timeouts,
            http2: provider.http2, caFile: provider.caFile)
    }

    /// Where it is checked.
    func checkpoint(_ check: Configuration.HealthCheck) -> Endpoint {
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = check.timeoutSeconds
        timeouts.firstByteSeconds = check.timeoutSeconds
        timeouts.totalSeconds = check.timeoutSeconds
        return Endpoint(
            id: EndpointNumbers.next(), method: check.method.method, url: provider.baseURL.text + check.path,
            serverAddress: provider.baseURL.host, serverPort: provider.baseURL.port,
            fields: fields(key: check.sendsKey),
            timeouts: timeouts, http2: provider.http2, caFile: provider.caFile,
            credential: check.sendsKey ? credential : nil)
    }

    /// The fields of every request, the key among them where it is to be sent.
    private func fields(key isSent: Bool) -> [ReplyField] {
        var fields = provider.headers.compactMap { header in
            header.value.exposed.map { ReplyField(header.name, $0) }
        }
        if isSent, let key = provider.key?.exposed { fields.append(Self.field(provider.keyField, key)) }
        return fields
    }

    private var secrets: [String] {
        let headers = provider.headers.filter { $0.value.source != .literal }
        return (headers.map(\.value) + [provider.key].compactMap { $0 }).compactMap(\.exposed)
    }

    static func field(_ keyField: Configuration.KeyField, _ key: String) -> ReplyField {
        switch keyField {
        case .bearer: ReplyField("authorization", "Bearer " + key)
        case .apiKey, .xAPIKey, .googleAPIKey: ReplyField(keyField.rawValue, key)
        }
    }

    // MARK: Credentials

    static func credential(
        aws: Configuration.AWSAccess?, google: Configuration.GoogleAccess?, _ ground: Ground
    ) throws(CredentialProblem) -> (any Credential)? {
        if let aws {
            return try AWSCredential(
                region: aws.region, keys: keys(aws), environment: ground.environment, fetcher: ground.fetcher,
                nextEndpointID: { EndpointNumbers.next() }, readFile: { Self.smallFile($0) })
        }
        guard let google else { return nil }
        guard let account = google.serviceAccount?.exposed else {
            return try GoogleCredential(fetcher: ground.fetcher, nextEndpointID: { EndpointNumbers.next() })
        }
        return try GoogleCredential(
            serviceAccountJSON: account, fetcher: ground.fetcher, nextEndpointID: { EndpointNumbers.next() })
    }

    private static func keys(_ aws: Configuration.AWSAccess) -> AWSKeys? {
        guard let id = aws.accessKeyID?.exposed, let secret = aws.secretAccessKey?.exposed else { return nil }
        return AWSKeys(accessKeyID: id, secretAccessKey: secret, sessionToken: aws.sessionToken?.exposed)
    }

    private static func smallFile(_ path: String) -> [UInt8]? {
        do throws(BoundedFile.Fault) { return try BoundedFile.read(path, bytesMax: 1 << 16) } catch { return nil }
    }
}

/// Dense, process-wide numbers of endpoints.
enum EndpointNumbers {
    private static let last = Atomic<Int>(-1)
    static func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
