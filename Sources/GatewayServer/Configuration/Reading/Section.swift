/// A mapping with declared keys. From the one list of fields come reading, every message, the JSON Schema and the page
/// of documentation.
struct Section<Root: Sendable>: Sendable {
    let name: String
    let doc: String
    let fields: [Field<Root>]
    /// What may be written instead of the mapping, and what it sets.
    let shorthand: Shorthand?
    /// All defaults.
    let empty: @Sendable () -> Root

    struct Shorthand: Sendable {
        let shape: Shape
        let read: @Sendable (SettingTree, SettingPath, SettingReader, inout Root) -> Void
    }

    init(
        _ name: String, _ doc: String, empty: @escaping @Sendable () -> Root, fields: [Field<Root>],
        shorthand: Shorthand? = nil
    ) {
        self.name = name
        self.doc = doc
        self.empty = empty
        self.fields = fields
        self.shorthand = shorthand
    }

    var shape: SectionShape {
        let defaults = empty()
        return SectionShape(
            name: name, doc: doc,
            fields: fields.map {
                FieldShape(
                    key: $0.key, doc: $0.doc, shape: $0.shape, required: $0.required, defaultText: $0.write(defaults))
            },
            shorthand: shorthand?.shape)
    }

    /// Reads what is there, reports what is wrong; where something is wrong its default stays.
    func read(_ tree: SettingTree, at path: SettingPath, _ reader: SettingReader) -> Root {
        var root = empty()
        switch tree.content {
        case .map(let entries):
            read(entries, of: tree, at: path, reader, into: &root)
        case .empty:
            read([], of: tree, at: path, reader, into: &root)
        case .text, .list:
            guard let shorthand else {
                reader.error(at: path, tree.mark, "expected a mapping with \(keysInWords), found \(tree.kindInWords)")
                break
            }
            shorthand.read(tree, path, reader, &root)
        }
        return root
    }

    private func read(
        _ entries: [SettingTree.Entry], of tree: SettingTree, at path: SettingPath, _ reader: SettingReader,
        into root: inout Root
    ) {
        var missing = Set(fields.filter(\.required).map(\.key))
        for entry in entries {
            let place = path.key(entry.key)
            guard let field = fields.first(where: { $0.key == entry.key }) else {
                reader.error(at: place, entry.mark, unknown(entry.key))
                continue
            }
            missing.remove(entry.key)
            reader.remember(place, at: entry.value.mark)
            field.read(entry.value, place, reader, &root)
        }
        for field in fields where missing.contains(field.key) {
            reader.error(
                at: path.key(field.key), tree.mark,
                "missing; write it, for example \(field.key): \(field.example ?? "…")")
        }
    }

    private func unknown(_ key: String) -> String {
        if key == "<<" { return "merge keys are not supported; write the settings out" }
        return "unknown key \(Words.quoted(key))" + Words.suggestion(for: key, among: fields.map(\.key))
    }

    private var keysInWords: String { Words.list(fields.prefix(6).map(\.key)) + (fields.count > 6 ? ", …" : "") }
}

/// One setting: declared once, with its key, its kind, where it goes and what it means. Its default is what the
/// section's empty value holds.
struct Field<Root: Sendable>: Sendable {
    let key: String
    let doc: String
    let shape: Shape
    /// A required setting has an example of what to write.
    let example: String?
    let read: @Sendable (SettingTree, SettingPath, SettingReader, inout Root) -> Void
    let write: @Sendable (Root) -> String?

    var required: Bool { example != nil }

    init<Value>(
        _ key: String, _ property: any WritableKeyPath<Root, Value> & Sendable, _ kind: Kind<Value>,
        required example: String? = nil, _ doc: String
    ) {
        self.key = key
        self.doc = doc
        self.example = example
        shape = kind.shape
        read = { tree, path, reader, root in
            if let value = kind.read(tree, path, reader) { root[keyPath: property] = value }
        }
        write = { example != nil ? nil : kind.write($0[keyPath: property]) }
    }

    /// A setting that may be absent.
    init<Value>(
        _ key: String, optional property: any WritableKeyPath<Root, Value?> & Sendable, _ kind: Kind<Value>,
        _ doc: String
    ) {
        self.key = key
        self.doc = doc
        example = nil
        shape = kind.shape
        read = { tree, path, reader, root in
            if let value = kind.read(tree, path, reader) { root[keyPath: property] = value }
        }
        write = { $0[keyPath: property].flatMap(kind.write) }
    }
}
