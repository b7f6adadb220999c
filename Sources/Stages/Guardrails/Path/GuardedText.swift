import GatewayTypes

/// Which text of a reply.
struct TextKey: Hashable {
    enum Kind { case text, refusal, reasoning, arguments }

    let choice: Int
    let kind: Kind
    /// Of a call, in its choice.
    let index: Int

    init(_ choice: Int, _ kind: Kind, _ index: Int = 0) {
        self.choice = choice
        self.kind = kind
        self.index = index
    }

    func event(_ text: String) -> ModelEvent {
        switch kind {
        case .text: .text(text, choice: choice)
        case .refusal: .refusal(text, choice: choice)
        case .reasoning: .reasoning(text, choice: choice)
        case .arguments: .toolArguments(text, index: index, choice: choice)
        }
    }
}

/// One text of a reply on its way: through the window, then with the caller's own values put back.
struct GuardedText {
    var window: OutputWindow
    private var restorer: Restorer?
    /// When the oldest of what waits came.
    private var waitingSince: Moment?

    init(_ key: TextKey, _ terms: ReplyTerms) {
        window = OutputWindow(detectors: terms.set.guardrails.count)
        restorer = terms.placeholders.isEmpty ? nil : Restorer(terms.placeholders, escapes: key.kind == .arguments)
    }

    mutating func append(_ piece: String, at now: Moment) {
        window.append(piece)
        waitingSince = waitingSince ?? now
    }

    mutating func restore(_ text: String, isFinal: Bool) -> String {
        guard restorer != nil else { return text }
        var restored = restorer?.take(text) ?? text
        if isFinal { restored += restorer?.end() ?? "" }
        return restored
    }

    /// Once some of it has gone on, how long it waited; what stays is taken to have come just now.
    mutating func released(at now: Moment) -> Int64? {
        guard let since = waitingSince, !window.isHolding || window.hasJustMoved else { return nil }
        waitingSince = window.isHolding ? now : nil
        return now.nanoseconds(since: since)
    }
}

/// What a reply has said, for those who judge the whole of it.
struct GatheredReply {
    private var texts: [Int: String] = [:]
    private var calls: [(choice: Int, index: Int, name: String, arguments: String)] = []
    private var bytes = 0

    var choices: [Int] { Set(texts.keys).union(calls.map(\.choice)).sorted() }

    mutating func begin(_ name: String, _ index: Int, _ choice: Int) { calls.append((choice, index, name, "")) }

    mutating func add(_ text: String, _ key: TextKey) {
        bytes += text.utf8.count
        switch key.kind {
        case .text, .refusal: texts[key.choice, default: ""] += text
        case .reasoning: break
        case .arguments:
            if let call = calls.lastIndex(where: { $0.choice == key.choice && $0.index == key.index }) {
                calls[call].arguments += text
            }
        }
    }

    func matter(answering prompt: Prompt?) -> Matter {
        Matter(
            phase: .output, system: prompt?.system ?? "",
            turns: choices.map { Prompt.Turn(isUser: false, text: texts[$0] ?? "") },
            toolCalls: calls.map { ToolUse(name: $0.name, arguments: $0.arguments) }, bytes: bytes,
            context: prompt?.turns ?? [])
    }
}
