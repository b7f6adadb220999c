/// What may be declared through the admin API, in the grammar of the file.
enum ResourceKind: String, CaseIterable, Sendable {
    case teams, callers, plans, limits, guardrails, providers, routes, reroutes, budgets
    /// Channels: `alertmanager` and `webhook`.
    case notify

    /// The section of the file that holds it.
    var section: String {
        switch self {
        case .teams, .callers, .plans, .limits, .guardrails, .providers, .reroutes, .budgets, .notify: rawValue
        case .routes: "models"
        }
    }

    /// One of them, in words: `team`.
    var noun: String { self == .notify ? "channel" : String(rawValue.dropLast()) }

    /// Whether the file has them as a list of mappings with a `name`, instead of a mapping by name.
    var isList: Bool {
        switch self {
        case .teams, .callers, .plans, .guardrails, .providers, .routes, .reroutes, .notify: false
        case .limits, .budgets: true
        }
    }

    /// What each of them may hold; nil: a mapping of names, or what depends on the name.
    var shape: SectionShape? {
        switch self {
        case .teams: Configuration.Team.section.shape
        case .callers: Configuration.Caller.section.shape
        case .plans: Configuration.Plan.section.shape
        case .limits: Configuration.Limit.section.shape
        case .guardrails: Configuration.Guardrail.section.shape
        case .routes: Configuration.Model.section.shape
        case .providers: Configuration.Provider.section.shape
        case .reroutes, .notify: nil
        case .budgets: Configuration.Budget.section.shape
        }
    }

    /// Whether what is declared may be sent to where the one who declares it says: then no value that could be a secret may
    /// stand in it, for it could be read back.
    var sendsHeaders: Bool {
        switch self {
        case .providers, .notify: true
        case .teams, .callers, .plans, .limits, .guardrails, .routes, .reroutes, .budgets: false
        }
    }

    /// Those that a tree declares: name and what it says.
    func all(in tree: SettingTree) -> [(name: String, spec: SettingTree)] {
        guard let section = tree[section] else { return [] }
        if !isList { return section.entries.map { ($0.key, $0.value) } }
        return section.items.compactMap { item in item["name"]?.text.map { ($0, item) } }
    }
}

/// A thing that the admin API declares beside the file.
struct DeclaredResource: Sendable {
    let kind: ResourceKind
    let name: String
    let spec: SettingTree

    /// The file's tree with those behind what it says itself, and the path of each in it.
    static func merge(
        _ declared: [DeclaredResource], into file: SettingTree, _ reader: SettingReader
    ) -> (tree: SettingTree, paths: [SettingPath]) {
        var tree = file
        var paths: [SettingPath] = []
        for resource in declared {
            let kind = resource.kind
            let section = tree[kind.section] ?? SettingTree(mark: nowhere, content: .empty)
            let path = SettingPath.root.key(kind.section)
            if kind.all(in: file).contains(where: { $0.name == resource.name }) {
                reader.error(
                    at: path.key(resource.name), nowhere,
                    "is declared here and through the admin API; take one away: weir \(kind.rawValue) delete "
                        + resource.name)
            }
            let merged: SettingTree.Content
            if kind.isList {
                let name = SettingTree(mark: nowhere, content: .text(resource.name, quoted: true))
                paths.append(path.index(section.items.count))
                merged = .list(section.items + [resource.spec.setting("name", to: name)])
            } else {
                paths.append(path.key(resource.name))
                merged = .map(section.entries + [.init(key: resource.name, mark: nowhere, value: resource.spec)])
            }
            tree = tree.setting(kind.section, to: SettingTree(mark: section.mark, content: merged))
        }
        return (tree, paths)
    }

    private static let nowhere = Mark(line: 0, column: 0)
}
