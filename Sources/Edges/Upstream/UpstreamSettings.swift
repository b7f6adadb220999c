/// How an engine treats its connections; the same for every endpoint.
public struct UpstreamSettings: Sendable {
    /// How the engine learns that a socket of libcurl's is ready.
    public enum Waking: Sendable {
        /// Linux AIO; a waiter thread where the kernel refuses it.
        case automatic
        /// The waiter thread, whatever the kernel offers.
        case thread
    }

    /// Sent when a request names no `User-Agent` of its own.
    public var userAgent = "weir"
    /// Connections kept in one engine, those in use included; the oldest idle one is closed first.
    public var connectionsMax = 1024
    /// Connections to one host; 0: no limit.
    public var connectionsPerHostMax = 0
    /// Seconds that a connection may have been idle and still be used again.
    public var idleConnectionSeconds = 90
    /// Prepared handles kept for the next requests, in one engine. Each holds about 10 KB.
    public var idleHandlesMax = 512
    /// Bytes of a reply held for a reader that is slower than the upstream; then the upstream is paused.
    public var pendingBytesMax = 256 * 1024
    /// Bytes of a reply's head, all its lines together.
    public var headBytesMax = 64 * 1024
    /// A PEM file of certificate authorities for endpoints that name none; nil: the system's.
    public var caFile: String?
    public var proxies = ProxySettings.environment()
    public var waking = Waking.automatic

    public init() {}
}
