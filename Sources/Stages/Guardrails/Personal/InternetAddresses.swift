/// IP addresses of version 4 and 6 that may point to somebody: not loopback, unspecified, documentation, multicast or masks.
enum InternetAddresses {
    /// Where the address of version 4 ends that the digits are; nil where they are none.
    static func fourEnd(_ number: DigitGroups, _ text: Span<UInt8>, _ touched: inout Bool) -> Int? {
        guard number.count >= 4, !number.hasPlus, !number.hasParen, number.uniform(4) == .dot else { return nil }
        if number.count > 4, number.separator(after: 3) == .dot || number.separator(after: 3) == .hyphen { return nil }
        var (largest, first, network) = (0, 0, 0)
        for group in 0..<4 {
            let start = group == 0 ? 0 : number.digits(in: group)
            let length = number.length(ofGroup: group)
            guard length <= 3, length == 1 || number.digits[start] != 0 else { return nil }
            let octet = number.value(start..<start + length)
            guard octet <= 255 else { return nil }
            if group == 0 { first = octet }
            if group < 3 { network = network << 8 | octet }
            largest = max(largest, octet)
        }
        // Four numbers below ten are more often a version or a chapter.
        guard first != 0, first != 127, first < 224, largest > 9 else { return nil }
        // Of documentation (RFC 5737).
        if network == 0xC0_00_02 || network == 0xC6_33_64 || network == 0xCB_00_71 { return nil }
        let end = number.end(of: 4)
        let next = text.peek(end, &touched)
        if next.isWord || next == UInt8(ascii: "@") { return nil }
        if next == UInt8(ascii: ".") || next == UInt8(ascii: "-"), text.peek(end + 1, &touched).isWord { return nil }
        return ContextWords.kinds(in: text, before: number.start).contains(.version) ? nil : end
    }

    /// Where the address of version 6 ends that begins at `start`; nil where none does.
    static func sixEnd(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int? {
        var (index, groups, gap) = (start, 0, false)
        var (hasDigit, firstLength, hasTail) = (false, 0, false)
        if text.peek(index, &touched) == UInt8(ascii: ":") {
            guard text.peek(index + 1, &touched) == UInt8(ascii: ":") else { return nil }
            (gap, index) = (true, index + 2)
        }
        while groups < 8 {
            let groupStart = index
            while index - groupStart < 5, text.peek(index, &touched).isHex {
                if text[index].isDigit { hasDigit = true }
                index += 1
            }
            let length = index - groupStart
            if length == 0 { break }
            let next = text.peek(index, &touched)
            if next == UInt8(ascii: "."), groups >= 2 || gap, let end = tailEnd(text, groupStart, &touched) {
                (index, groups, hasTail) = (end, groups + 2, true)
                break
            }
            guard length <= 4 else { return nil }
            if groups == 0 { firstLength = length }
            groups += 1
            guard next == UInt8(ascii: ":") else { break }
            let second = text.peek(index + 1, &touched)
            if second == UInt8(ascii: ":") {
                if gap { return nil }
                (gap, index) = (true, index + 2)
            } else if second.isHex {
                if groups == 8 { return nil }
                index += 1
            } else {
                break
            }
        }
        let next = text.peek(index, &touched)
        if next.isWord || (next == UInt8(ascii: ":") && text.peek(index + 1, &touched).isWord) { return nil }
        if groups == 8 && !gap { return hasDigit ? index : nil }
        return gap && groups < 8 && hasDigit && (firstLength >= 3 || hasTail || groups >= 5) && groups >= 2
            ? index : nil
    }

    /// Where an address of version 4 at the end of one of version 6 ends.
    private static func tailEnd(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int? {
        var index = start
        for part in 0..<4 {
            var (value, length) = (0, 0)
            while length < 3, text.peek(index, &touched).isDigit {
                value = value * 10 + Int(text[index] - 48)
                (index, length) = (index + 1, length + 1)
            }
            guard length > 0, value <= 255 else { return nil }
            if part < 3 {
                guard text.peek(index, &touched) == UInt8(ascii: ".") else { return nil }
                index += 1
            }
        }
        return index
    }
}
