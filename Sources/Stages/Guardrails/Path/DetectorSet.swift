import GatewayTypes

/// A finding, and whose it is.
struct Found: Sendable {
    var range: Range<Int>
    let reason: Reason
    /// Position of the guardrail.
    let check: Int
}

/// The guardrails of an exchange that find stretches of text, each with its detector.
struct DetectorSet: Sendable {
    let guardrails: [Guardrail]
    private let detectors: [any TextDetector]
    /// Bytes on either side of a place that decide about it, for all of them.
    let reachBytes: Int

    /// Those of the guardrails that are detectors.
    init(_ guardrails: [Guardrail]) {
        var (kept, detectors) = ([Guardrail](), [any TextDetector]())
        for guardrail in guardrails {
            guard case .detector(let detector) = guardrail.check else { continue }
            kept.append(guardrail)
            detectors.append(detector)
        }
        self.guardrails = kept
        self.detectors = detectors
        reachBytes = detectors.map(\.reachBytes).max() ?? 0
    }

    var isEmpty: Bool { detectors.isEmpty }

    /// Adds what is found, guardrail by guardrail, and the time that each took.
    func find(in text: Span<UInt8>, into found: inout [Found], _ tallies: inout [Tally], _ now: () -> Moment) {
        var findings: [Finding] = []
        var began = now()
        for index in detectors.indices {
            detectors[index].find(in: text, into: &findings)
            for finding in findings { found.append(Found(range: finding.range, reason: finding.reason, check: index)) }
            findings.removeAll(keepingCapacity: true)
            let ended = now()
            tallies[index].nanoseconds += ended.nanoseconds(since: began)
            began = ended
        }
    }
}

/// What one guardrail has found so far.
struct Tally {
    enum Decision: Equatable {
        /// Nothing, or what the reasons say.
        case looked
        /// It could not decide.
        case undecided
    }

    let began: Moment
    var nanoseconds: Int64 = 0
    var reasons: [Reason] = []
    var fingerprint: String?
    var decision = Decision.looked

    init(began: Moment) { self.began = began }

    mutating func note(_ reason: Reason) { if !reasons.contains(reason) { reasons.append(reason) } }

    func record(of guardrail: Guardrail, _ phase: GuardrailPhase) -> GuardrailRecord {
        var record = GuardrailRecord(guardrail.name, phase, began: began)
        record.nanoseconds = nanoseconds
        record.isShadow = guardrail.isShadow
        record.fingerprint = fingerprint
        let effect = guardrail.effect(in: phase)
        switch decision {
        case .undecided:
            record.verdict = .error
            record.action =
                guardrail.isShadow || guardrail.action == .flag ? .none : guardrail.failsOpen ? .failOpen : .failClosed
        case .looked where !reasons.isEmpty:
            record.reasons = reasons.map(\.text)
            record.verdict = guardrail.action == .mask ? .mask : .block
            record.action = effect
        case .looked: break
        }
        return record
    }
}

extension Guardrail {
    /// What follows where it finds something.
    func effect(in phase: GuardrailPhase) -> GuardrailAction {
        if isShadow || (phase == .output && onlyObserves) { return .none }
        switch action {
        case .block: return .block
        case .mask: return .mask
        case .flag: return .none
        }
    }

    /// Whether an exchange ends where it cannot decide.
    func failsClosed(in phase: GuardrailPhase) -> Bool {
        !failsOpen && action != .flag && !isShadow && !(phase == .output && onlyObserves)
    }
}
