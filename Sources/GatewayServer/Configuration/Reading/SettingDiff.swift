/// One setting that is not what it was.
struct SettingChange: Sendable, Equatable {
    enum Kind: String, Sendable { case added, removed, changed }

    let path: String
    let kind: Kind
    /// As they are written, shortened; nil where they may hold a secret, or are no single value.
    let before: String?
    let after: String?

    var text: String {
        guard let before, let after else { return "\(path) \(kind.rawValue)" }
        return "\(path) \(before) → \(after)"
    }

    var json: JSONObject {
        JSONObject([
            ("path", .string(path)), ("change", .string(kind.rawValue)), ("before", before.map { .string($0) }),
            ("after", after.map { .string($0) }),
        ])
    }
}

/// What tells two trees of settings apart, path by path. Values are shown but for those that may be secrets themselves.
struct SettingDiff {
    static let changesMax = 1000

    private var found: [SettingChange] = []

    static func changes(from old: SettingTree, to new: SettingTree) -> [SettingChange] {
        var diff = SettingDiff()
        diff.compare(old, new, at: .root, isShown: true)
        return diff.found
    }

    private mutating func compare(_ old: SettingTree, _ new: SettingTree, at path: SettingPath, isShown: Bool) {
        switch (old.content, new.content) {
        case (.map(let before), .map(let after)): compare(Self.byKey(before), Self.byKey(after), at: path, isShown)
        case (.list(let before), .list(let after)):
            compare(Self.byName(before), Self.byName(after), at: path, isShown)
        case (.text(let before, let wasQuoted), .text(let after, let isQuoted)):
            // Quotes tell a text from a number or a boolean, and from nothing else.
            if before != after || (wasQuoted != isQuoted && SettingTree.isLiteral(after)) {
                add(path, .changed, old, new, isShown)
            }
        case (.empty, .empty): break
        case (.map, _), (.list, _), (.text, _), (.empty, _): add(path, .changed, old, new, isShown)
        }
    }

    private typealias Part = (step: Step, value: SettingTree)

    private enum Step: Hashable {
        case key(String)
        case index(Int)
        /// An entry of a list by its `name`, so that one that is put before it changes nothing.
        case named(String)
    }

    private mutating func compare(_ old: [Part], _ new: [Part], at path: SettingPath, _ isShown: Bool) {
        let before = Dictionary(old.map { ($0.step, $0.value) }, uniquingKeysWith: { first, _ in first })
        let after = Set(new.map(\.step))
        for part in new {
            let (place, shown) = Self.place(part.step, in: path, isShown)
            if let known = before[part.step] {
                compare(known, part.value, at: place, isShown: shown)
            } else {
                add(place, .added, nil, part.value, shown)
            }
        }
        for part in old where !after.contains(part.step) {
            let (place, shown) = Self.place(part.step, in: path, isShown)
            add(place, .removed, part.value, nil, shown)
        }
    }

    private static func place(_ step: Step, in path: SettingPath, _ isShown: Bool) -> (SettingPath, Bool) {
        switch step {
        // A header's value stands in the file itself, and a digest tells who has guessed a key.
        case .key(let key): (path.key(key), isShown && key != "headers" && key != "sha256")
        case .index(let position): (path.index(position), isShown)
        case .named(let name): (SettingPath(text: path.text + "[" + Words.shortened(name) + "]"), isShown)
        }
    }

    private static func byKey(_ entries: [SettingTree.Entry]) -> [Part] { entries.map { (.key($0.key), $0.value) } }

    private static func byName(_ items: [SettingTree]) -> [Part] {
        let names = items.compactMap { $0["name"]?.text }
        guard names.count == items.count, Set(names).count == names.count else {
            return items.enumerated().map { (.index($0.offset), $0.element) }
        }
        return zip(names, items).map { (.named($0), $1) }
    }

    private mutating func add(
        _ path: SettingPath, _ kind: SettingChange.Kind, _ old: SettingTree?, _ new: SettingTree?, _ isShown: Bool
    ) {
        guard found.count < Self.changesMax else { return }
        let isScalar = (old?.text != nil || old == nil) && (new?.text != nil || new == nil)
        let values = isShown && isScalar ? (old?.text, new?.text) : (nil, nil)
        found.append(
            SettingChange(
                path: path.text, kind: kind, before: values.0.map(Words.shortened), after: values.1.map(Words.shortened)
            ))
    }
}

/// Which settings only a new process takes over.
enum RestartNeed {
    private static let sections = ["listen", "metrics", "storage", "telemetry"]
    private static let single = ["admin", "admin.address", "tls", "tls.ports", "cache.disk"]
    /// What is taken over at once all the same.
    private static let live = ["sampling", "trust_incoming", "propagators", "baggage"].map { "telemetry." + $0 }

    /// Those that are not what they were when the process started.
    static func paths(from start: SettingTree, to now: SettingTree) -> [String] {
        SettingDiff.changes(from: start, to: now).map(\.path).filter { path in
            if single.contains(path) || path.hasPrefix("tls.ports[") { return true }
            guard !live.contains(where: { within(path, $0) }) else { return false }
            return sections.contains { within(path, $0) }
        }
    }

    private static func within(_ path: String, _ section: String) -> Bool {
        path == section || path.hasPrefix(section + ".") || path.hasPrefix(section + "[")
    }
}
