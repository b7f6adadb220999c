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
    /// What the findings of each lead to.
    let effects: [GuardrailAction]
    /// Bytes before what it has not decided that each is to be shown again.
    let contextBytes: [Int]
    private let detectors: [any TextDetector]

    /// Those of the guardrails that are detectors.
    init(_ guardrails: [Guardrail], _ phase: GuardrailPhase) {
        var (kept, detectors) = ([Guardrail](), [any TextDetector]())
        for guardrail in guardrails {
            guard case .detector(let detector) = guardrail.check else { continue }
            kept.append(guardrail)
            detectors.append(detector)
        }
        self.guardrails = kept
        self.detectors = detectors
        effects = kept.map { $0.effect(in: phase) }
        contextBytes = detectors.map(\.contextBytes)
    }

    var isEmpty: Bool { detectors.isEmpty }

    /// Adds what is found in a whole text, guardrail by guardrail, and the time that each took.
    func find(in text: Span<UInt8>, into found: inout [Found], _ tallies: inout [Tally], _ now: () -> Moment) {
        var findings: [Finding] = []
        var began = now()
        for index in detectors.indices {
            detectors[index].find(in: text, into: &findings)
            take(&findings, of: index, &found, &tallies, &began, now)
        }
    }

    /// Likewise of a text that comes in pieces: from where each has decided, which moves.
    func find(
        in text: Span<UInt8>, from decided: inout [Int], isEnd: Bool, into found: inout [Found],
        _ tallies: inout [Tally], _ now: () -> Moment
    ) {
        var findings: [Finding] = []
        var began = now()
        for index in detectors.indices {
            decided[index] = detectors[index].find(in: text, from: decided[index], isEnd: isEnd, into: &findings)
            take(&findings, of: index, &found, &tallies, &began, now)
        }
    }

    private func take(
        _ findings: inout [Finding], of index: Int, _ found: inout [Found], _ tallies: inout [Tally],
        _ began: inout Moment, _ now: () -> Moment
    ) {
        for finding in findings { found.append(Found(range: finding.range, reason: finding.reason, check: index)) }
        findings.removeAll(keepingCapacity: true)
        let ended = now()
        tallies[index].nanoseconds += ended.nanoseconds(since: began)
        began = ended
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
    /// What may be said in the place of what was said.
    var replacement: String?

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
            // Saying something else in its place is what masking is, for the whole.
            let isReplaced = replacement != nil || guardrail.action == .mask
            record.verdict = isReplaced ? .mask : .block
            record.action = isReplaced && effect != .none ? .mask : effect
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
