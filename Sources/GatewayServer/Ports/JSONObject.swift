/// A JSON object in the order of its members, for the admin API.
struct JSONObject {
    enum Value {
        case string(String)
        case number(Int64)
        case decimal(String)
        case boolean(Bool)
        case list([JSONObject])
    }

    private var members: [(String, Value)]

    init(_ members: [(String, Value?)]) {
        self.members = members.compactMap { name, value in value.map { (name, $0) } }
    }

    var text: String { "{" + members.map { "\(Self.quoted($0)):\(Self.text($1))" }.joined(separator: ",") + "}" }

    private static func text(_ value: Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        // Exact decimals travel as strings: a JSON number is a double to most readers.
        case .decimal(let text): quoted(text)
        case .number(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .list(let objects): "[" + objects.map(\.text).joined(separator: ",") + "]"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
