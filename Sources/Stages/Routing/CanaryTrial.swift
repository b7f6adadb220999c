public import GatewayTypes

/// Compares a canary with the targets that it may replace: a state machine over the attempts of both.
///
/// It halts where the canary is worse by more than was allowed, and chance alone would hardly make it look so: three standard
/// errors. Looking again after each attempt would find chance sooner or later; so many errors, and the allowance on top,
/// keep that rare.
public struct CanaryTrial: Sendable {
    /// Why a canary was halted, with the figures that say so.
    public struct Finding: Sendable, Equatable {
        public enum Cause: String, CaseIterable, Sendable {
            case errors
            case firstToken = "first_token"
        }
        public let cause: Cause
        /// Parts that failed, or seconds to the first token.
        public let canary: Double
        public let baseline: Double
        public let canaryAttempts: Int
        public let baselineAttempts: Int

        public init(
            cause: Cause, canary: Double, baseline: Double, canaryAttempts: Int, baselineAttempts: Int
        ) {
            self.cause = cause
            self.canary = canary
            self.baseline = baseline
            self.canaryAttempts = canaryAttempts
            self.baselineAttempts = baselineAttempts
        }

        public var text: String {
            func rounded(_ value: Double, _ parts: Double) -> Double { (value * parts).rounded() / parts }
            let counts = "\(canaryAttempts) attempts against \(baselineAttempts)"
            return switch cause {
            case .errors:
                "\(rounded(canary * 100, 10)) % of its attempts failed, \(rounded(baseline * 100, 10)) % of the others' (\(counts))"
            case .firstToken:
                "it took \(rounded(canary, 1000)) s to the first token, the others \(rounded(baseline, 1000)) s (\(counts))"
            }
        }
    }

    /// What was seen of one side.
    public struct Arm: Sendable, Equatable {
        public private(set) var attempts = 0.0
        public private(set) var failed = 0.0
        /// Attempts with a time to the first token, and the sums of its logarithm and of that squared: times of models are
        /// spread by factors, and a few very long ones should not decide.
        private var timed = 0.0
        private var sum = 0.0
        private var squares = 0.0

        public var errorRatio: Double { attempts > 0 ? failed / attempts : 0 }
        /// The geometric mean in seconds; nil where nothing was timed.
        public var firstTokenSeconds: Double? { timed > 0 ? PlainMath.exp(mean) : nil }

        fileprivate var timedAttempts: Double { timed }
        fileprivate var mean: Double { sum / timed }
        fileprivate var varianceOfMean: Double { max(0, squares / timed - mean * mean) / timed }

        fileprivate mutating func add(failed isFailure: Bool, firstTokenSeconds: Double?) {
            attempts += 1
            if isFailure { failed += 1 }
            guard let firstTokenSeconds else { return }
            let logarithm = PlainMath.log(max(firstTokenSeconds, 0.001))
            timed += 1
            sum += logarithm
            squares += logarithm * logarithm
        }

        fileprivate mutating func fade() {
            attempts /= 2
            failed /= 2
            timed /= 2
            sum /= 2
            squares /= 2
        }
    }

    /// Differences count when they are as many standard errors.
    private static let certainty = 3.0
    /// Of as many times the minimum, the older ones count half: a canary that was fine for a week can still go bad.
    private static let memory = 10.0

    private let halt: Canary.Halt
    public private(set) var canary = Arm()
    public private(set) var baseline = Arm()

    public init(_ halt: Canary.Halt) { self.halt = halt }

    /// Learns of an attempt; a finding where that was enough to halt the canary.
    public mutating func settle(isCanary: Bool, failed: Bool, firstTokenSeconds: Double?) -> Finding? {
        if isCanary {
            canary.add(failed: failed, firstTokenSeconds: firstTokenSeconds)
            if canary.attempts >= Self.memory * Double(halt.minimum) { canary.fade() }
        } else {
            baseline.add(failed: failed, firstTokenSeconds: firstTokenSeconds)
            if baseline.attempts >= Self.memory * Double(halt.minimum) { baseline.fade() }
        }
        return isCanary ? judge() : nil
    }

    private func judge() -> Finding? {
        let minimum = Double(halt.minimum)
        guard canary.attempts >= minimum, baseline.attempts >= minimum else { return nil }
        if let most = halt.errorsMax, failsMore(than: most) {
            return finding(.errors, canary.errorRatio, baseline.errorRatio)
        }
        if let most = halt.firstTokenMax, canary.timedAttempts >= minimum, baseline.timedAttempts >= minimum,
            isSlower(than: most), let own = canary.firstTokenSeconds, let others = baseline.firstTokenSeconds
        {
            return finding(.firstToken, own, others)
        }
        return nil
    }

    /// The test of two proportions.
    private func failsMore(than most: Double) -> Bool {
        let difference = canary.errorRatio - baseline.errorRatio
        guard difference > most else { return false }
        let pooled = (canary.failed + baseline.failed) / (canary.attempts + baseline.attempts)
        let variance = pooled * (1 - pooled) * (1 / canary.attempts + 1 / baseline.attempts)
        return difference * difference >= Self.certainty * Self.certainty * variance
    }

    /// Welch's test, of the logarithms.
    private func isSlower(than most: Double) -> Bool {
        let difference = canary.mean - baseline.mean
        guard difference > PlainMath.log(1 + most) else { return false }
        return difference * difference
            >= Self.certainty * Self.certainty * (canary.varianceOfMean + baseline.varianceOfMean)
    }

    private func finding(_ cause: Finding.Cause, _ canary: Double, _ baseline: Double) -> Finding {
        Finding(
            cause: cause, canary: canary, baseline: baseline, canaryAttempts: Int(self.canary.attempts),
            baselineAttempts: Int(self.baseline.attempts))
    }
}
