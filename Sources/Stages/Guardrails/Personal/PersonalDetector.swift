/// Personal data and secrets, found in one pass: a table of 256 tells of each byte whether anything may begin there, which is
/// at few of them; whoever knows what may begin is then asked. All that is looked at is bounded, so that time is linear.
public struct PersonalDetector: TextDetector {
    /// The longest finding (a private key), and the words before it.
    public var reachBytes: Int { SealedText.keyBytesMax + PersonalDetector.contextBytes }
    public var contextBytes: Int { Self.contextBytes }
    public let reasons: [Reason]

    /// An address's local part and what stands before it, or the words before a number, or a secret's name.
    private static let contextBytes = 96

    private let types: PersonalTypes
    private let phones: PhoneNumbers
    private let numberIDs: NumberIDs
    private let letterIDs: LetterIDs
    private let allowed: AllowedValues

    /// - Parameters:
    ///   - types: what is looked for.
    ///   - countries: whose telephone and personal numbers are known; those with a country's code are found whatever it is.
    ///   - allowed: values that are no finding, and domains (`example.com`) whose e-mail addresses are none.
    public init(
        types: [PersonalType] = PersonalType.allCases, countries: [CountryPack] = CountryPack.allCases,
        allowed: [String] = []
    ) {
        self.types = PersonalTypes(types)
        reasons = PersonalType.allCases.filter { types.contains($0) }.map(\.reason)
        phones = PhoneNumbers(countries)
        numberIDs = NumberIDs(CountrySet(countries))
        letterIDs = LetterIDs(CountrySet(countries))
        self.allowed = AllowedValues(allowed)
    }

    public func find(in text: Span<UInt8>, into findings: inout [Finding]) {
        _ = find(in: text, from: 0, isEnd: true, into: &findings)
    }

    public func find(in text: Span<UInt8>, from start: Int, isEnd: Bool, into findings: inout [Finding]) -> Int {
        var scan = Scan(start: start)
        let (table, pairs) = (ByteKind.table, KeyPrefixes.pairs)
        let (kinds, seconds) = (table.span, pairs.span)
        var index = start
        while index < text.count {
            let kind = kinds[Int(text[index])]
            if kind & ByteKind.wordOrTrigger == 0 {
                index += 1
                continue
            }
            scan.touched = false
            let next =
                kind & ByteKind.word == 0
                ? trigger(text, index, &scan) : word(text, index, kind, kinds, seconds, &scan)
            if scan.touched, !isEnd {
                // What begins here depends on what follows.
                return scan.decided(text, min(scan.candidate, index))
            }
            if let found = scan.found {
                scan.found = nil
                scan.lastEnd = found.range.upperBound
                if !allowed.contains(text, found.range, found.type) {
                    findings.append(Finding(found.range, found.type.reason))
                }
                index = max(next, found.range.upperBound)
            } else {
                index = next
            }
        }
        return isEnd ? text.count : scan.decided(text, text.count)
    }

    private struct Found {
        let range: Range<Int>
        let type: PersonalType
    }

    /// Where a scan is.
    private struct Scan {
        /// Whether the end of the text was looked at by who was asked last.
        var touched = false
        /// Where that began which was looked at, if that is before the byte that called for it.
        var candidate = Int.max
        var lastEnd: Int
        var found: Found?

        init(start: Int) { lastEnd = start }

        /// What is decided whatever follows: an address may still begin in what is local at the end.
        func decided(_ text: Span<UInt8>, _ index: Int) -> Int {
            // A letter may be cut in two.
            let last = text.before(text.count)
            let end = last >= 0xC3 && last < 0xE0 ? text.count - 1 : text.count
            return max(lastEnd, min(index, EmailAddresses.localStart(text, before: end) ?? text.count))
        }
    }

    /// At the beginning of a word, or within one where the text begins there. Returns where to go on.
    @inline(__always)
    private func word(
        _ text: Span<UInt8>, _ start: Int, _ kind: UInt8, _ kinds: Span<UInt8>, _ seconds: Span<UInt64>,
        _ scan: inout Scan
    ) -> Int {
        let isBeginning = !text.before(start).isWord
        scan.candidate = start
        if isBeginning {
            if kind == ByteKind.digit {
                digits(text, start, &scan)
            } else if kind != ByteKind.underscore {
                letters(text, start, seconds, &scan)
            }
            if scan.found != nil { return start }
        }
        var (index, all) = (start + 1, kind)
        while index < text.count {
            let next = kinds[Int(text[index])]
            if next & ByteKind.word == 0 { break }
            all |= next
            index += 1
        }
        let isShort = index - start <= LetterIDs.bytesMax
        if index == text.count, isShort { scan.touched = true }
        // With a digit; or one or two capitals, before more.
        if isBeginning, isShort, all & ByteKind.digit != 0 || kind == ByteKind.upper && index - start <= 2 {
            mixed(text, start, index, &scan)
        }
        return index
    }

    @inline(__always)
    private func letters(_ text: Span<UInt8>, _ start: Int, _ seconds: Span<UInt64>, _ scan: inout Scan) {
        let second = text.peek(start + 1, &scan.touched)
        // Bytes 64 apart share a bit: it is a first look only.
        if seconds[Int(text[start])] & 1 << UInt64(second & 63) != 0,
            let key = KeyPrefixes.match(text, start, &scan.touched), types.has(key.type)
        {
            scan.found = Found(range: start..<key.end, type: key.type)
            return
        }
        if second.isLetter, text.peek(start + 2, &scan.touched).isDigit {
            if types.has(.iban), let end = BankAccounts.end(text, start, &scan.touched) {
                scan.found = Found(range: start..<end, type: .iban)
                return
            }
        } else if second == UInt8(ascii: "y"), text[start] == UInt8(ascii: "e"), types.has(.jwt),
            let end = SealedText.tokenEnd(text, start, &scan.touched)
        {
            scan.found = Found(range: start..<end, type: .jwt)
            return
        }
        if text[start].isHex { six(text, start, &scan) }
    }

    /// An address of version 6, if the first of its groups ends with a colon.
    @inline(__always)
    private func six(_ text: Span<UInt8>, _ start: Int, _ scan: inout Scan) {
        var index = start + 1
        while index < start + 4, text.peek(index, &scan.touched).isHex { index += 1 }
        guard text.peek(index, &scan.touched) == UInt8(ascii: ":"), types.has(.ipAddress),
            text.before(start) != UInt8(ascii: ":")
        else { return }
        if let end = InternetAddresses.sixEnd(text, start, &scan.touched) {
            scan.found = Found(range: start..<end, type: .ipAddress)
        }
    }

    @inline(never)
    private func mixed(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ scan: inout Scan) {
        guard types.has(.nationalID) else { return }
        if text[start].isDigit, !NumberStart.isOne(text, start) { return }
        if let idEnd = letterIDs.end(text, start, end, &scan.touched) {
            scan.found = Found(range: start..<idEnd, type: .nationalID)
        }
    }

    @inline(never)
    private func digits(_ text: Span<UInt8>, _ start: Int, _ scan: inout Scan) {
        six(text, start, &scan)
        if scan.found == nil, NumberStart.isOne(text, start) { number(text, start, &scan) }
    }

    /// A number in digits and what stands between them, from a digit, `+` or `(`.
    private func number(_ text: Span<UInt8>, _ start: Int, _ scan: inout Scan) {
        guard let number = DigitGroups(text, at: start, &scan.touched), !number.isTooLong, number.digitCount >= 4 else {
            return
        }
        let first = number.hasPlus || number.hasParen ? nil : start
        if let first {
            if types.has(.ipAddress), let end = InternetAddresses.fourEnd(number, text, &scan.touched) {
                scan.found = Found(range: first..<end, type: .ipAddress)
                return
            }
            if types.has(.nationalID), let groups = numberIDs.groups(number, text, &scan.touched) {
                scan.found = Found(range: first..<number.end(of: groups), type: .nationalID)
                return
            }
            if types.has(.paymentCard), let groups = PaymentCards.groups(number, text, &scan.touched) {
                scan.found = Found(range: first..<number.end(of: groups), type: .paymentCard)
                return
            }
        }
        if types.has(.phone), let groups = phones.groups(number, text, &scan.touched) {
            let end = PhoneNumbers.extensionEnd(text, number.end(of: groups), &scan.touched)
            scan.found = Found(range: start..<end, type: .phone)
        }
    }

    /// At a byte that is part of no word. Returns where to go on.
    @inline(never)
    private func trigger(_ text: Span<UInt8>, _ index: Int, _ scan: inout Scan) -> Int {
        scan.candidate = index
        switch text[index] {
        case UInt8(ascii: "@"):
            if types.has(.email) { email(text, index, &scan) }
        case UInt8(ascii: "+"):
            if text.peek(index + 1, &scan.touched).isDigit || text[min(index + 1, text.count - 1)] == UInt8(ascii: "("),
                NumberStart.isOne(text, index)
            {
                number(text, index, &scan)
            }
        case UInt8(ascii: "("):
            let next = text.peek(index + 1, &scan.touched)
            if next.isDigit || next == UInt8(ascii: "+"), !text.before(index).isWord { number(text, index, &scan) }
        case UInt8(ascii: "-"):
            if text.peek(index + 1, &scan.touched) == UInt8(ascii: "-"), text.before(index) != UInt8(ascii: "-"),
                types.has(.privateKey), let end = SealedText.keyEnd(text, index, &scan.touched)
            {
                scan.found = Found(range: index..<end, type: .privateKey)
            }
        case UInt8(ascii: ":"): colon(text, index, &scan)
        case UInt8(ascii: "="):
            if types.has(.secret), let range = NamedSecrets.value(text, sign: index, &scan.touched) {
                secret(text, range, &scan)
            }
        default: break
        }
        return index + 1
    }

    private func colon(_ text: Span<UInt8>, _ index: Int, _ scan: inout Scan) {
        let next = text.peek(index + 1, &scan.touched)
        if next == UInt8(ascii: ":"), types.has(.ipAddress), !text.before(index).isWord, text.before(index) != next,
            let end = InternetAddresses.sixEnd(text, index, &scan.touched)
        {
            scan.found = Found(range: index..<end, type: .ipAddress)
        } else if types.has(.secret),
            let range = next == UInt8(ascii: "/")
                ? NamedSecrets.urlPassword(text, colon: index, &scan.touched)
                : NamedSecrets.value(text, sign: index, &scan.touched)
        {
            secret(text, range, &scan)
        }
    }

    /// A secret's value, if it is no key that is found as what it is.
    private func secret(_ text: Span<UInt8>, _ range: Range<Int>, _ scan: inout Scan) {
        if let key = KeyPrefixes.match(text, range.lowerBound, &scan.touched), types.has(key.type) { return }
        if types.has(.jwt), SealedText.tokenEnd(text, range.lowerBound, &scan.touched) != nil { return }
        scan.found = Found(range: range, type: .secret)
    }

    private func email(_ text: Span<UInt8>, _ sign: Int, _ scan: inout Scan) {
        guard let start = EmailAddresses.localStart(text, before: sign), start < sign, start >= scan.lastEnd else {
            return
        }
        scan.candidate = start
        if let end = EmailAddresses.end(text, sign: sign, &scan.touched) {
            scan.found = Found(range: start..<end, type: .email)
        }
    }
}
