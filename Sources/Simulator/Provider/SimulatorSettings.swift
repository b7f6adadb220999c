public import GatewayTypes

/// How the simulated provider is set up.
public struct SimulatorSettings: Sendable {
    /// Two simulators with the same seed answer the same requests with the same texts, ids and errors.
    public var seed: UInt64 = 1
    /// How names that are no simulated model are answered, so that real names (and their prices) can be used.
    public var fallback: SimulatedBehaviour = .init()
    /// More models by exact name; they win over the built-in ones.
    public var models: [String: SimulatedBehaviour] = [:]
    /// The bearer token that requests must carry; nil: none is asked for.
    public var apiKey: String?
    /// Sees every request before it is answered, on the connection's loop: for tests that ask what a provider receives.
    public var onRequest: (@Sendable (InboundRequest) -> Void)?

    public init() {}
}
