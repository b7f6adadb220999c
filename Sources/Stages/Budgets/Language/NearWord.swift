/// Finds the word that was probably meant.
enum NearWord {
    /// `; did you mean "spent"?`, else the words that exist.
    static func suggestion(for typed: String, among words: [String]) -> String {
        let letters = Array(typed.lowercased().unicodeScalars.prefix(40))
        let ranked = words.map { ($0, edits(letters, Array($0.unicodeScalars))) }.min { $0.1 < $1.1 }
        if let (word, edits) = ranked, edits <= max(1, max(letters.count, word.count) / 3) {
            return "; did you mean \"\(word)\"?"
        }
        return "; known: \(words.joined(separator: ", "))"
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func edits(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var edits = min(
                    last[column + 1] + 1, current[column] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    edits = min(edits, beforeLast[column - 1] + 1)
                }
                current.append(edits)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
