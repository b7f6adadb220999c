/// Values that are no finding, and domains whose e-mail addresses are none. Capitals do not matter.
struct AllowedValues: Sendable {
    private let values: [[UInt8]]

    init(_ values: [String]) { self.values = values.map { $0.utf8.map { $0.isUpper ? $0 | 32 : $0 } } }

    func contains(_ text: Span<UInt8>, _ range: Range<Int>, _ type: PersonalType) -> Bool {
        for value in values where ends(text, range, with: value) {
            if value.count == range.count { return true }
            // A domain, or one above it.
            let before = text[range.upperBound - value.count - 1]
            if type == .email, before == UInt8(ascii: "@") || before == UInt8(ascii: ".") {
                return true
            }
        }
        return false
    }

    private func ends(_ text: Span<UInt8>, _ range: Range<Int>, with value: [UInt8]) -> Bool {
        if value.isEmpty || value.count > range.count { return false }
        for (offset, byte) in value.enumerated() {
            let found = text[range.upperBound - value.count + offset]
            if (found.isUpper ? found | 32 : found) != byte { return false }
        }
        return true
    }
}
