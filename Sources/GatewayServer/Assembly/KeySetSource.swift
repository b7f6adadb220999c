import Authentication
import Crypto
import GatewayTypes
import NIOCore
import Synchronization

/// Where the keys of an issuer come from: two sources that are equal have the same keys.
struct KeySetSource: Hashable {
    enum Place: Hashable {
        case url(String)
        /// By the issuer's discovery document.
        case discovery(issuer: String)
        case file(String)
    }

    let name: String
    let place: Place
    let caFile: String?
    let algorithms: [TokenAlgorithm]
    let refreshSeconds: Double
    let staleSeconds: Double

    init(_ jwt: Configuration.JWT) {
        name = jwt.name
        if let file = jwt.keysFile {
            place = .file(file)
        } else if let url = jwt.keysURL {
            place = .url(url.text)
        } else {
            place = .discovery(issuer: jwt.issuer)
        }
        caFile = jwt.caFile
        algorithms = jwt.algorithms
        refreshSeconds = jwt.refreshSeconds
        staleSeconds = jwt.staleSeconds
    }

    func issuer(fetcher: any HTTPFetcher) -> TokenIssuer {
        var times = TokenIssuer.Times()
        times.refreshSeconds = refreshSeconds
        times.staleSeconds = staleSeconds
        let reader = KeySetReader(source: self, fetcher: fetcher)
        return TokenIssuer(name: name, times: times) { () async throws(TokenIssuer.Trouble) in try await reader.read() }
    }
}

/// Reads an issuer's keys: small replies, each bounded, over connections of the engine that all requests use.
final class KeySetReader: Sendable {
    /// Seconds for one request.
    private static let secondsMax = 5.0

    private let source: KeySetSource
    private let fetcher: any HTTPFetcher
    /// Those made so far, by their URL.
    private let endpoints = Mutex<[String: Endpoint]>([:])

    init(source: KeySetSource, fetcher: any HTTPFetcher) {
        self.source = source
        self.fetcher = fetcher
    }

    func read() async throws(TokenIssuer.Trouble) -> TokenKeySet {
        switch source.place {
        case .file(let path): return try Self.set(Self.file(path), source.algorithms, "the file \(path)")
        case .url(let url): return try await keys(at: url)
        case .discovery(let issuer):
            let url = DiscoveryDocument.url(of: issuer)
            let json = try await fetch(url)
            let document: DiscoveryDocument
            do throws(DiscoveryDocument.Fault) {
                document = try DiscoveryDocument(json: json, issuer: issuer)
            } catch {
                throw TokenIssuer.Trouble("\(url) \(error)")
            }
            guard document.keysURL.hasPrefix("https://") || issuer.hasPrefix("http://") else {
                throw TokenIssuer.Trouble("the jwks_uri of \(url) is no https URL")
            }
            return try await keys(at: document.keysURL)
        }
    }

    private func keys(at url: String) async throws(TokenIssuer.Trouble) -> TokenKeySet {
        try Self.set(try await fetch(url), source.algorithms, url)
    }

    /// A key set of its JSON; `what` names it in the operator's sentence.
    static func set(
        _ json: [UInt8], _ algorithms: [TokenAlgorithm], _ what: String
    ) throws(TokenIssuer.Trouble) -> TokenKeySet {
        do throws(TokenKeySet.Fault) {
            return try TokenKeySet(json: json, algorithms: algorithms, check: check)
        } catch {
            throw TokenIssuer.Trouble("\(what) \(error)")
        }
    }

    static func file(_ path: String) throws(TokenIssuer.Trouble) -> [UInt8] {
        do throws(BoundedFile.Fault) {
            return try BoundedFile.read(path, bytesMax: TokenKeySet.bytesMax)
        } catch {
            switch error {
            case .unreadable(let why): throw TokenIssuer.Trouble("the file \(path) cannot be read: \(why)")
            case .tooLarge: throw TokenIssuer.Trouble("the file \(path) \(TokenKeySet.Fault.tooLarge)")
            }
        }
    }

    private static func check(_ material: TokenKeyMaterial) -> SignatureCheck? {
        let form: PublicKeyMaterial =
            switch material {
            case .rsa(let modulus, let exponent, let isPSS):
                isPSS ? .rsaPSS(modulus: modulus, exponent: exponent) : .rsa(modulus: modulus, exponent: exponent)
            case .p256(let x, let y): .p256(x: x, y: y)
            case .ed25519(let bytes): .ed25519(bytes)
            }
        guard let key = try? VerificationKey(form) else { return nil }
        return { signature, message in key.accepts(signature, of: message) }
    }

    // MARK: Requests

    private func fetch(_ url: String) async throws(TokenIssuer.Trouble) -> [UInt8] {
        let request = UpstreamRequest(
            endpoint: try endpoint(url), fields: [], body: ByteBuffer(),
            deadline: Moment.now().advanced(bySeconds: Self.secondsMax))
        let reply: (head: UpstreamHead, body: ByteBuffer)
        do throws(Failure) {
            reply = try await fetcher.fetch(request)
        } catch {
            throw TokenIssuer.Trouble("\(url) cannot be reached (\(error.reason.rawValue))")
        }
        guard reply.head.status == 200 else {
            throw TokenIssuer.Trouble("\(url) answered with status \(reply.head.status)")
        }
        return Array(reply.body.readableBytesView)
    }

    private func endpoint(_ url: String) throws(TokenIssuer.Trouble) -> Endpoint {
        // A set's URL may have a query, which other services' must not.
        guard let parts = ServiceURL(String(url.prefix { $0 != "?" })), !url.contains("#") else {
            throw TokenIssuer.Trouble("\(url.prefix(200)) is no http or https URL")
        }
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = Self.secondsMax
        timeouts.firstByteSeconds = Self.secondsMax
        timeouts.idleSeconds = Self.secondsMax
        timeouts.totalSeconds = Self.secondsMax
        return endpoints.withLock { endpoints in
            if let known = endpoints[url] { return known }
            let made = Endpoint(
                id: EndpointNumbers.next(), method: .get, url: url, serverAddress: parts.host, serverPort: parts.port,
                fields: [ReplyField("accept", "application/json")], timeouts: timeouts, http2: false,
                caFile: source.caFile)
            // An issuer that moves its keys at every look would fill the table.
            if endpoints.count >= 8 { endpoints = [:] }
            endpoints[url] = made
            return made
        }
    }
}

/// The issuers' keys, which outlive reloads that do not change where they come from.
final class TokenIssuers: Sendable {
    private let fetcher: any HTTPFetcher
    private let kept = Mutex<[KeySetSource: TokenIssuer]>([:])

    init(fetcher: any HTTPFetcher) { self.fetcher = fetcher }

    /// One for each entry, in their order. What no entry names any more is forgotten.
    func issuers(of configuration: Configuration) -> [TokenIssuer] {
        let sources = configuration.jwt.map { KeySetSource($0) }
        return kept.withLock { kept in
            let issuers = sources.map { source in kept[source] ?? source.issuer(fetcher: fetcher) }
            kept = Dictionary(zip(sources, issuers), uniquingKeysWith: { first, _ in first })
            return issuers
        }
    }
}
