public import GatewayTypes

/// One callout at one hop, as the configuration has it.
public struct CalloutSettings: Sendable {
    public enum OnError: Sendable { case allow, deny }
    /// What it is told beside the request's facts.
    public enum Part: String, CaseIterable, Sendable { case identity, head, body }

    public var name: ConfiguredName
    public var hop: Hop
    /// POST.
    public var endpoint: Endpoint
    public var deadlineSeconds = 0.5
    public var onError = OnError.deny
    public var parts: Set<Part> = [.identity]
    /// Bytes of the client's body that it may be sent.
    public var bodyBytesMax = 256 * 1024
    /// Questions under way at once.
    public var concurrent = 64
    /// Signs what is sent; nil: nothing does.
    public var secret: String?
    /// Positions of the teams and routes that it has a say about; empty: all.
    public var teams: Set<Int> = []
    public var routes: Set<Int> = []
    /// Names of the fields that it may add to what the provider is sent, in lower case.
    public var fieldsToProvider: [String] = []

    public init(name: ConfiguredName, hop: Hop, endpoint: Endpoint) {
        self.name = name
        self.hop = hop
        self.endpoint = endpoint
    }
}
