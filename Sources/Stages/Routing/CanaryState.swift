public import GatewayTypes
import Synchronization

/// One canary, as it stands. Event loops share it.
public final class CanaryState: Sendable {
    private struct Content {
        var trial: CanaryTrial
        var finding: CanaryTrial.Finding?
        var haltedSince: WallTime?
        var halts: [CanaryTrial.Finding.Cause: UInt64] = [:]
    }

    /// How a canary stands, for people and metrics.
    public struct Standing: Sendable {
        public let canary: CanaryTrial.Arm
        public let baseline: CanaryTrial.Arm
        public let finding: CanaryTrial.Finding?
        public let haltedSince: WallTime?
        public let halts: [CanaryTrial.Finding.Cause: UInt64]
    }

    public let route: ConfiguredName
    public let target: Target
    private let canary: Canary
    private let identity: String
    private let isHalted = Atomic<Bool>(false)
    private let content: Mutex<Content>
    /// Draws of the canary and of nothing else.
    private static let salt: UInt64 = 0x6361_6e61_7279_5f5f

    /// `halt`: what an earlier process found, if it was of this one.
    init(_ canary: Canary, of route: Route, halt: CanaryHalt? = nil) {
        self.canary = canary
        self.route = route.name
        target = canary.target
        identity = Self.identity(canary, of: route)
        var content = Content(trial: CanaryTrial(canary.halt))
        if let halt, halt.identity == identity {
            content.finding = halt.finding
            content.haltedSince = halt.since
            isHalted.store(true, ordering: .relaxed)
        }
        self.content = Mutex(content)
    }

    func isOf(_ canary: Canary, of route: Route) -> Bool { identity == Self.identity(canary, of: route) }

    private static func identity(_ canary: Canary, of route: Route) -> String {
        let names = ([canary.target] + route.targets).map { "\($0.provider.text)/\($0.servedModel.text)" }
        return (names + ["\(canary.share)", "\(canary.halt)"]).joined(separator: " ")
    }

    public var standing: Standing {
        content.withLock { content in
            Standing(
                canary: content.trial.canary, baseline: content.trial.baseline, finding: content.finding,
                haltedSince: content.haltedSince, halts: content.halts)
        }
    }

    var haltedSince: WallTime? { content.withLock { $0.haltedSince } }

    /// Whether an exchange with this draw goes to the canary first.
    func takes(draw: UInt64) -> Bool {
        guard !isHalted.load(ordering: .relaxed) else { return false }
        return Double(StableHash.mix(draw ^ Self.salt) >> 11) / Double(1 << 53) < canary.share
    }

    /// Learns of an attempt; a change where that halted it.
    func settle(isCanary: Bool, failed: Bool, firstTokenSeconds: Double?, at time: WallTime) -> CanaryBook.Change? {
        let finding = content.withLock { content -> CanaryTrial.Finding? in
            // What ends after the halt began before it.
            guard content.finding == nil else { return nil }
            content.finding = content.trial.settle(
                isCanary: isCanary, failed: failed, firstTokenSeconds: firstTokenSeconds)
            guard let finding = content.finding else { return nil }
            content.haltedSince = time
            content.halts[finding.cause, default: 0] += 1
            return finding
        }
        guard let finding else { return nil }
        isHalted.store(true, ordering: .relaxed)
        return CanaryBook.Change(
            at: time, route: route, target: target,
            halt: CanaryHalt(route: route.text, identity: identity, since: time, finding: finding),
            haltedSince: nil, actor: nil)
    }

    func reset() {
        content.withLock { content in
            content.trial = CanaryTrial(canary.halt)
            content.finding = nil
            content.haltedSince = nil
        }
        isHalted.store(false, ordering: .relaxed)
    }

    func change(since: WallTime, actor: String) -> CanaryBook.Change {
        CanaryBook.Change(
            at: .now(), route: route, target: target, halt: nil, haltedSince: since, actor: actor)
    }
}
