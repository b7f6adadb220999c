import Glibc

/// The proxies that requests leave through, by the variables that curl and most other programs read.
public struct ProxySettings: Sendable {
    /// For `https` URLs, by `CONNECT`.
    public var https: String?
    /// For `http` URLs.
    public var http: String?
    /// Hosts that are reached directly: names, domains, addresses or `*`, separated by commas.
    public var except: String?

    /// No proxy.
    public init() {}

    /// `http_proxy` counts in lower case only: a CGI server would set `HTTP_PROXY` from a client's `Proxy` field.
    public init(variables: [String: String]) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
        }
        https = value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        http = value("http_proxy", "all_proxy", "ALL_PROXY")
        except = value("no_proxy", "NO_PROXY")
    }

    /// The process's environment, read once: libcurl itself would read it at every request.
    public static func environment() -> ProxySettings {
        var variables: [String: String] = [:]
        let names = [
            "https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
        ]
        for name in names { variables[name] = getenv(name).map { String(cString: $0) } }
        return ProxySettings(variables: variables)
    }
}
