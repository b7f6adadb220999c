/// Compares a value with a schema, within bounds on depth and on the work all in all.
struct SchemaCheck {
    typealias Mismatch = JSONSchema.Mismatch

    /// Schemas that are tried: `anyOf` within `anyOf` may else take as many as there are paths.
    private static let triesMax = 200_000
    private static let depthMax = 256

    private let schema: JSONSchema
    private var tries = 0

    init(schema: JSONSchema) { self.schema = schema }

    mutating func mismatch(_ value: JSONNode) -> Mismatch? { check(value, schema.root, at: "", depth: 0) }

    private func fail(_ path: String, _ what: String) -> Mismatch { Mismatch(kind: .mismatch, path: path, what: what) }

    private mutating func check(_ value: JSONNode, _ position: Int, at path: String, depth: Int) -> Mismatch? {
        tries += 1
        guard tries <= Self.triesMax, depth < Self.depthMax else {
            tries = Self.triesMax + 1
            return fail(path, "takes too much work to check")
        }
        let rules = schema.rules[position]
        if rules.isNever { return fail(path, "may not be there") }
        if let types = rules.types, !types.contains(where: { Self.has(value, $0) }) {
            return fail(path, "must be \(types.map(\.rawValue).sorted().joined(separator: " or "))")
        }
        if let allowed = rules.allowed, !allowed.contains(value) { return fail(path, "is none of the allowed values") }
        let within: Mismatch? =
            switch value {
            case .object(let members): check(members, rules, at: path, depth)
            case .array(let elements): check(elements, rules, at: path, depth)
            case .string(let bytes): check(bytes, rules, at: path)
            case .number(let number): check(number, rules, at: path)
            case .null, .bool: nil
            }
        return within ?? checkCombined(value, rules, at: path, depth)
    }

    private static func has(_ value: JSONNode, _ kind: JSONSchema.Kind) -> Bool {
        switch (value, kind) {
        case (.null, .null), (.bool, .boolean), (.object, .object), (.array, .array), (.string, .string),
            (.number, .number):
            true
        case (.number(let number), .integer): number.isInteger
        case (.null, _), (.bool, _), (.object, _), (.array, _), (.string, _), (.number, _): false
        }
    }

    private mutating func check(
        _ members: [[UInt8]: JSONNode], _ rules: JSONSchema.Rules, at path: String, _ depth: Int
    ) -> Mismatch? {
        for name in rules.required where members[name] == nil {
            return fail(Self.join(path, name), "is missing")
        }
        if let least = rules.propertiesMin, members.count < least {
            return fail(path, "has fewer than \(least) members")
        }
        if let most = rules.propertiesMax, members.count > most { return fail(path, "has more than \(most) members") }
        guard !rules.properties.isEmpty || rules.additional != nil else { return nil }
        for (name, member) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            guard let position = rules.properties[name] ?? rules.additional else { continue }
            if let mismatch = check(member, position, at: Self.join(path, name), depth: depth + 1) { return mismatch }
        }
        return nil
    }

    private static func join(_ path: String, _ name: [UInt8]) -> String {
        let name = String(decoding: name.prefix(64), as: UTF8.self)
        return path.isEmpty ? name : path + "." + name
    }

    private mutating func check(
        _ elements: [JSONNode], _ rules: JSONSchema.Rules, at path: String, _ depth: Int
    ) -> Mismatch? {
        if let least = rules.itemsMin, elements.count < least { return fail(path, "has fewer than \(least) items") }
        if let most = rules.itemsMax, elements.count > most { return fail(path, "has more than \(most) items") }
        if rules.unique, Set(elements).count < elements.count { return fail(path, "has an item twice") }
        for (index, element) in elements.enumerated() {
            let position = index < rules.prefixItems.count ? rules.prefixItems[index] : rules.items
            guard let position else { continue }
            if let mismatch = check(element, position, at: "\(path)[\(index)]", depth: depth + 1) { return mismatch }
        }
        return nil
    }

    private func check(_ bytes: [UInt8], _ rules: JSONSchema.Rules, at path: String) -> Mismatch? {
        if rules.lengthMin != nil || rules.lengthMax != nil {
            // Characters are scalars: bytes that begin one.
            let length = bytes.count { $0 & 0xC0 != 0x80 }
            if let least = rules.lengthMin, length < least { return fail(path, "is shorter than \(least) characters") }
            if let most = rules.lengthMax, length > most { return fail(path, "is longer than \(most) characters") }
        }
        if let pattern = rules.pattern, !pattern.matches(bytes.span) { return fail(path, "does not have the pattern") }
        return nil
    }

    private func check(_ number: JSONNumeral, _ rules: JSONSchema.Rules, at path: String) -> Mismatch? {
        if let least = rules.minimum, number < least { return fail(path, "is too small") }
        if let most = rules.maximum, number > most { return fail(path, "is too large") }
        if let least = rules.above, number <= least { return fail(path, "is too small") }
        if let most = rules.below, number >= most { return fail(path, "is too large") }
        return nil
    }

    private mutating func checkCombined(
        _ value: JSONNode, _ rules: JSONSchema.Rules, at path: String, _ depth: Int
    ) -> Mismatch? {
        if let reference = rules.reference, let mismatch = check(value, reference, at: path, depth: depth + 1) {
            return mismatch
        }
        for position in rules.allOf {
            if let mismatch = check(value, position, at: path, depth: depth + 1) { return mismatch }
        }
        if let choices = rules.anyOf, matching(value, choices, path, depth, atMost: 1) == 0 {
            return tooMuch(path) ?? fail(path, "is none of the forms that it may have")
        }
        if let choices = rules.oneOf {
            let count = matching(value, choices, path, depth, atMost: 2)
            if count != 1 {
                return tooMuch(path)
                    ?? fail(
                        path, count == 0 ? "is none of the forms that it may have" : "has more than one form at once")
            }
        }
        if let not = rules.not, check(value, not, at: path, depth: depth + 1) == nil {
            return fail(path, "has a form that it may not have")
        }
        return tooMuch(path)
    }

    /// Whatever was found beyond the bound is not to be trusted, `not` least of all.
    private func tooMuch(_ path: String) -> Mismatch? {
        tries > Self.triesMax ? fail(path, "takes too much work to check") : nil
    }

    private mutating func matching(
        _ value: JSONNode, _ choices: [Int], _ path: String, _ depth: Int, atMost most: Int
    ) -> Int {
        var count = 0
        for position in choices where count < most && check(value, position, at: path, depth: depth + 1) == nil {
            count += 1
        }
        return count
    }
}
