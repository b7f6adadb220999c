public import GatewayTypes

/// Reads the limits that a provider tells in its reply's head: OpenAI's `x-ratelimit-remaining-requests` and its many
/// kin (Azure, Groq, xAI), Mistral's by the minute, Together's and OpenRouter's one limit of requests, Anthropic's
/// `anthropic-ratelimit-input-tokens-remaining`.
public enum RateLimitFields {
    private struct Part {
        var remaining: Int64?
        var limit: Int64?
        var resetSeconds: Double?
    }

    private enum Word: String { case remaining, limit, reset }

    /// In the order of the kinds; empty where the head tells none. `now` turns dates into seconds.
    public static func read(_ head: UpstreamHead, now: WallTime) -> [RateLimit] {
        var parts: [RateLimit.Kind: Part] = [:]
        for field in head.fields {
            guard let (word, kind) = meaning(of: field.name) else { continue }
            switch word {
            case .remaining: parts[kind, default: Part()].remaining = Int64(field.value)
            case .limit: parts[kind, default: Part()].limit = Int64(field.value)
            case .reset: parts[kind, default: Part()].resetSeconds = seconds(field.value, now)
            }
        }
        guard !parts.isEmpty else { return [] }
        return RateLimit.Kind.allCases.compactMap { kind in
            guard let part = parts[kind], let remaining = part.remaining else { return nil }
            return RateLimit(
                kind: kind, remaining: max(0, remaining), limit: part.limit, resetSeconds: part.resetSeconds)
        }
    }

    private static func meaning(of name: String) -> (Word, RateLimit.Kind)? {
        if name.hasPrefix("x-ratelimit-") {
            let words = name.dropFirst("x-ratelimit-".count).split(separator: "-", maxSplits: 1)
            guard let first = words.first, let word = Word(rawValue: String(first)) else { return nil }
            guard words.count == 2 else { return (word, .requests) }
            switch words[1] {
            case "requests", "req-minute": return (word, .requests)
            case "tokens", "tokens-minute": return (word, .tokens)
            case _: return nil
            }
        }
        guard name.hasPrefix("anthropic-ratelimit-") else { return nil }
        let words = name.dropFirst("anthropic-ratelimit-".count)
        guard let dash = words.lastIndex(of: "-"), let word = Word(rawValue: String(words[words.index(after: dash)...]))
        else { return nil }
        return RateLimit.Kind(rawValue: String(words[..<dash]).replacing("-", with: "_")).map { (word, $0) }
    }

    /// `12`, `6m0s`, `17.4s`, `2ms`, Unix milliseconds, or a date of RFC 3339.
    static func seconds(_ text: String, _ now: WallTime) -> Double? {
        if let number = Double(text) {
            // No reset is a year away: so large a number is a time in Unix milliseconds.
            return number > 31_536_000 ? max(0, number / 1000 - now.seconds) : max(0, number)
        }
        if text.contains("T") { return timestamp(text).map { max(0, $0 - now.seconds) } }
        var total = 0.0
        var rest = text[...]
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = factors[String(unit)] else { return nil }
            total += value * factor
        }
        return text.isEmpty ? nil : total
    }

    private static let factors = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// Unix seconds of `2026-11-22T20:49:55Z`, fractions and offsets cut off.
    private static func timestamp(_ text: String) -> Double? {
        let numbers = text.prefix(19).split { "-T:".contains($0) }.compactMap { Int64($0) }
        guard numbers.count == 6, (1970...9999).contains(numbers[0]), (1...12).contains(numbers[1]) else { return nil }
        let days = RetryAfter.days(year: numbers[0], month: numbers[1], day: numbers[2])
        return Double(days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    }
}
