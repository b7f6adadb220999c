import GatewayTypes
import Synchronization

/// Bounds the number of series of each instrument over all shards, and numbers them: what shards hold of a series is
/// found by its number, so that neither a loop nor a scrape looks for a text twice.
final class SeriesRegistry: Sendable {
    /// The series of one instrument.
    private struct Table {
        var numbers: [String: Int] = [:]
        /// Overflow series, which are beside the bound.
        var folded: Set<String> = []
        /// Numbers are not given twice, so that a cell never counts for another series than its own.
        var next = 0
        /// Sorted, but for what came since.
        var order: [Series] = []
        var added: [Series] = []
        var refused: UInt64 = 0

        mutating func add(_ text: String) -> Int {
            defer { next += 1 }
            numbers[text] = next
            added.append(Series(text: text, number: next))
            return next
        }
    }

    private let tables = Mutex([Table](repeating: Table(), count: InstrumentCatalog.all.count))
    private let seriesMax: Int

    init(seriesMax: Int) { self.seriesMax = seriesMax }

    /// The number of the series with those labels, or of the overflow series when the instrument is full.
    ///
    /// The overflow series keeps the team, so that no team's money is lost among others'.
    func admit(_ instrument: Instrument, _ values: [String]) -> Int {
        let spec = instrument.spec
        let text = LabelText.render(spec.labels, values)
        return tables.withLock { tables in
            let position = instrument.index
            if let number = tables[position].numbers[text] { return number }
            if tables[position].numbers.count - tables[position].folded.count < seriesMax {
                return tables[position].add(text)
            }
            tables[position].refused += 1
            let values = zip(spec.labels, values).map { $0 == "team" ? $1 : ConfiguredName.other.text }
            let folded = LabelText.render(spec.labels, values)
            if let number = tables[position].numbers[folded] { return number }
            tables[position].folded.insert(folded)
            return tables[position].add(folded)
        }
    }

    /// Of all instruments, overflow series left out.
    var seriesCount: Int { tables.withLock { $0.reduce(0) { $0 + $1.numbers.count - $1.folded.count } } }

    /// They no longer count as series of their instruments.
    func forget(_ expired: [ExpiredSeries]) {
        tables.withLock { tables in
            for (position, gone) in Dictionary(grouping: expired, by: \.position) {
                for one in gone {
                    tables[position].numbers[one.series.text] = nil
                    tables[position].folded.remove(one.series.text)
                }
                let numbers = Set(gone.map(\.series.number))
                tables[position].order.removeAll { numbers.contains($0.number) }
                tables[position].added.removeAll { numbers.contains($0.number) }
            }
        }
    }

    /// The series of each instrument, sorted by text. The order is kept from one scrape to the next, and loops that meet a
    /// new series do not wait for the sorting.
    var orders: [[Series]] {
        InstrumentCatalog.all.indices.map { position in
            let (order, added) = tables.withLock { ($0[position].order, $0[position].added) }
            guard !added.isEmpty else { return order }
            let sorted = Self.merged(order, added.sorted { $0.text < $1.text })
            return tables.withLock { tables in
                // Others may have sorted, added or let go meanwhile; then the next scrape keeps its order.
                guard tables[position].order.count == order.count, tables[position].added.count >= added.count,
                    tables[position].added.first?.number == added.first?.number
                else { return sorted }
                tables[position].order = sorted
                tables[position].added.removeFirst(added.count)
                return sorted
            }
        }
    }

    private static func merged(_ left: [Series], _ right: [Series]) -> [Series] {
        guard !left.isEmpty else { return right }
        var sorted: [Series] = []
        sorted.reserveCapacity(left.count + right.count)
        var rest = right[...]
        for series in left {
            while let next = rest.first, next.text < series.text { sorted.append(rest.removeFirst()) }
            sorted.append(series)
        }
        return sorted + rest
    }

    /// Refused label sets by instrument; those without are left out.
    var refused: [(instrument: Instrument, count: UInt64)] {
        let counts = tables.withLock { $0.map(\.refused) }
        return zip(InstrumentCatalog.all, counts).filter { $0.1 > 0 }.map { ($0.0.id, $0.1) }
    }
}

/// A series of an instrument: its labels as text, and its number among the instrument's.
struct Series: Hashable {
    let text: String
    let number: Int
}

/// A series whose time is over; `position`: of its instrument in the catalogue.
struct ExpiredSeries: Hashable {
    let position: Int
    let series: Series
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
