import GatewayTypes

/// One look at a request: what is found in it, what is masked, and whether it is refused.
struct RequestLook {
    private let set: DetectorSet
    private let judges: [Guardrail]
    private let request: ModelRequest
    private let tools: GuardrailTools
    private var detected: [Tally]
    private var judged: [Tally]
    private(set) var placeholders = Placeholders()
    /// With what was masked; nil: as it was.
    private(set) var masked: ModelRequest?
    /// Nil: it goes on.
    private(set) var refusal: Failure?
    private(set) var waitedNanoseconds: Int64 = 0

    init(_ guardrails: [Guardrail], _ request: ModelRequest, _ tools: GuardrailTools) {
        set = DetectorSet(guardrails, .input)
        judges = guardrails.filter { if case .judge = $0.check { true } else { false } }
        self.request = request
        self.tools = tools
        let began = tools.now()
        detected = set.guardrails.map { _ in Tally(began: began) }
        judged = judges.map { _ in Tally(began: began) }
    }

    var hasJudges: Bool { !judges.isEmpty }

    var records: [GuardrailRecord] {
        let all = zip(set.guardrails, detected).map { $1.record(of: $0, .input) }
        // Who was not asked, because the request was refused already, has no verdict.
        guard refusal == nil || waitedNanoseconds > 0 else { return all }
        return all + zip(judges, judged).map { $1.record(of: $0, .input) }
    }

    // MARK: Detectors

    mutating func detect() {
        guard !set.isEmpty else { return }
        switch tools.texts.texts(of: request) {
        case .found(let texts): look(at: texts)
        case .unreadable:
            for index in detected.indices { detected[index].decision = .undecided }
            if let closed = set.guardrails.first(where: { $0.failsClosed(in: .input) }) {
                refusal = Self.undecided(closed, "cannot read what this request says")
            }
        }
    }

    private mutating func look(at texts: [RequestText]) {
        var changed: [(range: Range<Int>, text: String)] = []
        var found: [Found] = []
        var blocked: Int?
        for place in texts {
            found.removeAll(keepingCapacity: true)
            var content = place.text
            content.makeContiguousUTF8()
            set.find(in: content.utf8.span, into: &found, &detected, tools.now)
            guard !found.isEmpty else { continue }
            let bytes = Array(content.utf8)
            for finding in found {
                note(finding, bytes)
                if set.effects[finding.check] == .block {
                    blocked = min(blocked ?? finding.check, finding.check)
                }
            }
            guard blocked == nil, let text = masking(bytes, found, texts) else { continue }
            changed.append((place.range, text))
        }
        if let blocked {
            refusal = Self.blocked(set.guardrails[blocked], detected[blocked].reasons.first)
            placeholders = Placeholders()
        } else if !changed.isEmpty {
            masked = tools.texts.replacing(changed, in: request)
        }
    }

    private mutating func note(_ finding: Found, _ bytes: [UInt8]) {
        detected[finding.check].note(finding.reason)
        if detected[finding.check].fingerprint == nil {
            detected[finding.check].fingerprint = tools.fingerprint(Array(bytes[finding.range]))
        }
    }

    /// The text with placeholders; nil where none of the findings is to be masked.
    private mutating func masking(_ bytes: [UInt8], _ found: [Found], _ texts: [RequestText]) -> String? {
        var masks: [Finding] = []
        for finding in found where set.effects[finding.check] == .mask {
            masks.append(Finding(finding.range, finding.reason))
        }
        guard !masks.isEmpty else { return nil }
        masks.merge()
        var (result, position) = ([UInt8](), 0)
        for mask in masks {
            result += bytes[position..<mask.range.lowerBound]
            let value = String(decoding: bytes[mask.range], as: UTF8.self)
            let word = placeholders.word(for: value, mask.reason) { word in
                texts.contains { $0.text.utf8.contains(UInt8(ascii: "[")) && $0.text.contains(word) }
            }
            result += Array(word.utf8)
            position = mask.range.upperBound
        }
        result += bytes[position...]
        return String(decoding: result, as: UTF8.self)
    }

    // MARK: Judges

    /// They see what was masked as the model will.
    mutating func judge(for asker: Asker) async {
        let began = tools.now()
        for index in judged.indices { judged[index] = Tally(began: began) }
        let matter = matter()
        let words = await JudgePanel.ask(judges, about: matter, for: asker, tools.now)
        waitedNanoseconds = max(1, tools.now().nanoseconds(since: began))
        let fingerprint = tools.fingerprint
        judged.note(words) { fingerprint(matter.turns.flatMap { Array($0.text.utf8) }) }
        for (guardrail, tally) in zip(judges, judged) where refusal == nil {
            switch tally.decision {
            case .undecided where guardrail.failsClosed(in: .input):
                refusal = Self.undecided(guardrail, "could not be asked about this request; try again")
            case .looked where !tally.reasons.isEmpty && guardrail.effect(in: .input) == .block:
                refusal = Self.blocked(guardrail, tally.reasons.first)
            case .looked, .undecided: break
            }
        }
    }

    private func matter() -> Matter {
        let request = masked ?? request
        let prompt = tools.prompts.prompt(of: request)
        let turns = prompt?.turns ?? fallbackTurns(request)
        return Matter(
            phase: .input, system: prompt?.system ?? "", turns: turns, toolCalls: [],
            bytes: request.bodyBytes)
    }

    /// Of what has no neutral form: its texts as they stand.
    private func fallbackTurns(_ request: ModelRequest) -> [Prompt.Turn] {
        guard case .found(let texts) = tools.texts.texts(of: request) else { return [] }
        return texts.map { Prompt.Turn(isUser: true, text: $0.text) }
    }

    // MARK: Refusals

    private static func blocked(_ guardrail: Guardrail, _ reason: Reason?) -> Failure {
        let why = reason.map { " (\($0.text))" } ?? ""
        return Failure(
            .blocked, "The guardrail \"\(guardrail.name.text)\" refuses this request\(why). Change what it says.")
    }

    static func undecided(_ guardrail: Guardrail, _ why: String) -> Failure {
        Failure(.blocked, "The guardrail \"\(guardrail.name.text)\" \(why).")
    }
}
