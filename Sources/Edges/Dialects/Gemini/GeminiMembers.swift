import JSON

/// The members of an object of a request, by their names in camel case: Google's JSON takes `generationConfig` and
/// `generation_config` for the same. What nobody took is unknown.
struct GeminiMembers {
    private var values: [String: JSONValue] = [:]
    /// As the client wrote them, in order, with the name they are known by.
    private var names: [(written: String, camel: String)] = []
    private var taken: Set<String> = []
    /// A name that was given in both spellings.
    private(set) var duplicate: String?

    /// None where `value` is no object.
    init(_ value: JSONValue?) {
        for (key, member) in value?.members ?? [] {
            let camel = Self.camel(key)
            if values.updateValue(member, forKey: camel) != nil { duplicate = duplicate ?? camel }
            names.append((key, camel))
        }
    }

    /// The member's value; nil where there is none, and where it is `null`.
    mutating func take(_ name: String) -> JSONValue? {
        taken.insert(name)
        return values[name].flatMap { $0.isNull ? nil : $0 }
    }

    /// As `take`, but a `null` is a value too.
    func written(_ name: String) -> JSONValue? { values[name] }

    /// The name as the client wrote it, else as it is known.
    func spelling(of name: String) -> String { names.first { $0.camel == name }?.written ?? name }

    /// What was not taken, but for what says nothing: `null`, empty objects, lists and texts, and `false`.
    var others: [String] {
        names.filter { !taken.contains($0.camel) && !(values[$0.camel]?.saysNothing ?? true) }.map(\.written)
    }

    /// Whether nobody took the member, whatever its value.
    func isOther(_ written: String) -> Bool { !taken.contains(Self.camel(written)) }

    private static func camel(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "_")) else { return name }
        var result = ""
        var raises = false
        for character in name {
            if character == "_", !result.isEmpty {
                raises = true
            } else {
                result += raises ? character.uppercased() : String(character)
                raises = false
            }
        }
        return result
    }
}

extension JSONValue {
    /// A whole number, which Google's JSON may write as a string too.
    var googleInteger: Int64? { integer ?? string.flatMap { Int64($0) } }

    /// A number, which Google's JSON may write as a string too.
    var googleDouble: Double? {
        guard let value = double ?? string.flatMap({ Double($0) }), value.isFinite else { return nil }
        return value
    }

    /// The value as it was written, but for white space between its tokens.
    var compact: String {
        var quotes = JSONQuotes()
        let bytes = raw.utf8.filter { quotes.take($0) || $0 > 0x20 }
        return String(decoding: bytes, as: UTF8.self)
    }
}
