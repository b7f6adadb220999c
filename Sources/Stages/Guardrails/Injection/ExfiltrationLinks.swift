import GatewayTypes

/// Images and links whose URL carries something: an image is fetched without a click.
enum ExfiltrationLinks {
    private static let urlBytesMax = 768

    private enum Place: Int {
        case image = 40
        case link = 20
        case bare = 0
    }

    static func collect(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence]) {
        // Where the last bracket opened, and whether as an image's.
        var (bracket, isImage, index) = (nil as Int?, false, 0)
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "["):
                bracket = index
                isImage = index > 0 && text[index - 1] == UInt8(ascii: "!")
                index += 1
            case UInt8(ascii: "("), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ":"), UInt8(ascii: " "):
                index =
                    urlStarts(text, at: index + 1)
                    ? url(text, at: index + 1, opener: index, bracket, isImage, into: &evidence) : index + 1
            default:
                index += 1
            }
        }
    }

    private static func urlStarts(_ text: Span<UInt8>, at index: Int) -> Bool {
        Scalars.has("https://", in: text, at: index) || Scalars.has("http://", in: text, at: index)
            || index >= 2 && text[index - 1] == UInt8(ascii: "(") && Scalars.has("//", in: text, at: index)
    }

    /// Looks at a URL and gives the first byte behind it.
    private static func url(
        _ text: Span<UInt8>, at start: Int, opener: Int, _ bracket: Int?, _ isImage: Bool,
        into evidence: inout [InjectionEvidence]
    ) -> Int {
        let place: Place
        let closers: [UInt8]
        switch text[opener] {
        case UInt8(ascii: "(") where opener > 0 && text[opener - 1] == UInt8(ascii: "]"):
            place = isImage ? .image : .link
            closers = [UInt8(ascii: ")"), 0x0A]
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            guard opener >= 4, let attribute = attribute(text, before: opener) else { return start }
            place = attribute
            closers = [text[opener], 0x0A]
        case UInt8(ascii: " ")
        where opener > 1 && text[opener - 1] == UInt8(ascii: ":") && text[opener - 2] == UInt8(ascii: "]"):
            place = .link
            closers = [0x20, 0x0A]
        default:
            place = .bare
            closers = [0x20, 0x0A, UInt8(ascii: ")")]
        }
        var end = start
        while end < text.count, end - start < urlBytesMax, !closers.contains(text[end]) { end += 1 }
        var bytes: [UInt8] = []
        for index in start..<end { bytes.append(text[index]) }
        let points = URLPoints(bytes).sum
        if points > 0 {
            let from =
                place == .bare ? start : max(bracket.map { $0 < start && start - $0 < 200 ? $0 : start } ?? start, 0)
            evidence.append(
                InjectionEvidence(range: from..<end, weight: points + place.rawValue, kind: .markdownExfiltration))
        }
        return max(end, start)
    }

    /// `src=` and `href=`, before a quote.
    private static func attribute(_ text: Span<UInt8>, before quote: Int) -> Place? {
        if Scalars.has("src=", in: text, at: quote - 4) { return .image }
        return quote >= 5 && Scalars.has("href=", in: text, at: quote - 5) ? .link : nil
    }
}

/// What speaks for a URL that carries what was said.
struct URLPoints {
    private static let collectors = [
        "webhook.site", "requestbin", "burpcollaborator", "interact.sh", "pipedream", "oast.",
    ]
    private static let dataKeys: Set<String> = [
        "d", "data", "q", "payload", "leak", "msg", "message", "info", "secret", "history", "context", "content",
        "text",
        "conversation", "prompt", "session", "chunk", "exfil", "dump", "body", "stolen", "log", "token", "key", "user",
    ]
    private static let sensitive = [
        "password", "secret", "api key", "api_key", "apikey", "card", "salary", "ssn", "conversation", "history", "cvv",
        "system prompt", "message", "you are", "email", "akia", "sk-",
    ]

    private(set) var sum = 0

    init(_ url: [UInt8]) {
        let text = String(decoding: url, as: UTF8.self)
        let afterScheme = text.firstRange(of: "//").map { text[$0.upperBound...] } ?? text[...]
        let hostEnd = afterScheme.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? afterScheme.endIndex
        let (host, rest) = (afterScheme[..<hostEnd], afterScheme[hostEnd...])
        sum += hostPoints(host)
        guard !rest.isEmpty else { return }
        let queryStart = rest.firstIndex(of: "?") ?? rest.endIndex
        if Self.hasPlaceholder(rest) { sum += 70 }
        sum += 70 * rest[..<queryStart].split(separator: "/").count(where: Self.hidesText)
        for parameter in rest[queryStart...].dropFirst().split(separator: "&") { sum += Self.points(of: parameter) }
    }

    private func hostPoints(_ host: Substring) -> Int {
        let folded = host.lowercased()
        var points = 0
        if !host.isEmpty, host.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == ":") }) { points += 20 }
        if Self.collectors.contains(where: { folded.contains($0) }) { points += 30 }
        if host.split(separator: ".").contains(where: { Self.hidesText($0) }) { points += 70 }
        return points
    }

    /// A hole to be filled: `{{history}}`, `<data>`, `[EMAIL]`, `${KEY}`, `%7Bmessage%7D`, `SECRET_FROM_…`.
    private static func hasPlaceholder(_ text: Substring) -> Bool {
        let folded = text.lowercased()
        if folded.contains("{") && !folded.contains("{type") || folded.contains("<")
            || folded.contains("%7b") && !folded.contains("%5c")
        {
            return true
        }
        guard let bracket = text.firstIndex(of: "[") else {
            return text.split { !($0.isUppercase || $0 == "_") }.contains {
                $0.count >= 10 && $0.contains("_")
            }
        }
        return text[bracket...].dropFirst().first?.isLetter ?? false
    }

    private static func points(of parameter: Substring) -> Int {
        let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count >= 8 else { return 0 }
        var value = ""
        for character in PercentEncoding.decode(parts[1]) { value.append(character == "+" ? " " : character) }
        let folded = value.lowercased()
        var points = 0
        if sensitive.contains(where: { folded.contains($0) }) { points += 50 }
        if hidesText(parts[1]) { points += 60 }
        if value.count(where: { $0 == " " }) >= 3 { points += 40 }
        if value.contains("@") { points += 20 }
        guard points > 0 else { return 0 }
        return points + (dataKeys.contains(parts[0].lowercased()) ? 20 : 0)
    }

    /// Whether it is base64 of a text.
    private static func hidesText(_ part: Substring) -> Bool {
        let bytes = Array(part.utf8)
        guard bytes.count >= 24 else { return false }
        let decoded = EncodedPayloads.fromBase64(bytes.span, 0..<bytes.count, bytesMax: 256)
        guard decoded.count >= 16, decoded.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return false }
        return decoded.contains(0x20)
    }
}
