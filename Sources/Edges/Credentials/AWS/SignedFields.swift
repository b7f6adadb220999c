import GatewayTypes

/// The fields of a request that are signed, in the order of their names.
struct SignedFields {
    /// Lower-case, with semicolons.
    let names: String
    /// A line for each field, and a line break behind the last.
    let lines: String

    init(_ fields: [ReplyField]) {
        var values: [String: String] = [:]
        for field in fields {
            let name = field.name.lowercased()
            let value = field.value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
            values[name] = values[name].map { "\($0),\(value)" } ?? value
        }
        let ordered = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        names = ordered.map(\.key).joined(separator: ";")
        lines = ordered.map { "\($0.key):\($0.value)\n" }.joined()
    }
}
