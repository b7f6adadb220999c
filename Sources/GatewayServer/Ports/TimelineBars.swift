import GatewayTypes
import Storage

/// The timeline of an exchange as text: a row for each hop, attempt and phase, each with a bar under the same scale.
struct TimelineBars {
    /// Cells of the longest bar.
    static let width = 40
    private static let labelWidth = 34

    private let story: ExchangeStory

    init(_ story: ExchangeStory) { self.story = story }

    var lines: [String] {
        let unit = "ms from arrival"
        let head = Self.padded(unit, Self.labelWidth) + Self.right("start", 9) + Self.right("took", 9)
        var lines = [head]
        for hop in story.hops {
            lines.append(row(hop.hop.rawValue, hop.time))
            if hop.hop == .attempt { lines += story.attempts.flatMap(attempt) }
        }
        return lines
    }

    private func attempt(_ attempt: ExchangeStory.Attempt) -> [String] {
        let name = "  \(attempt.number) \(attempt.provider)/\(attempt.model)"
        var lines = [row(name, attempt.time)]
        for phase in attempt.phases {
            if phase.name == "stream", let first = attempt.firstToken { lines.append(token(first)) }
            lines.append(row("    " + phase.name, phase.time))
        }
        if let first = attempt.firstToken, attempt.stream == 0 { lines.append(token(first)) }
        return lines
    }

    private func token(_ at: Int64) -> String {
        let cell = String(repeating: " ", count: min(Self.width - 1, cells(at))) + "|"
        return label("    first token") + number(at) + Self.right("", 9) + "  " + cell
    }

    private func row(_ name: String, _ time: ExchangeStory.Stretch) -> String {
        let first = min(Self.width - 1, cells(time.start))
        let count = max(1, min(Self.width, cells(time.start + time.nanoseconds)) - first)
        return label(name) + number(time.start) + number(time.nanoseconds) + "  "
            + String(repeating: " ", count: first) + String(repeating: "█", count: count)
    }

    /// How many cells stand for so long a time.
    private func cells(_ nanoseconds: Int64) -> Int {
        let whole = max(1, story.row.durationNanoseconds)
        return Int(max(0, min(nanoseconds, whole)) * Int64(Self.width) / whole)
    }

    private func label(_ text: String) -> String {
        text.count > Self.labelWidth
            ? text.prefix(Self.labelWidth - 1) + "…" : Self.padded(text, Self.labelWidth)
    }

    private func number(_ nanoseconds: Int64) -> String {
        Self.right(JSONObject.milliseconds(nanoseconds, digits: 2), 9)
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
