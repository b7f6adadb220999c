import CCurl
import GatewayTypes

/// What an engine keeps for one endpoint: its URL parsed, its fields listed, its idle handles. Confined to the loop.
final class PreparedEndpoint {
    let endpoint: Endpoint
    let url: OpaquePointer
    let fields: UnsafeMutablePointer<curl_slist>?
    let usesTLS: Bool
    /// Handles that carry this endpoint's options already.
    var idle: [CurlHandle] = []

    init(_ endpoint: Endpoint) throws(Failure) {
        guard let url = curl_url() else { throw Failure(.internalError, "There is no memory for a URL.") }
        guard curl_url_set(url, CURLUPART_URL, endpoint.url, 0) == CURLUE_OK else {
            curl_url_cleanup(url)
            throw Failure(.internalError, "The URL of the upstream at \(endpoint.serverAddress) cannot be read.")
        }
        let scheme = endpoint.url.prefix(6).lowercased()
        guard scheme == "https:" || scheme.hasPrefix("http:") else {
            curl_url_cleanup(url)
            throw Failure(.internalError, "The URL of the upstream at \(endpoint.serverAddress) is not http or https.")
        }
        do throws(Failure) {
            fields = try Self.list(endpoint.fields)
        } catch {
            curl_url_cleanup(url)
            throw error
        }
        self.endpoint = endpoint
        self.url = url
        usesTLS = scheme == "https:"
    }

    deinit {
        curl_slist_free_all(fields)
        curl_url_cleanup(url)
    }

    /// The endpoint's own fields, then those that switch libcurl's habits off: waiting for `100 Continue` and calling
    /// a body without a type a form. `identity` asks for bytes as they are; what comes compressed all the same is
    /// decoded (CURLOPT_ACCEPT_ENCODING of the handle).
    private static func list(_ fields: [ReplyField]) throws(Failure) -> UnsafeMutablePointer<curl_slist>? {
        var chain = FieldChain()
        var list: UnsafeMutablePointer<curl_slist>?
        var next = try chain.build(fields, before: nil)
        while let node = next {
            list = curl_slist_append(list, node.pointee.data)
            next = node.pointee.next
        }
        for text in ["Accept-Encoding: identity", "Expect:", "Content-Type:"] { list = curl_slist_append(list, text) }
        return list
    }
}
