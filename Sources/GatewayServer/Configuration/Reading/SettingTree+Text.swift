import JSON

extension SettingTree {
    /// As JSON; what was written without quotes is a number or a boolean where it looks like one.
    var json: String {
        switch content {
        case .empty: "null"
        case .text(let text, let quoted): quoted || !Self.isLiteral(text) ? text.json : text
        case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .map(let entries):
            "{" + entries.map { $0.key.json + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }

    /// As YAML, one setting a line; with a line break at its end.
    var yaml: String {
        switch content {
        case .map(let entries) where !entries.isEmpty: Self.lines(entries, indent: "").joined(separator: "\n") + "\n"
        case .map, .list, .text, .empty: json + "\n"
        }
    }

    private static func lines(_ entries: [Entry], indent: String) -> [String] {
        entries.flatMap { entry in
            let key = indent + (isPlain(entry.key) ? entry.key : entry.key.json) + ":"
            switch entry.value.content {
            case .empty: return [key]
            case .text: return [key + " " + entry.value.scalar]
            case .map(let inner) where !inner.isEmpty: return [key] + lines(inner, indent: indent + "  ")
            case .list(let items) where !items.isEmpty: return [key] + lines(of: items, indent: indent + "  ")
            case .map, .list: return [key + " " + entry.value.json]
            }
        }
    }

    private static func lines(of items: [SettingTree], indent: String) -> [String] {
        items.flatMap { item in
            guard case .map(let entries) = item.content, !entries.isEmpty else {
                if case .text = item.content { return [indent + "- " + item.scalar] }
                return [indent + "- " + item.json]
            }
            var lines = lines(entries, indent: indent + "  ")
            lines[0] = indent + "- " + lines[0].dropFirst(indent.utf8.count + 2)
            return lines
        }
    }

    private var scalar: String {
        if case .text(let text, let quoted) = content, !quoted, Self.isPlain(text) || Self.isLiteral(text) {
            return text
        }
        return jsonScalar
    }

    private var jsonScalar: String {
        if case .text(let text, _) = content { return text.json }
        return json
    }

    /// Whether it means the same in YAML without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first >= 0x41 else { return false }
        let words = ["null", "~", "true", "false", "yes", "no", "on", "off"]
        return !words.contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D || byte == 0x2E || byte == 0x2F
            }
    }

    /// Whether it is a number or a boolean of JSON.
    static func isLiteral(_ text: String) -> Bool {
        if text == "true" || text == "false" { return true }
        do throws(JSONReader.Fault) {
            guard let first = text.utf8.first, first == 0x2D || (0x30...0x39).contains(first) else { return false }
            _ = try JSONReader.read(Array(text.utf8))
            return true
        } catch {
            return false
        }
    }

    // MARK: Looking things up

    /// The value of a key; nil where there is none, and of anything but a mapping.
    subscript(key: String) -> SettingTree? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The text of a scalar; nil of anything else.
    var text: String? { if case .text(let text, _) = content { text } else { nil } }

    var items: [SettingTree] { if case .list(let items) = content { items } else { [] } }

    var entries: [Entry] { if case .map(let entries) = content { entries } else { [] } }

    /// The same mapping with another value for a key, which is added where it is missing.
    func setting(_ key: String, to value: SettingTree) -> SettingTree {
        var entries = entries
        let entry = Entry(key: key, mark: Mark(line: 0, column: 0), value: value)
        if let position = entries.firstIndex(where: { $0.key == key }) {
            entries[position] = entry
        } else {
            entries.append(entry)
        }
        return SettingTree(mark: mark, content: .map(entries))
    }
}
