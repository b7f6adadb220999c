/// Where something stands in the file: line and column from 1, the column in Unicode scalars.
struct Mark: Sendable, Hashable, Comparable {
    var line: Int
    var column: Int

    static let start = Mark(line: 1, column: 1)

    static func < (left: Mark, right: Mark) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A YAML document as the configuration needs it: text, lists and maps, each with its place in the file.
struct SettingTree: Sendable {
    indirect enum Content: Sendable {
        /// The text as written; `quoted` tells `"5"` from `5`.
        case text(String, quoted: Bool)
        /// Nothing, `~` or `null`.
        case empty
        case list([SettingTree])
        case map([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let mark: Mark
        let value: SettingTree
    }

    let mark: Mark
    let content: Content

    /// The document without anything in it.
    static let nothing = SettingTree(mark: .start, content: .empty)

    /// What it is, in words that a problem's message can use. Never the value itself.
    var kindInWords: String {
        switch content {
        case .text: "text"
        case .empty: "nothing"
        case .list: "a list"
        case .map: "a mapping"
        }
    }
}

/// A header's value may stand in the file in clear, so that a tree prints nothing of itself.
extension SettingTree: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<settings>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The way to a setting: `models.smart.targets[0].provider`.
struct SettingPath: Sendable, Hashable {
    let text: String

    static let root = SettingPath(text: "")

    /// A name that could be mistaken for a path is quoted: `models."gpt-4.1".targets`.
    func key(_ name: String) -> SettingPath {
        let plain =
            !name.isEmpty && name.unicodeScalars.allSatisfy { $0 != "." && $0 != "[" && $0 != "\"" && $0 != " " }
        let step = plain ? Words.shortened(name) : Words.quoted(name)
        return SettingPath(text: text.isEmpty ? step : text + "." + step)
    }

    func index(_ position: Int) -> SettingPath { SettingPath(text: "\(text)[\(position)]") }
}
