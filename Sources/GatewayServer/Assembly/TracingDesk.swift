import GatewayTypes
import OTLP
import Telemetry

/// How traces begin and which are kept, by the environment and by the configuration in force. What was seen outlives a
/// reload.
struct TracingDesk: Sendable {
    /// What the environment says, which goes before the file.
    private let sampler: Sampler?
    private let propagators: [Propagator]?
    /// Whether spans are sent anywhere.
    private let exports: Bool
    private let models = SeenModels()

    init(_ settings: OTLPSettings) {
        sampler = settings.sampler
        propagators = settings.propagators
        exports = settings.exports(.traces)
    }

    func tracing(_ configuration: Configuration) -> Tracing {
        let telemetry = configuration.telemetry
        var tracing = Tracing(models: models)
        tracing.sampler = sampler ?? Sampler(root: .ratio(telemetry.sampling.ratio), parentBased: true)
        tracing.routesHaveRates = sampler == nil
        tracing.trust = Self.trust(telemetry.trustIncoming)
        tracing.propagators = propagators ?? telemetry.propagators.map(Self.propagator)
        tracing.baggageKeys = telemetry.baggage
        // Who sets a sampler that keeps nothing wants nothing.
        if exports, sampler?.root != .alwaysOff { tracing.rules = Self.rules(telemetry.sampling) }
        return tracing
    }

    private static func rules(_ sampling: Configuration.Sampling) -> SamplingRules {
        var rules = SamplingRules()
        rules.errors = sampling.errors
        rules.clientErrors = sampling.clientErrors
        rules.blocked = sampling.blocked
        rules.moved = sampling.moved
        rules.newModels = sampling.newModels
        rules.slowerThanSeconds = sampling.slowerThanSeconds
        rules.dearerThan = sampling.dearerThan
        return rules
    }

    private static func trust(_ written: Configuration.Telemetry.TrustIncoming) -> Tracing.Trust {
        switch written {
        case .always: .always
        case .authenticated: .authenticated
        case .never: .never
        }
    }

    private static func propagator(_ written: Configuration.Propagator) -> Propagator {
        switch written {
        case .tracecontext: .traceContext
        case .baggage: .baggage
        case .b3: .b3
        case .b3multi: .b3Multi
        }
    }
}
