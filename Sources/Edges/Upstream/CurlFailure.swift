import CCurl
import GatewayTypes

/// How a transfer stood when libcurl gave up on it.
struct TransferState {
    /// libcurl had a connection and began to send the request.
    let requestBegan: Bool
    /// The reply's head was complete.
    let headSeen: Bool
    /// libcurl's own words; they name hosts and certificates, at times bytes of the reply.
    let detail: String
}

/// What a code of libcurl's means to an exchange. Messages name the host: never the key, never the path.
enum CurlFailure {
    static func failure(for code: CURLcode, at endpoint: Endpoint, _ state: TransferState) -> Failure {
        let place = "\(endpoint.serverAddress):\(endpoint.serverPort)"
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY,
            CURLE_INTERFACE_FAILED:
            return connect(place, state)
        case CURLE_OPERATION_TIMEDOUT:
            return timeout(place, "accept a connection", seconds: endpoint.timeouts.connectSeconds)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            return Failure(
                .upstreamTLS, "No secure connection to \(place): \(state.detail).", retryable: true)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            // Broken chunks come under the same code as a broken connection.
            if state.detail.contains("chunked-encod") { return framing(place) }
            return state.requestBegan ? cut(place, state) : connect(place, state)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
            CURLE_WRITE_ERROR:
            return framing(place)
        default:
            return Failure(
                .internalError,
                "The request to \(place) could not be made: \(String(cString: curl_easy_strerror(code))).")
        }
    }

    static func framing(_ place: String) -> Failure {
        Failure(.upstreamProtocol, "\(place) sent something that is not a valid HTTP reply.", retryable: true)
    }

    static func headTooLarge(_ endpoint: Endpoint, bytesMax: Int) -> Failure {
        Failure(
            .upstreamProtocol,
            "\(endpoint.serverAddress):\(endpoint.serverPort) sent a reply head of more than \(bytesMax) bytes.",
            retryable: true)
    }

    /// `did`: what did not happen in time.
    static func timeout(_ place: String, _ did: String, seconds: Double) -> Failure {
        Failure(.upstreamTimeout, "\(place) did not \(did) within \(text(seconds)) s.", retryable: true)
    }

    private static func connect(_ place: String, _ state: TransferState) -> Failure {
        Failure(.upstreamConnect, "No connection to \(place): \(state.detail).", retryable: true)
    }

    private static func cut(_ place: String, _ state: TransferState) -> Failure {
        let when = state.headSeen ? "in the middle of its reply" : "before it replied"
        return Failure(.upstreamCut, "\(place) closed the connection \(when).", retryable: true)
    }

    /// Whole seconds without a fraction: `60`, `0.25`.
    private static func text(_ seconds: Double) -> String {
        seconds.rounded() == seconds && seconds < 1e15 ? String(Int(seconds)) : String(seconds)
    }
}
