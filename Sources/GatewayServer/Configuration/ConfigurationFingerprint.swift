/// What a configuration's file says, as digests: comments, blank space and what secrets hold do not count.
public struct ConfigurationFingerprint: Sendable, Equatable {
    /// By section, in 64 hexadecimal digits.
    let sections: [String: String]
    /// Of the whole file, in 64 hexadecimal digits; empty where no digest was at hand.
    public let hash: String

    static let none = ConfigurationFingerprint(sections: [:], hash: "")

    private init(sections: [String: String], hash: String) {
        self.sections = sections
        self.hash = hash
    }

    init(_ tree: SettingTree, sha256: (String) -> String) {
        guard case .map(let entries) = tree.content else {
            self.init(sections: [:], hash: sha256(""))
            return
        }
        let digests = entries.map { ($0.key, sha256(Self.canonical($0.value))) }
        let all = digests.map { "\($0)=\($1)" }.sorted().joined(separator: "\n")
        self.init(sections: Dictionary(digests, uniquingKeysWith: { $1 }), hash: sha256(all))
    }

    /// Sections that say something else than they did, or are new or gone; sorted.
    func changes(since old: ConfigurationFingerprint) -> [String] {
        Set(sections.keys).union(old.sections.keys).filter { sections[$0] != old.sections[$0] }.sorted()
    }

    /// No two trees have the same text: lengths stand before what they measure.
    private static func canonical(_ tree: SettingTree) -> String {
        switch tree.content {
        case .empty: "n"
        case .text(let text, let quoted): "\(quoted ? "q" : "t")\(text.utf8.count):\(text)"
        case .list(let items): "l\(items.count):" + items.map(canonical).joined()
        case .map(let entries):
            "m\(entries.count):" + entries.map { "\($0.key.utf8.count):\($0.key)" + canonical($0.value) }.joined()
        }
    }
}
