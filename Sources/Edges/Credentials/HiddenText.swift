/// A secret in text: it prints as `<hidden>` wherever it is printed.
struct HiddenText: Sendable, Equatable {
    let exposed: String

    init(_ text: String) { exposed = text }
}

extension HiddenText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<hidden>" }
    var debugDescription: String { "<hidden>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
