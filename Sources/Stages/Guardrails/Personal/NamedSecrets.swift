/// Values that a name says are secret (`password=…`, `"api_key": "…"`), and the passwords of URLs. Only those that look as if
/// they were one: not a name, a call, a placeholder or a word.
enum NamedSecrets {
    private static let nameBytesMax = 48
    private static let valueBytesMax = 256

    /// What a name lets its value be.
    private enum Kind {
        /// People choose it.
        case password
        /// A machine made it.
        case token
    }

    /// Names end with one of these; small letters, `_` and `-` are passed over in the text.
    private static let names: [(StaticString, Kind)] = [
        ("password", .password), ("passwd", .password), ("passphrase", .password), ("passcode", .password),
        ("pwd", .password),
        ("passwort", .password), ("kennwort", .password), ("motdepasse", .password), ("wachtwoord", .password),
        ("senha", .password), ("clave", .password), ("haslo", .password), ("secret", .token), ("token", .token),
        ("apikey", .token), ("accesskey", .token), ("secretkey", .token), ("privatekey", .token),
        ("accountkey", .token),
        ("authkey", .token), ("signingkey", .token), ("encryptionkey", .token), ("sharedkey", .token),
        ("masterkey", .token),
        ("credential", .token), ("credentials", .token), ("authorization", .token), ("bearer", .token),
    ]

    /// Where the secret stands that the `=` or `:` at `sign` gives a value to; nil where it gives none.
    static func value(_ text: Span<UInt8>, sign: Int, _ touched: inout Bool) -> Range<Int>? {
        guard let kind = name(text, before: sign) else { return nil }
        var index = sign + 1
        if text.peek(index, &touched) == UInt8(ascii: ">")
            || (text.before(index) == UInt8(ascii: ":") && text.peek(index, &touched) == UInt8(ascii: "="))
        {
            index += 1
        }
        var spaces = 0
        while spaces < 4, text.peek(index, &touched) == UInt8(ascii: " ") { (index, spaces) = (index + 1, spaces + 1) }
        if text.has("Bearer ", at: index, &touched) || text.has("bearer ", at: index, &touched) { index += 7 }
        let opening = text.peek(index, &touched)
        let isQuoted = opening == UInt8(ascii: "\"") || opening == UInt8(ascii: "'") || opening == UInt8(ascii: "`")
        if isQuoted { index += 1 }
        let start = index
        while index - start <= valueBytesMax {
            let byte = text.peek(index, &touched)
            if isQuoted ? byte == opening : isBareEnd(byte) { break }
            if byte <= 32 || byte >= 127 || byte == UInt8(ascii: "\\") { break }
            index += 1
        }
        let next = text.peek(index, &touched)
        guard index - start <= valueBytesMax, !isQuoted || next == opening else { return nil }
        if !isQuoted {
            // The end of a sentence is no part of it.
            while index > start, text[index - 1] == UInt8(ascii: ".") || text[index - 1] == UInt8(ascii: ":") {
                index -= 1
            }
            if isCode(next) || next == UInt8(ascii: "\\") && text.peek(index + 1, &touched) == UInt8(ascii: "(") {
                return nil
            }
        }
        return isSecret(text, start..<index, kind, isQuoted) ? start..<index : nil
    }

    /// A name that says that its value is secret, before a sign; nil where there is none.
    private static func name(_ text: Span<UInt8>, before sign: Int) -> Kind? {
        var end = sign
        while end > max(0, sign - 3), text[end - 1] == UInt8(ascii: " ") { end -= 1 }
        if end > 0,
            text[end - 1] == UInt8(ascii: "\"") || text[end - 1] == UInt8(ascii: "'")
                || text[end - 1] == UInt8(ascii: "`")
        {
            end -= 1
        }
        guard end > 2, text[end - 1].isLetter else { return nil }
        search: for (name, kind) in names {
            var (index, letter) = (end, name.utf8CodeUnitCount)
            while letter > 0 {
                guard index > max(0, sign - nameBytesMax) else { continue search }
                index -= 1
                let byte = text[index]
                if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: " ") && index + 1 < end
                {
                    continue
                }
                letter -= 1
                if byte | 32 != name.utf8Start[letter] { continue search }
            }
            return kind
        }
        return nil
    }

    private static func isBareEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: ")"),
            UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "|"):
            true
        default: false
        }
    }

    /// What follows a name in a program, and not a value.
    private static func isCode(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "'"),
            UInt8(ascii: "\""), UInt8(ascii: "|"):
            true
        default: false
        }
    }

    private static func isSecret(_ text: Span<UInt8>, _ range: Range<Int>, _ kind: Kind, _ isQuoted: Bool) -> Bool {
        guard range.count >= 6, let first = range.first else { return false }
        switch text[first] {
        case UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "{"), UInt8(ascii: "<"), UInt8(ascii: "="),
            UInt8(ascii: "*"),
            UInt8(ascii: "&"), UInt8(ascii: "/"), UInt8(ascii: "@"):
            // A variable, a template, a mask of stars, a path.
            return false
        default: break
        }
        for index in range where text[index] == UInt8(ascii: "{") || text[index] == UInt8(ascii: "<") { return false }
        let value = Randomness(text, range)
        let classes =
            (value.hasLower ? 1 : 0) + (value.hasUpper ? 1 : 0) + (value.hasDigit ? 1 : 0) + (value.hasSign ? 1 : 0)
        switch kind {
        case .password:
            return classes >= 2 && (value.hasDigit || value.hasSign) && value.distinct >= 5
                && !isNumberOrURL(text, range)
        case .token:
            return range.count >= 16 && value.hasDigit && classes >= 2 && value.centibits >= 300 && !value.isName
                && !isNumberOrURL(text, range)
        }
    }

    /// `0x1000`, `1.5e10`, `https://…`.
    private static func isNumberOrURL(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var (letters, digits) = (0, 0)
        for index in range {
            if text[index] == UInt8(ascii: ":"), index + 2 < range.upperBound, text[index + 1] == UInt8(ascii: "/") {
                return true
            }
            if text[index].isLetter { letters += 1 }
            if text[index].isDigit { digits += 1 }
        }
        return letters <= 1 && digits > 0 && digits + letters >= range.count - 2
    }

    /// The password of a URL whose `:` before `//` stands at `colon`.
    static func urlPassword(_ text: Span<UInt8>, colon: Int, _ touched: inout Bool) -> Range<Int>? {
        guard text.before(colon).isLetter, text.peek(colon + 1, &touched) == UInt8(ascii: "/"),
            text.peek(colon + 2, &touched) == UInt8(ascii: "/")
        else { return nil }
        var (index, start) = (colon + 3, 0)
        while index < colon + 3 + 200 {
            let byte = text.peek(index, &touched)
            if byte == UInt8(ascii: "@") { break }
            if byte == UInt8(ascii: ":"), start == 0 { start = index + 1 }
            if byte <= 32 || byte >= 127 || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\"")
                || byte == UInt8(ascii: "<")
                || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "$")
            {
                return nil
            }
            index += 1
        }
        guard start > 0, text.peek(index, &touched) == UInt8(ascii: "@") else { return nil }
        return isSecret(text, start..<index, .password, true) ? start..<index : nil
    }
}
