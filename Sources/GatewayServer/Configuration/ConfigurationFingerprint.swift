/// What a configuration says, as a digest: comments, blank space and what secrets hold do not count.
public struct ConfigurationFingerprint: Sendable, Equatable {
    /// Of the whole file, in 64 hexadecimal digits; empty where no digest was at hand.
    public let hash: String

    static let none = ConfigurationFingerprint(hash: "")

    private init(hash: String) { self.hash = hash }

    init(_ tree: SettingTree, sha256: (String) -> String) {
        let digests = tree.entries.map { ($0.key, sha256(Self.canonical($0.value))) }
        self.init(hash: sha256(digests.map { "\($0)=\($1)" }.sorted().joined(separator: "\n")))
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
