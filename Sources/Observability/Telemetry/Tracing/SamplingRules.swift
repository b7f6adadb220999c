public import GatewayTypes
import Synchronization

/// What is kept whatever the base rate says, decided when the exchange is over.
public struct SamplingRules: Equatable, Sendable {
    /// Failures of the gateway and of providers.
    public var errors = true
    /// Failures that are the client's own mistake.
    public var clientErrors = false
    /// What was refused on purpose: by a budget, for instance.
    public var blocked = true
    /// What another target served than the first.
    public var moved = true
    public var slowerThanSeconds: Double?
    public var dearerThan: Money?
    /// The first exchange with each of a provider's models.
    public var newModels = true

    public init() {}

    /// The first rule that holds; `newModels` is not asked here, as it takes a memory.
    public func reason(for outcome: borrowing Outcome) -> SamplingReason? {
        if let failure = outcome.failure, let found = reason(for: failure.reason) { return found }
        if moved, outcome.moved != .no { return .moved }
        if let limit = slowerThanSeconds, outcome.ended.seconds(since: outcome.arrived) > limit { return .slow }
        if let limit = dearerThan, outcome.cost.total > limit { return .dear }
        return nil
    }

    private func reason(for failure: FailureReason) -> SamplingReason? {
        switch failure {
        case .budgetExceeded, .blocked: return blocked ? .blocked : nil
        // The provider found the client's request wrong.
        case .upstreamRejected: return clientErrors ? .error : nil
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
            .notFound, .methodNotAllowed, .modelNotFound, .rateLimited, .clientTimeout, .clientGone:
            return clientErrors ? .error : nil
        case .overloaded, .draining, .breakerOpen, .storageFull, .interrupted, .internalError, .upstreamConnect,
            .upstreamTLS, .upstreamTimeout, .upstreamCut, .upstreamProtocol, .upstreamRateLimited, .upstreamQuota,
            .upstreamUnauthenticated, .upstreamError:
            return errors ? .error : nil
        }
    }
}

/// The models that were met since the process began; bounded, and past the bound none counts as new.
public final class SeenModels: Sendable {
    private struct Model: Hashable {
        let provider: String
        let model: String
    }

    private let seen = Mutex<Set<Model>>([])
    private let countMax: Int

    public init(countMax: Int = 4_096) { self.countMax = countMax }

    /// Whether it was not met before; from now on it was.
    func isFirst(_ target: Target) -> Bool {
        let model = Model(provider: target.provider.text, model: target.servedModel.text)
        return seen.withLock { seen in seen.count < countMax && seen.insert(model).inserted }
    }
}
