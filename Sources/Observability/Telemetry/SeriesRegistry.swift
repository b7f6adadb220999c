import GatewayTypes
import Synchronization

/// Bounds the number of series of each instrument over all shards.
final class SeriesRegistry: Sendable {
    private struct State {
        var known = [Set<String>](repeating: [], count: InstrumentCatalog.all.count)
        /// Sorted; nil once a series was added since.
        var order = [[String]?](repeating: nil, count: InstrumentCatalog.all.count)
        var refused = [UInt64](repeating: 0, count: InstrumentCatalog.all.count)
    }

    private let state = Mutex(State())
    private let seriesMax: Int

    init(seriesMax: Int) { self.seriesMax = seriesMax }

    /// The labels to use: those asked for, or the overflow series' when the instrument is full.
    ///
    /// The overflow series keeps the team, so that no team's money is lost among others'.
    func admit(_ instrument: Instrument, _ values: [String]) -> String {
        let spec = instrument.spec
        let text = LabelText.render(spec.labels, values)
        return state.withLock { state in
            if state.known[instrument.index].contains(text) { return text }
            if state.known[instrument.index].count < seriesMax {
                state.known[instrument.index].insert(text)
                state.order[instrument.index] = nil
                return text
            }
            state.refused[instrument.index] += 1
            let folded = zip(spec.labels, values).map { $0 == "team" ? $1 : ConfiguredName.other.text }
            return LabelText.render(spec.labels, folded)
        }
    }

    /// Of all instruments, overflow series left out.
    var seriesCount: Int { state.withLock { $0.known.reduce(0) { $0 + $1.count } } }

    /// They no longer count as series of their instruments.
    func forget(_ series: [SeriesKey]) {
        state.withLock { state in
            for key in series where state.known[key.position].remove(key.text) != nil {
                state.order[key.position] = nil
            }
        }
    }

    /// The label texts of each instrument, sorted; the sorting is kept from one scrape to the next.
    var orders: [[String]] {
        let (known, before) = state.withLock { ($0.known, $0.order) }
        let orders = zip(known, before).map { known, order in order ?? known.sorted() }
        state.withLock { state in
            for position in orders.indices where state.known[position].count == orders[position].count {
                state.order[position] = orders[position]
            }
        }
        return orders
    }

    /// Refused label sets by instrument; those without are left out.
    var refused: [(instrument: Instrument, count: UInt64)] {
        let counts = state.withLock { $0.refused }
        return zip(InstrumentCatalog.all, counts).filter { $0.1 > 0 }.map { ($0.0.id, $0.1) }
    }
}

/// One series: its instrument's position in the catalogue, and its labels as text.
struct SeriesKey: Hashable {
    let position: Int
    let text: String
}

/// Labels as both text formats write them: `{a="b",c="d"}`, or nothing.
enum LabelText {
    static func render(_ names: [String], _ values: [String]) -> String {
        guard !names.isEmpty else { return "" }
        var text = "{"
        for (name, value) in zip(names, values) {
            if text.utf8.count > 1 { text += "," }
            text += name
            text += "=\""
            text += escape(value)
            text += "\""
        }
        return text + "}"
    }

    /// The names and values of a rendered text, in its order.
    static func forEach(in text: String, _ body: (Substring, Substring) -> Void) {
        var rest = Substring(text).utf8.dropFirst()
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let name = Substring(rest[..<equals])
            rest = rest[equals...].dropFirst(2)
            var end = rest.startIndex
            var isEscaped = false
            while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                if rest[end] == UInt8(ascii: "\\") {
                    isEscaped = true
                    rest.formIndex(after: &end)
                }
                rest.formIndex(after: &end)
            }
            let value = Substring(rest[..<end])
            body(name, isEscaped ? unescape(value) : value)
            rest = rest[end...].dropFirst(2)
        }
    }

    private static func unescape(_ value: Substring) -> Substring {
        var text = ""
        var isEscaped = false
        for scalar in value.unicodeScalars {
            if !isEscaped && scalar == "\\" {
                isEscaped = true
            } else {
                text.unicodeScalars.append(isEscaped && scalar == "n" ? "\n" : scalar)
                isEscaped = false
            }
        }
        return Substring(text)
    }

    /// `\`, `"` and line feeds, and nothing else, are escaped.
    static func escape(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
