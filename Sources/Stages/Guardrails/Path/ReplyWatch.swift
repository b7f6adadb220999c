import GatewayTypes

/// Looks at one reply as it comes: every text of every choice through a window of its own; what may go on goes on at once.
/// Where judges decide about the whole, all of it waits for them.
final class ReplyWatch: ReplyGuard {
    private let terms: ReplyTerms
    private var detected: [Tally]
    private var judged: [Tally]
    private var texts: [TextKey: GuardedText] = [:]
    /// The text that each choice is at.
    private var current: [Int: TextKey] = [:]
    private var gathered = GatheredReply()
    private var unfinished: [Int] = []
    private var held: [ModelEvent] = []
    private var heldSince: Moment?
    private var isEnded = false
    private var hasJudged = false
    private(set) var isBlocked = false
    private(set) var hasReleased = false
    private(set) var heldNanoseconds: Int64 = 0

    init(_ terms: ReplyTerms) {
        self.terms = terms
        let began = terms.tools.now()
        detected = terms.set.guardrails.map { _ in Tally(began: began) }
        judged = terms.judges.map { _ in Tally(began: began) }
    }

    var rewrites: Bool { terms.rewrites }
    var awaitsJudges: Bool { isEnded && !isBlocked && !hasJudged && !terms.judges.isEmpty }

    var records: [GuardrailRecord] {
        let found = zip(terms.set.guardrails, detected).map { $1.record(of: $0, .output) }
        return hasJudged ? found + zip(terms.judges, judged).map { $1.record(of: $0, .output) } : found
    }

    // MARK: Events

    func take(_ event: ModelEvent, into events: inout [ModelEvent]) {
        guard !isBlocked else { return takeRest(event, into: &events) }
        switch event {
        case .text(let text, let choice): take(text, TextKey(choice, .text), into: &events)
        case .refusal(let text, let choice): take(text, TextKey(choice, .refusal), into: &events)
        case .reasoning(let text, let choice): take(text, TextKey(choice, .reasoning), into: &events)
        case .toolArguments(let text, let index, let choice):
            take(text, TextKey(choice, .arguments, index), into: &events)
        case .toolCall(let call, let index, let choice):
            flush(choice, into: &events)
            open(choice)
            gathered.begin(call.name, index, choice)
            hasReleased = hasReleased || !terms.holdsAll
            emit(event, into: &events)
        case .signature(_, let choice), .sealedReasoning(_, let choice), .media(_, let choice):
            flush(choice, into: &events)
            open(choice)
            emit(event, into: &events)
        case .finished(_, _, _, let choice):
            flush(choice, into: &events)
            unfinished.removeAll { $0 == choice }
            if !isBlocked { emit(event, into: &events) }
        case .ended: end(into: &events)
        // They hold the reply's words in pieces that nobody looked at.
        case .logprobs: break
        case .citation(let citation, let choice):
            // Where it stands may not be there any more.
            emit(.citation(Citation(url: citation.url, title: citation.title), choice: choice), into: &events)
        case .began, .usage, .serviceTier, .systemFingerprint, .embedding, .relevance: emit(event, into: &events)
        case .failed: break
        }
    }

    /// Of a reply that was ended only its cost is of use.
    private func takeRest(_ event: ModelEvent, into events: inout [ModelEvent]) {
        if case .usage = event { events.append(event) }
        if case .ended = event { isEnded = true }
    }

    private func end(into events: inout [ModelEvent]) {
        for choice in current.keys.sorted() { flush(choice, into: &events) }
        isEnded = true
        guard !isBlocked else { return }
        if terms.judges.isEmpty { events.append(.ended) } else { held.append(.ended) }
    }

    private func emit(_ event: ModelEvent, into events: inout [ModelEvent]) {
        guard terms.holdsAll else { return events.append(event) }
        heldSince = heldSince ?? terms.tools.now()
        held.append(event)
    }

    private func open(_ choice: Int) { if !unfinished.contains(choice) { unfinished.append(choice) } }

    // MARK: Texts

    private func take(_ piece: String, _ key: TextKey, into events: inout [ModelEvent]) {
        // What a choice says next is another text: the one before is complete, as far as anybody can tell.
        if let before = current[key.choice], before != key { flush(key.choice, into: &events) }
        if isBlocked { return }
        open(key.choice)
        current[key.choice] = key
        advance(key, piece, isFinal: false, into: &events)
    }

    private func flush(_ choice: Int, into events: inout [ModelEvent]) {
        guard let key = current[choice], !isBlocked else { return }
        advance(key, nil, isFinal: true, into: &events)
    }

    private func advance(_ key: TextKey, _ piece: String?, isFinal: Bool, into events: inout [ModelEvent]) {
        var text = texts.removeValue(forKey: key) ?? GuardedText(key, terms)
        defer { texts[key] = text }
        let now = terms.tools.now()
        if let piece { text.append(piece, at: now) }
        let step = text.window.advance(isFinal: isFinal, terms.set) { bytes, decided, found in
            terms.set.find(
                in: bytes, from: &decided, isEnd: isFinal, into: &found, &detected, terms.tools.now)
        } note: { finding, bytes in
            note(finding, bytes)
        }
        if !terms.judges.isEmpty { gathered.add(step.text, key) }
        let passed = text.restore(step.text, isFinal: isFinal)
        if !passed.isEmpty {
            hasReleased = hasReleased || !terms.holdsAll
            emit(key.event(passed), into: &events)
        }
        if let waited = text.released(at: now) { heldNanoseconds = max(heldNanoseconds, waited) }
        if step.blockedBy != nil { block(into: &events) }
    }

    private func note(_ finding: Found, _ bytes: ArraySlice<UInt8>) {
        detected[finding.check].note(finding.reason)
        if detected[finding.check].fingerprint == nil {
            detected[finding.check].fingerprint = terms.tools.fingerprint(Array(bytes))
        }
    }

    // MARK: Ends

    /// The reply ends here, with the word that the client's dialect has for it.
    private func block(into events: inout [ModelEvent]) {
        isBlocked = true
        events += held.filter(\.isFrame)
        held = []
        for choice in unfinished.isEmpty ? [0] : unfinished {
            events.append(.finished(.contentFilter, word: "content_filter", stopSequence: nil, choice: choice))
        }
    }

    func judge() async {
        let began = terms.tools.now()
        for index in judged.indices { judged[index] = Tally(began: began) }
        let matter = gathered.matter(answering: terms.conversation)
        let words = await JudgePanel.ask(terms.judges, about: matter, for: terms.asker, terms.tools.now)
        judged.note(words) { terms.tools.fingerprint(matter.turns.flatMap { Array($0.text.utf8) }) }
        hasJudged = true
        let isDenied = zip(terms.judges, judged).contains { guardrail, tally in
            switch tally.decision {
            case .undecided: guardrail.failsClosed(in: .output)
            case .looked:
                !tally.reasons.isEmpty && tally.replacement == nil && guardrail.effect(in: .output) == .block
            }
        }
        if let heldSince { heldNanoseconds = max(heldNanoseconds, terms.tools.now().nanoseconds(since: heldSince)) }
        guard isDenied else { return replace() }
        if unfinished.isEmpty { unfinished = gathered.choices }
        var ending: [ModelEvent] = []
        block(into: &ending)
        held = ending
    }

    /// Says what a judge has said instead, in the place of the first text.
    private func replace() {
        let replacing = zip(terms.judges, judged).first { $0.effect(in: .output) == .block && $1.replacement != nil }
        guard var text = replacing?.1.replacement, gathered.choices.count <= 1 else { return }
        if !terms.placeholders.isEmpty {
            var restorer = Restorer(terms.placeholders, escapes: false)
            text = restorer.take(text) + restorer.end()
        }
        var isSaid = false
        held = held.flatMap { event -> [ModelEvent] in
            guard case .text(_, let choice) = event else { return [event] }
            defer { isSaid = true }
            return isSaid ? [] : [ModelEvent.text(text, choice: choice)]
        }
    }

    func release(into events: inout [ModelEvent]) {
        events += held
        held = []
        if isBlocked { events.append(.ended) }
        hasReleased = true
    }
}

extension ModelEvent {
    /// Whether it says something of the reply rather than being a part of it.
    fileprivate var isFrame: Bool {
        switch self {
        case .began, .usage, .serviceTier, .systemFingerprint: true
        case .text, .refusal, .reasoning, .signature, .sealedReasoning, .toolCall, .toolArguments, .media, .logprobs,
            .citation, .finished, .embedding, .relevance, .failed, .ended:
            false
        }
    }
}
