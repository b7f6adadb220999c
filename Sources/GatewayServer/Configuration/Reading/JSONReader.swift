import JSON

/// Makes a `SettingTree` of JSON text (RFC 8259), strictly: a key written twice and half a surrogate pair are refused, and
/// everything is bounded as in a YAML document. Numbers keep their digits.
struct JSONReader {
    /// What `null` means.
    enum Nulls {
        /// It says nothing, and is refused.
        case refused
        /// It takes something away: `.empty`.
        case empty
    }

    struct Fault: Error {
        let message: String

        fileprivate init(_ what: String, at offset: Int) { message = "\(what) (at byte \(offset + 1))" }

        fileprivate init(_ problem: JSONProblem) {
            message =
                switch problem {
                case .syntax(let what, let offset): "\(what) (at byte \(offset + 1))"
                case .member(_, let sentence): sentence
                }
        }
    }

    private let nulls: Nulls
    private var values = 0

    static func read(_ bytes: [UInt8], nulls: Nulls = .refused) throws(Fault) -> SettingTree {
        var reader = JSONReader(nulls: nulls)
        return try reader.tree(of: root(bytes), depth: 0)
    }

    private static func root(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
        do throws(JSONProblem) {
            return try bytes.span.withUnsafeBytes { (text) throws(JSONProblem) in try JSONDocument(copying: text).root }
        } catch {
            throw Fault(error)
        }
    }

    private init(nulls: Nulls) { self.nulls = nulls }

    private mutating func tree(of value: JSONValue, depth: Int) throws(Fault) -> SettingTree {
        values += 1
        let place = value.range.lowerBound
        guard values <= YAMLDocument.valuesMax else {
            throw Fault("it holds more than \(YAMLDocument.valuesMax) values", at: place)
        }
        guard depth <= YAMLDocument.depthMax else {
            throw Fault("it is nested more than \(YAMLDocument.depthMax) deep", at: place)
        }
        return SettingTree(mark: Mark(line: 0, column: 0), content: try content(of: value, depth: depth))
    }

    private mutating func content(of value: JSONValue, depth: Int) throws(Fault) -> SettingTree.Content {
        if value.isObject { return .map(try entries(of: value, depth: depth)) }
        if value.isArray {
            var items: [SettingTree] = []
            for element in value.elements { items.append(try tree(of: element, depth: depth + 1)) }
            return .list(items)
        }
        if value.isNull {
            switch nulls {
            case .refused: throw Fault("null says nothing; leave the member out", at: value.range.lowerBound)
            case .empty: return .empty
            }
        }
        do throws(JSONProblem) {
            if let text = try value.checkedString() { return .text(text, quoted: true) }
        } catch {
            throw Fault(error)
        }
        return .text(value.raw, quoted: false)
    }

    private mutating func entries(of object: JSONValue, depth: Int) throws(Fault) -> [SettingTree.Entry] {
        let members: [(key: String, value: JSONValue)]
        do throws(JSONProblem) { members = try object.checkedMembers() } catch { throw Fault(error) }
        var entries: [SettingTree.Entry] = []
        var seen: Set<String> = []
        for (key, value) in members {
            guard seen.insert(key).inserted else {
                throw Fault("the key \(Words.quoted(key)) is written twice", at: value.range.lowerBound)
            }
            let tree = try tree(of: value, depth: depth + 1)
            entries.append(SettingTree.Entry(key: key, mark: Mark(line: 0, column: 0), value: tree))
        }
        return entries
    }
}
