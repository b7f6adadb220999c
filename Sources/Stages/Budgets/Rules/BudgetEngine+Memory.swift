import GatewayTypes
import Synchronization

/// The states of the rules across a restart, so that no page is lost or sent twice.
///
/// One line of text for each rule under a line with the version: budget, rule, state, its age, when it fired, resolved,
/// was last told of, and its window, separated by tabs; times in nanoseconds, `-` for none.
extension BudgetEngine {
    private static let header = "weir-budget-rules 1"

    public func snapshot() -> [UInt8] {
        let now = book.clock()
        var text = Self.header + "\n"
        let alerts = state.withLock { $0.alerts }
        let ordered = alerts.sorted { ($0.key.budget, $0.key.rule) < ($1.key.budget, $1.key.rule) }
        for (key, alert) in ordered {
            let memory = alert.memory(at: now)
            let times = [memory.firingSince, memory.resolvedAt, memory.lastNotified, memory.windowStart]
            let fields =
                [Self.escaped(key.budget), Self.escaped(key.rule), memory.state.rawValue, String(memory.age)]
                + times.map { $0.map { String($0.nanoseconds) } ?? "-" }
            text += fields.joined(separator: "\t") + "\n"
        }
        return Array(text.utf8)
    }

    /// Takes a snapshot back, after `adopt` and before the first evaluation. False: it is not one, and nothing changed.
    public func restore(_ bytes: [UInt8]) -> Bool {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first == Self.header[...] else { return false }
        let now = book.clock()
        var alerts: [RuleKey: BudgetAlert] = [:]
        for line in lines.dropFirst() {
            guard let (key, memory) = Self.parse(line) else { return false }
            alerts[key] = BudgetAlert(memory, at: now)
        }
        state.withLock { state in
            let known = Set(state.set.map { Self.rules($0).map(\.key) } ?? [])
            for (key, alert) in alerts where known.contains(key) { state.alerts[key] = alert }
            publish(state, now)
        }
        return true
    }

    private static func parse(_ line: Substring) -> (RuleKey, BudgetAlert.Memory)? {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == 8, let state = BudgetAlert.State(rawValue: String(fields[2])),
            let age = Int64(fields[3]), age >= 0
        else { return nil }
        var times: [WallTime?] = []
        for field in fields[4...] {
            if field == "-" {
                times.append(nil)
            } else if let nanoseconds = Int64(field) {
                times.append(WallTime(nanoseconds: nanoseconds))
            } else {
                return nil
            }
        }
        let key = RuleKey(budget: unescaped(fields[0]), rule: unescaped(fields[1]))
        let memory = BudgetAlert.Memory(
            state: state, age: age, firingSince: times[0], resolvedAt: times[1], lastNotified: times[2],
            windowStart: times[3])
        return (key, memory)
    }

    private static let escapes: [(plain: Character, code: String)] = [
        ("%", "%25"), ("\t", "%09"), ("\n", "%0A"), ("\r", "%0D"), ("\r\n", "%0D%0A"),
    ]

    private static func escaped(_ name: String) -> String {
        name.map { letter in escapes.first { $0.plain == letter }?.code ?? String(letter) }.joined()
    }

    private static func unescaped(_ text: Substring) -> String {
        var name = ""
        var rest = text
        while let letter = rest.first {
            let escape = escapes.first { rest.hasPrefix($0.code) && $0.code.count == 3 }
            name.append(escape?.plain ?? letter)
            rest = rest.dropFirst(escape == nil ? 1 : 3)
        }
        return name
    }
}
