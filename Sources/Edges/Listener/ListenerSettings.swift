/// Bounds of one listening port.
public struct ListenerSettings: Sendable {
    public var host = "127.0.0.1"
    /// 0 takes a free port.
    public var port = 0
    /// Bytes of a request's line and fields together; more is 431.
    public var headBytesMax = 64 * 1024
    /// Fields of a request; more is 431.
    public var headerCountMax = 100
    /// Bytes of a request's body, after decoding; more is 413.
    public var bodyBytesMax = 32 * 1024 * 1024
    /// Seconds from the first byte of a request to its last; more is 408.
    public var requestTimeoutSeconds = 30.0
    /// Seconds that a connection may wait for its next request.
    public var idleTimeoutSeconds = 75.0
    /// Seconds that a client may leave a reply's bytes untaken before it counts as gone.
    public var writeTimeoutSeconds = 60.0
    /// Seconds that a TLS handshake may take.
    public var handshakeTimeoutSeconds = 10.0
    /// Connections beyond this are answered 503 and closed.
    public var connectionsMax = 1 << 20

    public init() {}
}
