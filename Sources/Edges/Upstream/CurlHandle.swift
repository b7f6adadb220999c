import CCurl
import GatewayTypes
import Glibc
import NIOCore

/// One easy handle of libcurl's with an endpoint's options set. Confined to the loop; used by one exchange at a time.
final class CurlHandle {
    let easy: UnsafeMutableRawPointer
    /// The exchange that it works for; nil while idle.
    private(set) var exchange: CurlExchange?
    private var chain = FieldChain()
    /// libcurl writes why a transfer failed in here.
    private let errorText: UnsafeMutablePointer<CChar>
    /// Keeps the body's bytes where libcurl was told they are.
    private var bodyStorage: Unmanaged<AnyObject>?
    /// Whether no connection serves two requests: before 8.0 libcurl loses its place on an HTTP/2 connection without TLS
    /// when it comes back to it (https://github.com/curl/curl/pull/10643).
    private let connectsAnew: Bool
    /// Whether its last transfer was for a method and a URL of the request's own.
    private var isAimed = false

    init(for prepared: PreparedEndpoint, _ settings: UpstreamSettings, sockets: CurlSockets) throws(Failure) {
        guard let easy = curl_easy_init() else { throw Failure(.internalError, "There is no memory for a request.") }
        self.easy = easy
        connectsAnew = prepared.endpoint.http2Only && !prepared.usesTLS && weir_curl_version() < 0x08_00_00
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        configure(prepared, settings)
        setCallbacks(sockets)
    }

    deinit {
        curl_easy_cleanup(easy)
        bodyStorage?.release()
        errorText.deallocate()
    }

    // MARK: One transfer

    /// Readies the handle for `request`; the handle holds what libcurl points at until `end`.
    func begin(
        _ request: UpstreamRequest, _ prepared: PreparedEndpoint, exchange: CurlExchange
    ) throws(Failure) {
        let list = try chain.build(request.fields, before: prepared.fields)
        weir_easy_set_pointer(easy, CURLOPT_HTTPHEADER, list)
        errorText[0] = 0
        aim(at: request, prepared)
        switch request.method {
        case .get, .head: break
        case .post, .put, .patch: setBody(request.body)
        case .delete, .options: if request.body.readableBytes > 0 { setBody(request.body) }
        case .other: throw Failure(.internalError, "The request names no HTTP method.")
        }
        self.exchange = exchange
    }

    /// Sets method and URL where they are the request's own, and sets the endpoint's again afterwards.
    private func aim(at request: UpstreamRequest, _ prepared: PreparedEndpoint) {
        guard isAimed || request.resource != nil else { return }
        isAimed = request.resource != nil
        weir_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, nil)
        weir_easy_set_number(easy, CURLOPT_HTTPGET, 1)
        weir_easy_set_pointer(easy, CURLOPT_CURLU, isAimed ? nil : UnsafeRawPointer(prepared.url))
        weir_easy_set_text(easy, CURLOPT_URL, isAimed ? request.url : nil)
        // As it was signed, and as the client wrote it.
        weir_easy_set_number(easy, CURLOPT_PATH_AS_IS, isAimed ? 1 : 0)
        configureMethod(request.method)
    }

    /// Makes it connect, by way of proxies and TLS, and do no more: what is said on the connection is the caller's affair.
    func setConnectOnly() {
        weir_easy_set_number(easy, CURLOPT_CONNECT_ONLY, 1)
        weir_easy_set_number(easy, CURLOPT_HTTPPROXYTUNNEL, 1)
        weir_easy_set_number(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    }

    /// The descriptor of the connection that was made; nil where there is none.
    var activeSocket: Int32? {
        var socket = CURL_SOCKET_BAD
        return weir_easy_get_socket(easy, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD ? socket : nil
    }

    /// Lets go of the exchange and of its bytes.
    func end() {
        exchange = nil
        weir_easy_set_pointer(easy, CURLOPT_HTTPHEADER, nil)
        guard let storage = bodyStorage else { return }
        weir_easy_set_pointer(easy, CURLOPT_POSTFIELDS, weir_empty_text())
        weir_easy_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, 0)
        storage.release()
        bodyStorage = nil
    }

    /// Half of libcurl's own: each open stream holds one, and the pieces of a stream are small.
    private static let receiveBytes = 8 * 1_024

    /// Whether the next transfer must open a connection of its own.
    func setFresh(_ fresh: Bool) {
        weir_easy_set_number(easy, CURLOPT_FRESH_CONNECT, fresh || connectsAnew ? 1 : 0)
    }

    /// Points libcurl at the bytes themselves: the storage is retained, and a shared `ByteBuffer` is never written to.
    private func setBody(_ body: ByteBuffer) {
        body.withUnsafeReadableBytesWithStorageManagement { bytes, storage in
            weir_easy_set_pointer(easy, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(weir_empty_text()))
            bodyStorage = storage.retain()
        }
        weir_easy_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.readableBytes))
    }

    // MARK: What libcurl knows

    /// libcurl's own words about a failure.
    func detail(of code: CURLcode) -> String {
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }

    /// Whether the request has begun to leave on a connection.
    var requestBegan: Bool { microseconds(CURLINFO_PRETRANSFER_TIME_T) > 0 }

    /// Nanoseconds from the start to the moment the request began to leave; nil before that.
    var nanosecondsToRequest: Int64? {
        let time = microseconds(CURLINFO_PRETRANSFER_TIME_T)
        return time > 0 ? time * 1000 : nil
    }

    var connectionReused: Bool {
        var connects = 0
        weir_easy_get_number(easy, CURLINFO_NUM_CONNECTS, &connects)
        return connects == 0
    }

    /// The phases so far. libcurl counts each from the transfer's start, in microseconds.
    var phases: AttemptPhases {
        let connected = microseconds(CURLINFO_CONNECT_TIME_T)
        let secured = microseconds(CURLINFO_APPCONNECT_TIME_T)
        let sent = microseconds(CURLINFO_PRETRANSFER_TIME_T)
        let first = microseconds(CURLINFO_STARTTRANSFER_TIME_T)
        var phases = AttemptPhases()
        phases.reused = sent > 0 && connectionReused
        if !phases.reused {
            let resolved = microseconds(CURLINFO_NAMELOOKUP_TIME_T)
            phases.dns = resolved * 1000
            phases.connect = max(0, connected - resolved) * 1000
            phases.tls = max(0, secured - connected) * 1000
        }
        guard first > 0 else { return phases }
        phases.wait = max(0, first - sent) * 1000
        phases.stream = max(0, microseconds(CURLINFO_TOTAL_TIME_T) - first) * 1000
        return phases
    }

    private func microseconds(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        weir_easy_get_size(easy, info, &value)
        return Int64(value)
    }

    // MARK: Options

    private func configure(_ prepared: PreparedEndpoint, _ settings: UpstreamSettings) {
        let endpoint = prepared.endpoint
        weir_easy_set_pointer(easy, CURLOPT_CURLU, UnsafeRawPointer(prepared.url))
        weir_easy_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        weir_easy_set_number(easy, CURLOPT_NOSIGNAL, 1)
        weir_easy_set_number(easy, CURLOPT_TCP_NODELAY, 1)
        weir_easy_set_number(easy, CURLOPT_BUFFERSIZE, Self.receiveBytes)
        weir_easy_set_number(easy, CURLOPT_FOLLOWLOCATION, 0)
        weir_easy_set_number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        weir_easy_set_number(easy, CURLOPT_MAXAGE_CONN, settings.idleConnectionSeconds)
        weir_easy_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(endpoint.timeouts.connectSeconds * 1000)))
        weir_easy_set_text(easy, CURLOPT_USERAGENT, settings.userAgent)
        // Every coding that libcurl knows is decoded; what is asked for, the endpoint's fields say.
        weir_easy_set_text(easy, CURLOPT_ACCEPT_ENCODING, "")
        weir_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        weir_easy_set_number(easy, CURLOPT_HTTP_VERSION, Self.version(for: prepared))
        // New requests wait for a connection that is being made rather than make one each.
        weir_easy_set_number(easy, CURLOPT_PIPEWAIT, endpoint.http2 && !connectsAnew ? 1 : 0)
        if connectsAnew {
            setFresh(true)
            weir_easy_set_number(easy, CURLOPT_FORBID_REUSE, 1)
        }
        weir_easy_set_text(
            easy, CURLOPT_PROXY, (prepared.usesTLS ? settings.proxies.https : settings.proxies.http) ?? "")
        weir_easy_set_text(easy, CURLOPT_NOPROXY, settings.proxies.except ?? "")
        configureAuthorities(endpoint.caFile ?? settings.caFile)
        if let certificate = endpoint.clientCertificate {
            weir_easy_set_text(easy, CURLOPT_SSLCERT, certificate.file)
            weir_easy_set_text(easy, CURLOPT_SSLKEY, certificate.keyFile ?? certificate.file)
        }
        configureMethod(endpoint.method)
    }

    /// With TLS both sides agree on it in the handshake.
    private static func version(for prepared: PreparedEndpoint) -> Int {
        if prepared.endpoint.http2Only && !prepared.usesTLS { return Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE) }
        return Int(prepared.endpoint.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
    }

    /// libcurl keeps a parsed file of certificates for all connections, which saves about 20 ms each, but only where no
    /// directory is named beside it; so the directory goes where there is a file.
    private func configureAuthorities(_ file: String?) {
        guard file != nil || Self.hasSystemBundle else { return }
        weir_easy_set_text(easy, CURLOPT_CAPATH, nil)
        if let file { weir_easy_set_text(easy, CURLOPT_CAINFO, file) }
    }

    /// Whether the file of the system's authorities that libcurl was built with is there.
    private static let hasSystemBundle: Bool = {
        guard let file = weir_authorities_file() else { return false }
        return access(file, R_OK) == 0
    }()

    private func configureMethod(_ method: Method) {
        switch method {
        case .get: weir_easy_set_number(easy, CURLOPT_HTTPGET, 1)
        case .head: weir_easy_set_number(easy, CURLOPT_NOBODY, 1)
        case .post: weir_easy_set_number(easy, CURLOPT_POST, 1)
        case .put, .patch, .delete, .options: weir_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, method.rawValue)
        case .other: break
        }
    }

    /// The callbacks find this handle by an unretained pointer: libcurl calls them only while the easy handle lives,
    /// which this object owns.
    private func setCallbacks(_ sockets: CurlSockets) {
        let context = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        weir_easy_set_pointer(easy, CURLOPT_PRIVATE, context)
        weir_easy_set_pointer(easy, CURLOPT_WRITEDATA, context)
        weir_easy_set_pointer(easy, CURLOPT_HEADERDATA, context)
        weir_easy_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let exchange = CurlHandle.exchange(of: context) else { return 0 }
            return exchange.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        weir_easy_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let exchange = CurlHandle.exchange(of: context) else { return 0 }
            return exchange.takeHeadLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        sockets.own(easy)
    }

    static func of(_ easy: UnsafeMutableRawPointer?) -> CurlHandle? {
        var context: UnsafeMutableRawPointer?
        weir_easy_get_pointer(easy, CURLINFO_PRIVATE, &context)
        return context.map { Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func exchange(of context: UnsafeMutableRawPointer?) -> CurlExchange? {
        context.flatMap { Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue().exchange }
    }
}
