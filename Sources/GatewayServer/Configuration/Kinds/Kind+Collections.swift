extension Kind {
    /// A section of its own.
    static func section(_ section: @autoclosure @escaping @Sendable () -> Section<Value>) -> Kind {
        let declared = section()
        let alone = Shape.section(declared.shape)
        let shape = declared.shorthand.map { Shape.either([$0.shape, alone]) } ?? alone
        return Kind(shape) { tree, path, reader in declared.read(tree, at: path, reader) }
    }

    static func list<Item>(of item: Kind<Item>, countMax: Int = 10_000) -> Kind where Value == [Item] {
        Kind(.list(item.shape)) { tree, path, reader in
            switch tree.content {
            case .empty: return []
            case .list(let items):
                guard items.count <= countMax else {
                    reader.error(at: path, tree.mark, "more than \(countMax) entries")
                    return nil
                }
                return items.enumerated().compactMap { position, tree in
                    let place = path.index(position)
                    reader.remember(place, at: tree.mark)
                    return item.read(tree, place, reader)
                }
            case .text, .map:
                reader.error(
                    at: path, tree.mark, "expected a list, found \(tree.kindInWords); write - before each entry")
                return nil
            }
        }
    }

    /// A list, or its one entry.
    static func listOrOne<Item>(of item: Kind<Item>) -> Kind where Value == [Item] {
        let list = Kind.list(of: item)
        return Kind(.either([item.shape, list.shape])) { tree, path, reader in
            if case .list = tree.content { return list.read(tree, path, reader) }
            return item.read(tree, path, reader).map { [$0] }
        }
    }

    /// A mapping from names of the user's choice to sections that hold their name; in the order of the file.
    static func table<Item>(
        of what: String, _ section: Section<Item>, name: any WritableKeyPath<Item, String> & Sendable
    ) -> Kind where Value == [Item] {
        let kind = Kind<Item>.section(section)
        return Kind(.map(key: "the name of \(what)", kind.shape)) { tree, path, reader in
            entries(tree, path, reader, expected: "a mapping with the name of \(what) before each entry").map {
                entries in
                entries.compactMap { entry in
                    let place = path.key(entry.key)
                    reader.remember(place, at: entry.mark)
                    if let fault = Kind<String>.nameFault(entry.key) { reader.error(at: place, entry.mark, fault) }
                    guard var item = kind.read(entry.value, place, reader) else { return nil }
                    item[keyPath: name] = entry.key
                    return item
                }
            }
        }
    }

    static func entries(
        _ tree: SettingTree, _ path: SettingPath, _ reader: SettingReader, expected: String
    ) -> [SettingTree.Entry]? {
        switch tree.content {
        case .empty: return []
        case .map(let entries): return entries
        case .text, .list:
            reader.error(at: path, tree.mark, "expected \(expected), found \(tree.kindInWords)")
            return nil
        }
    }
}

extension Kind where Value == [Configuration.Header] {
    /// Headers by name, in the order of the file.
    static var headers: Kind {
        let value = Kind<Secret>.headerValue
        return Kind(.map(key: "header", value.shape)) { tree, path, reader in
            entries(tree, path, reader, expected: "a mapping of headers").map { entries in
                entries.compactMap { entry in
                    let place = path.key(entry.key)
                    reader.remember(place, at: entry.mark)
                    if let fault = Configuration.Header.nameFault(entry.key) {
                        reader.error(at: place, entry.mark, fault)
                    }
                    let holdsSecret = Configuration.Header.holdsSecret(entry.key)
                    guard let secret = (holdsSecret ? .secret : value).read(entry.value, place, reader) else {
                        return nil
                    }
                    return Configuration.Header(name: entry.key.lowercased(), value: secret)
                }
            }
        }
    }
}

extension Configuration.Header {
    /// Whether a header's value is a credential by its meaning, so that it must not stand in the file.
    static func holdsSecret(_ name: String) -> Bool {
        switch name.lowercased() {
        case "authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key", "cookie": true
        default: false
        }
    }

    /// Why a header of that name cannot be set; nil where it can (RFC 9110 §5.1, §7.6.1).
    static func nameFault(_ name: String) -> String? {
        let isToken =
            !name.isEmpty && name.utf8.count <= 128
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        guard isToken else { return "\(Words.quoted(name)) is not the name of a header" }
        switch name.lowercased() {
        case "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive":
            return "\(Words.quoted(name)) is set by Weir itself; take it out"
        default: return nil
        }
    }
}
