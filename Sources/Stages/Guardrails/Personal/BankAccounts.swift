/// IBAN (ISO 13616): the country's length, and modulus 97 of the account with its country moved to the end.
enum BankAccounts {
    /// Where the account ends that begins at `start` with two letters and two digits; nil where there is none.
    static func end(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int? {
        guard text[start].isLetter, text.peek(start + 1, &touched).isLetter,
            text[start].isUpper == text[start + 1].isUpper,
            text.peek(start + 2, &touched).isDigit, text.peek(start + 3, &touched).isDigit
        else { return nil }
        let length = length(text[start].uppercased, text[start + 1].uppercased)
        guard length > 0 else { return nil }
        var (index, count, remainder) = (start + 4, 4, 0)
        while count < length {
            let byte = text.peek(index, &touched)
            if byte.isAlphanumeric {
                remainder = append(byte, to: remainder)
                count += 1
                index += 1
            } else if count % 4 == 0, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-"), text.before(index) != byte
            {
                index += 1
            } else if count % 4 == 0, byte == 0xC2, text.peek(index + 1, &touched) == 0xA0 {
                index += 2
            } else {
                return nil
            }
        }
        for offset in 0..<4 { remainder = append(text[start + offset], to: remainder) }
        return remainder == 1 && DigitGroups.isEnd(text, index, &touched) ? index : nil
    }

    private static func append(_ byte: UInt8, to remainder: Int) -> Int {
        byte.isDigit ? (remainder * 10 + Int(byte - 48)) % 97 : (remainder * 100 + Int(byte.uppercased - 55)) % 97
    }

    private static func length(_ first: UInt8, _ second: UInt8) -> Int {
        Int(lengths[Int(first - 65) * 26 + Int(second - 65)])
    }

    /// By country, as the registry of SWIFT has them.
    private static let lengths: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 26 * 26)
        let written =
            "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27"
            + "GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22"
            + "MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28"
            + "TL23TN24TR26UA29VA22VG24XK20YE30"
        let bytes = Array(written.utf8)
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let place = Int(bytes[start] - 65) * 26 + Int(bytes[start + 1] - 65)
            table[place] = (bytes[start + 2] - 48) * 10 + bytes[start + 3] - 48
        }
        return table
    }()
}
