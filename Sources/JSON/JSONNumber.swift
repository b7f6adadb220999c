/// Where a number lies in a JSON text.
public struct JSONNumber {
    public let start: Int
    public let end: Int
    /// Neither a fraction nor an exponent.
    public let isInteger: Bool
}

extension JSONScanner {
    /// The number that begins at the current byte.
    public mutating func number() throws(JSONProblem) -> JSONNumber {
        let start = offset
        var isInteger = true
        if byte() == UInt8(ascii: "-") { offset += 1 }
        if byte() == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        if byte() == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try digits()
        }
        if byte() | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        return JSONNumber(start: start, end: offset, isInteger: isInteger)
    }

    @inlinable @inline(__always) func byte() -> UInt8 { offset < count ? base[offset] : 0 }

    @inlinable @inline(__always) mutating func digits() throws(JSONProblem) {
        guard isDigit(byte()) else { throw unexpected() }
        repeat { offset += 1 } while isDigit(byte())
    }

    @inlinable @inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    // MARK: Reading

    /// The number as an integer; nil when it has a fraction or exponent, or does not fit.
    public func integer(_ number: JSONNumber) -> Int64? {
        guard number.isInteger else { return nil }
        let isNegative = base[number.start] == UInt8(ascii: "-")
        var value: Int64 = 0
        for position in (isNegative ? number.start + 1 : number.start)..<number.end {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(base[position] - 0x30)
            let (sum, carry) = product.subtractingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
        }
        // Built below zero, where the range reaches one further.
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    public func double(_ number: JSONNumber) -> Double? {
        Double(
            String(
                decoding: UnsafeBufferPointer(start: base + number.start, count: number.end - number.start),
                as: UTF8.self))
    }

    /// The number times 10 to the power of `places`, exactly; digits beyond are cut off. Nil when it does not fit.
    public func scaled(_ number: JSONNumber, places: Int) -> Int128? {
        let isNegative = base[number.start] == UInt8(ascii: "-")
        var position = isNegative ? number.start + 1 : number.start
        var value: Int128 = 0
        var shift = places
        var inFraction = false
        while position < number.end, base[position] | 0x20 != UInt8(ascii: "e") {
            if base[position] == UInt8(ascii: ".") {
                inFraction = true
            } else if value < 10_000_000_000_000_000_000_000_000_000 {
                value = value * 10 + Int128(base[position] - 0x30)
                if inFraction { shift -= 1 }
            } else if !inFraction {
                // 28 digits are kept; of further ones only their place.
                shift += 1
            }
            position += 1
        }
        if position < number.end {
            guard let exponent = exponent(from: position + 1, to: number.end) else { return nil }
            shift += exponent
        }
        if value == 0 || shift < -40 { return 0 }
        if shift > 40 { return nil }
        while shift < 0 {
            value /= 10
            shift += 1
        }
        while shift > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = product
            shift -= 1
        }
        return isNegative ? -value : value
    }

    private func exponent(from start: Int, to end: Int) -> Int? {
        let isSigned = base[start] == UInt8(ascii: "-") || base[start] == UInt8(ascii: "+")
        var exponent = 0
        for position in (isSigned ? start + 1 : start)..<end {
            exponent = min(exponent * 10 + Int(base[position] - 0x30), 1_000_000)
        }
        return base[start] == UInt8(ascii: "-") ? -exponent : exponent
    }

    /// The value as an integer of at least `minimum`; nil for `null`, refused otherwise.
    public mutating func optionalInteger(_ name: String, minimum: Int64 = .min) throws(JSONProblem) -> Int64? {
        if try null() { return nil }
        let wanted = minimum == 1 ? "a positive integer" : "an integer"
        guard isNumber(peek()), let value = integer(try number()), value >= minimum else {
            throw .member(name, "`\(name)` must be \(wanted).")
        }
        return value
    }

    /// The value as a finite number; nil for `null`, refused otherwise.
    public mutating func optionalDouble(_ name: String) throws(JSONProblem) -> Double? {
        if try null() { return nil }
        guard isNumber(peek()), let value = double(try number()), value.isFinite else {
            throw .member(name, "`\(name)` must be a number.")
        }
        return value
    }

    /// The value as true or false; nil for `null`, refused otherwise.
    public mutating func optionalBool(_ name: String) throws(JSONProblem) -> Bool? {
        switch peek() {
        case UInt8(ascii: "n"):
            try literal("null")
            return nil
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw .member(name, "`\(name)` must be true or false.")
        }
    }

    @inlinable @inline(__always) public func isNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || isDigit(byte)
    }
}
