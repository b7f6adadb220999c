public import GatewayTypes

/// What must be the same in two questions for the reply to one to be good for the other, however near their vectors are.
/// A pure value; when in doubt, questions differ.
///
/// Vectors say little of just these words: `is` and `is not`, 15 and 50, Paris and Lyon are neighbours. English is known
/// best; of other languages nearly every word counts as one that must be the same, which costs hits and is never wrong.
public struct Essentials: Sendable, Equatable {
    /// In their order.
    var numbers: [String] = []
    /// What is no common word, in the order of first mention: stems in lower case.
    var names: [String] = []
    /// Of these, those that are written with a capital, in the same order.
    var properNames: [String] = []
    /// Names behind `from`, and behind `to`.
    var origins: Set<String> = []
    var ends: Set<String> = []
    /// Every word of the text, as stems.
    var words: Set<String> = []
    /// 0, 1, or 2 for more.
    var negations = 0
    var dates: Set<String> = []
    var units: Set<String> = []
    var quotes: [String] = []
    var codes: [String] = []
    /// By axis: which of its two ends are mentioned.
    var poles: [Int: Int] = [:]

    public init(of text: String) {
        var reader = EssentialReader()
        reader.read(text)
        self = reader.essentials
    }

    init() {}

    /// Nil where nothing stands against it.
    public func trap(against other: Essentials) -> ParaphraseTrap? {
        if quotes != other.quotes { return .quote }
        if codes != other.codes { return .code }
        if numbers != other.numbers { return .number }
        if dates != other.dates { return .date }
        if units != other.units { return .unit }
        if negations != other.negations || isNegated(by: other) { return .negation }
        if isOpposite(to: other) { return .opposite }
        if !hasNames(of: other) || !other.hasNames(of: self) || !hasOrder(of: other) { return .name }
        return nil
    }

    private func hasNames(of other: Essentials) -> Bool { other.names.allSatisfy { words.contains($0) } }

    /// A way there is no way back. Proper names stand in the same order; other words too where the two texts are the same
    /// words in another order.
    private func hasOrder(of other: Essentials) -> Bool {
        if !origins.isDisjoint(with: other.ends) || !ends.isDisjoint(with: other.origins) { return false }
        return Self.isOrdered(properNames, other.properNames)
            && (words != other.words || Self.isOrdered(names, other.names))
    }

    private static func isOrdered(_ left: [String], _ right: [String]) -> Bool {
        let (inLeft, inRight) = (Set(left), Set(right))
        return left.filter { inRight.contains($0) } == right.filter { inLeft.contains($0) }
    }

    /// `possible` and `impossible`, `install` and `uninstall`.
    private func isNegated(by other: Essentials) -> Bool {
        Self.negates(words, other.words) || Self.negates(other.words, words)
    }

    private static let prefixes = [
        "un", "dis", "in", "im", "il", "ir", "non", "de", "mis", "anti", "re", "non-", "re-",
    ]

    private static func negates(_ negated: Set<String>, _ plain: Set<String>) -> Bool {
        for word in negated where !plain.contains(word) {
            for prefix in prefixes where word.count > prefix.count + 2 && word.hasPrefix(prefix) {
                let rest = String(word.dropFirst(prefix.count))
                if plain.contains(rest), !negated.contains(rest) { return true }
            }
        }
        return false
    }

    private func isOpposite(to other: Essentials) -> Bool {
        poles.contains { axis, ends in (other.poles[axis] ?? ends) != ends }
            || (poles[EssentialWords.orderAxis] == nil) != (other.poles[EssentialWords.orderAxis] == nil)
    }
}
