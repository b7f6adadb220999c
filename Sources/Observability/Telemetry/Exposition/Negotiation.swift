/// Reads `Accept` and `Accept-Encoding` (RFC 9110 §12.5).
enum Negotiation {
    struct Range {
        let name: String
        let parameters: [String: String]
        /// 0 … 1.
        let quality: Double
    }

    static func ranges(_ header: String) -> [Range] {
        header.split(separator: ",").compactMap { element in
            let parts = element.split(separator: ";", omittingEmptySubsequences: false).map(trim)
            guard let name = parts.first, !name.isEmpty else { return nil }
            var parameters: [String: String] = [:]
            var quality = 1.0
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trim)
                guard pair.count == 2 else { continue }
                let key = pair[0].lowercased()
                if key == "q" {
                    guard let value = Double(pair[1]), (0...1).contains(value) else { return nil }
                    quality = value
                } else {
                    parameters[key] = unquote(pair[1])
                }
            }
            return Range(name: name.lowercased(), parameters: parameters, quality: quality)
        }
    }

    static func accepts(gzipIn header: String?) -> Bool {
        guard let header else { return false }
        let ranges = ranges(header)
        if let named = ranges.first(where: { $0.name == "gzip" || $0.name == "x-gzip" }) { return named.quality > 0 }
        return ranges.contains { $0.name == "*" && $0.quality > 0 }
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }

    private static func unquote(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }
}
