/// What is wrong with a text of a budget, and where.
public struct RuleTextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// 1 for the first character of the text; one past the last where something is missing at the end.
    public let column: Int
    /// One line that names the nearest valid word where there is one.
    public let message: String

    public init(column: Int, message: String) {
        self.column = column
        self.message = message
    }

    public var description: String { "column \(column): \(message)" }
}
