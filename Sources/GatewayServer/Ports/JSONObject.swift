import JSON

/// A JSON object in the order of its members, for the admin API.
struct JSONObject {
    enum Value {
        case string(String)
        case number(Int64)
        case decimal(String)
        case boolean(Bool)
        case list([JSONObject])
        case object(JSONObject)
        case strings([String])
        /// JSON as it is.
        case raw(String)
        /// Nanoseconds, written as milliseconds with three digits behind the point.
        case milliseconds(Int64)
    }

    private var members: [(String, Value)]

    init(_ members: [(String, Value?)]) {
        self.members = members.compactMap { name, value in value.map { (name, $0) } }
    }

    var text: String { "{" + members.map { "\($0.json):\(Self.text($1))" }.joined(separator: ",") + "}" }

    private static func text(_ value: Value) -> String {
        switch value {
        case .string(let text): text.json
        // Exact decimals travel as strings: a JSON number is a double to most readers.
        case .decimal(let text): text.json
        case .number(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .list(let objects): "[" + objects.map(\.text).joined(separator: ",") + "]"
        case .object(let object): object.text
        case .strings(let texts): "[" + texts.map(\.json).joined(separator: ",") + "]"
        case .raw(let text): text
        case .milliseconds(let nanoseconds): milliseconds(nanoseconds, digits: 3)
        }
    }

    /// Milliseconds as a decimal, rounded to so many digits (1 … 3) behind the point.
    static func milliseconds(_ nanoseconds: Int64, digits: Int) -> String {
        let scale: Int64 = [1, 10, 100, 1000][digits]
        let unit = 1_000_000 / scale
        let rounded = (nanoseconds.magnitude + UInt64(unit / 2)) / UInt64(unit)
        let fraction = String(rounded % UInt64(scale))
        let sign = nanoseconds < 0 && rounded > 0 ? "-" : ""
        return sign + "\(rounded / UInt64(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
