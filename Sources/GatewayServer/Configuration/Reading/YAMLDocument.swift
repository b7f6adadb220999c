import Yams

/// Makes a `SettingTree` of YAML text. The only place that knows the YAML library.
///
/// Everything is bounded: the text (1 MiB, by who reads it), the nesting, the number of values, and the aliases,
/// because
/// each use of an alias is expanded and a handful of lines could otherwise stand for billions of values.
struct YAMLDocument {
    static let bytesMax = 1 << 20
    static let depthMax = 32
    static let valuesMax = 100_000
    static let aliasesMax = 32
    static let duplicatesMax = 64

    /// What is wrong: the place, the way to it, the message.
    struct Fault: Error {
        let mark: Mark
        var path = SettingPath.root
        let message: String
    }

    private(set) var tree = SettingTree.nothing
    /// Whether `tree` is the whole document.
    private(set) var isComplete = false
    private(set) var faults: [Fault] = []
    private var values = 0
    private var marker = DuplicateMarker()

    init(_ text: String) {
        do throws(Fault) {
            try Self.checkAliases(text)
            if let root = try compose(text) { tree = try convert(root, at: .root, depth: 0) }
            isComplete = true
        } catch {
            faults.append(error)
        }
    }

    /// The library stops at the first mapping with a key written twice. To find them all, that key is marked and the
    /// text composed again.
    private mutating func compose(_ text: String) throws(Fault) -> Node? {
        var text = text
        while true {
            do {
                let root = try Parser(yaml: text, encoding: .utf8).singleRoot()
                return root
            } catch let error as YamlError {
                let fault = Self.fault(of: error, in: text)
                guard case .duplicatedKeysInMapping = error else { throw fault }
                guard let marked = marker.mark(in: text, at: fault.mark) else { throw fault }
                text = marked
            } catch {
                throw Fault(mark: .start, message: "not valid YAML")
            }
        }
    }

    private mutating func convert(_ node: Node, at path: SettingPath, depth: Int) throws(Fault) -> SettingTree {
        let mark = node.mark.map { Mark(line: $0.line, column: $0.column) } ?? .start
        values += 1
        guard values <= Self.valuesMax else {
            throw Fault(
                mark: mark, path: path, message: "more than \(Self.valuesMax) values, aliases counted at each use")
        }
        guard depth <= Self.depthMax else {
            throw Fault(mark: mark, path: path, message: "nested more than \(Self.depthMax) levels deep")
        }
        switch node {
        case .scalar(let scalar):
            return SettingTree(mark: mark, content: Self.content(of: scalar))
        case .sequence(let sequence):
            var items: [SettingTree] = []
            for (position, item) in sequence.enumerated() {
                items.append(try convert(item, at: path.index(position), depth: depth + 1))
            }
            return SettingTree(mark: mark, content: .list(items))
        case .mapping(let mapping):
            return SettingTree(mark: mark, content: .map(try entries(of: mapping, at: path, depth: depth)))
        case .alias:
            throw Fault(mark: mark, path: path, message: "an alias without its anchor; write the value out")
        }
    }

    private mutating func entries(
        of mapping: Node.Mapping, at path: SettingPath, depth: Int
    ) throws(Fault) -> [SettingTree.Entry] {
        var entries: [SettingTree.Entry] = []
        var seen: [String: Mark] = [:]
        for (keyNode, valueNode) in mapping {
            guard case .scalar(let scalar) = keyNode else {
                let mark = keyNode.mark.map { Mark(line: $0.line, column: $0.column) } ?? .start
                faults.append(Fault(mark: mark, path: path, message: "a key must be text, not a list or a mapping"))
                continue
            }
            let mark = scalar.mark.map { Mark(line: $0.line, column: $0.column) } ?? .start
            let key = marker.original(of: scalar.string)
            let value = try convert(valueNode, at: path.key(key), depth: depth + 1)
            if let first = seen[key] {
                let message = "key \(Words.quoted(key)) is written twice, first on line \(first.line); keep one of them"
                faults.append(Fault(mark: mark, path: path.key(key), message: message))
                continue
            }
            seen[key] = mark
            entries.append(SettingTree.Entry(key: key, mark: mark, value: value))
        }
        return entries
    }

    private static func content(of scalar: Node.Scalar) -> SettingTree.Content {
        switch scalar.style {
        case .singleQuoted, .doubleQuoted, .literal, .folded:
            return .text(scalar.string, quoted: true)
        case .any, .plain:
            switch scalar.string {
            case "", "~", "null", "Null", "NULL": return .empty
            default: return .text(scalar.string, quoted: false)
            }
        }
    }

    /// Counts what looks like an alias (`*name`), comments aside.
    private static func checkAliases(_ text: String) throws(Fault) {
        var aliases = 0
        var line = 1
        var previous = UInt8(ascii: "\n")
        var lineIsComment = false
        var lineIsBlank = true
        var starred = false
        for byte in text.utf8 {
            if starred, !isSpace(byte), byte != UInt8(ascii: "*") { aliases += 1 }
            starred = !lineIsComment && byte == UInt8(ascii: "*") && opensValue(previous)
            if byte == UInt8(ascii: "\n") {
                line += 1
                lineIsComment = false
                lineIsBlank = true
            } else if lineIsBlank, !isSpace(byte) {
                lineIsBlank = false
                lineIsComment = byte == UInt8(ascii: "#")
            }
            previous = byte
            guard aliases <= aliasesMax else {
                let message = "more than \(aliasesMax) aliases (*name); write the values out"
                throw Fault(mark: Mark(line: line, column: 1), message: message)
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func opensValue(_ byte: UInt8) -> Bool {
        isSpace(byte) || "[{,:?-".utf8.contains(byte)
    }
}
