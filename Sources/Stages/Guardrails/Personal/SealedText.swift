/// Tokens and keys with a frame of their own: JSON Web Tokens, and private keys in PEM.
enum SealedText {
    static let tokenBytesMax = 4096
    static let keyBytesMax = 8192

    /// Where the JSON Web Token ends that begins at `start`: two parts that begin as an object does in base64url, and a
    /// signature (RFC 7515).
    static func tokenEnd(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int? {
        guard text.has("eyJ", at: start, &touched) else { return nil }
        guard let header = partEnd(text, start + 3, start, &touched), header - start >= 12,
            text.peek(header, &touched) == UInt8(ascii: "."), text.has("eyJ", at: header + 1, &touched),
            let payload = partEnd(text, header + 4, start, &touched), text.peek(payload, &touched) == UInt8(ascii: "."),
            let signature = partEnd(text, payload + 1, start, &touched)
        else { return nil }
        return signature
    }

    private static func partEnd(_ text: Span<UInt8>, _ start: Int, _ tokenStart: Int, _ touched: inout Bool) -> Int? {
        var index = start
        while true {
            let byte = text.peek(index, &touched)
            guard byte.isWord || byte == UInt8(ascii: "-") else { return index }
            index += 1
            if index - tokenStart > tokenBytesMax { return nil }
        }
    }

    /// Where the private key ends whose first line begins at `start`. One that is cut off, or longer than any, ends where its
    /// lines do, or at the longest.
    static func keyEnd(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int? {
        guard text.has("-----BEGIN ", at: start, &touched) else { return nil }
        var (index, isPrivate) = (start + 11, false)
        while index < start + 60 {
            let byte = text.peek(index, &touched)
            if byte == UInt8(ascii: "P"), text.has("PRIVATE KEY", at: index, &touched) { isPrivate = true }
            guard byte.isUpper || byte.isDigit || byte == UInt8(ascii: " ") else { break }
            index += 1
        }
        guard isPrivate, text.has("-----", at: index, &touched) else { return nil }
        index += 5
        let bodyStart = index
        while index - start < keyBytesMax {
            let byte = text.peek(index, &touched)
            if byte == UInt8(ascii: "-"), text.has("-----END ", at: index, &touched) {
                guard index - bodyStart >= 32 else { return nil }
                return lineEnd(text, index + 9, &touched)
            }
            guard byte.isAlphanumeric || byte.isWhite || isBody(byte) else { break }
            index += 1
        }
        return index - bodyStart >= 64 ? index : nil
    }

    /// Base64, the headers of an encrypted key, and line ends written as `\n`.
    private static func isBody(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "\\"), UInt8(ascii: ":"),
            UInt8(ascii: ","),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// After the dashes that close the last line.
    private static func lineEnd(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int {
        var index = start
        while index < start + 40 {
            let byte = text.peek(index, &touched)
            guard byte.isUpper || byte.isDigit || byte == UInt8(ascii: " ") else { break }
            index += 1
        }
        let last = index
        while index < last + 5, text.peek(index, &touched) == UInt8(ascii: "-") { index += 1 }
        return index
    }
}
