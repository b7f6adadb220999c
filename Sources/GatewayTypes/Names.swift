/// A name that the configuration declares: the only strings that may become metric labels.
///
/// Only a `NameTable` makes one, so that the number of label values is bounded by the type system.
public struct ConfiguredName: Hashable, Sendable {
    public let text: String
    /// Dense position in its table; 0 is `_other`.
    public let index: Int

    fileprivate init(text: String, index: Int) {
        self.text = text
        self.index = index
    }

    /// Stands for every name that the configuration does not declare.
    public static let other = ConfiguredName(text: "_other", index: 0)

    @inlinable public static func == (left: ConfiguredName, right: ConfiguredName) -> Bool {
        left.index == right.index && left.text == right.text
    }
}

/// The declared names of one kind (teams, callers, routes, providers, models).
public struct NameTable: Sendable {
    public private(set) var names: [ConfiguredName] = [.other]
    private var byText: [String: ConfiguredName] = [:]

    public init() {}

    /// The name for `text`, declared now if it was not before.
    public mutating func declare(_ text: String) -> ConfiguredName {
        if let known = byText[text] { return known }
        let name = ConfiguredName(text: text, index: names.count)
        names.append(name)
        byText[text] = name
        return name
    }

    /// The declared name, else `_other`.
    public subscript(text: String) -> ConfiguredName { byText[text] ?? .other }
}
