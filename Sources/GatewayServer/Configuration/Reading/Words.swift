/// Small helpers for messages that people read.
enum Words {
    /// The text in double quotes, on one line, bounded.
    static func quoted(_ text: String) -> String { "\"" + shortened(text) + "\"" }

    /// At most 80 characters, control characters replaced, so that a message stays one short line.
    static func shortened(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(80) {
            result.append(isControl(scalar) ? "\u{FFFD}" : scalar)
        }
        return text.unicodeScalars.count > 80 ? String(result) + "…" : String(result)
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// `a, b and c`
    static func list(_ names: [String], last: String = "and") -> String {
        guard let final = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " \(last) " + final
    }

    /// `; did you mean "openai"?`, else the names that exist, else nothing.
    static func suggestion(for name: String, among names: [String]) -> String {
        if let near = nearest(to: name, among: names) { return "; did you mean \(quoted(near))?" }
        guard !names.isEmpty else { return "" }
        let shown = names.prefix(20).map(shortened).joined(separator: ", ")
        return names.count > 20 ? "; known: \(shown), …" : "; known: \(shown)"
    }

    /// The name that was probably meant: few edits away, the fewest first, else none.
    static func nearest(to name: String, among names: [String]) -> String? {
        let typed = Array(name.lowercased().unicodeScalars.prefix(65))
        guard !typed.isEmpty, typed.count <= 64 else { return nil }
        var best: (name: String, edits: Int)?
        for candidate in names {
            let letters = Array(candidate.lowercased().unicodeScalars.prefix(64))
            let allowed = max(1, max(typed.count, letters.count) / 3)
            let edits = editDistance(typed, letters)
            if edits <= allowed, edits < min(typed.count, letters.count), edits < best?.edits ?? .max {
                best = (candidate, edits)
            }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var current = [i + 1]
            for j in right.indices {
                var edits = min(last[j + 1] + 1, current[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    edits = min(edits, beforeLast[j - 1] + 1)
                }
                current.append(edits)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
