import Guardrails
import Testing

@Suite struct TextDetectorTests {
    /// Finds every run of digits.
    private struct Digits: TextDetector {
        var reasons: [Reason] { [Reason("digits")] }
        var reachBytes: Int { 1 }

        func find(in text: Span<UInt8>, into findings: inout [Finding]) {
            var start: Int?
            for index in 0...text.count {
                let isDigit = index < text.count && (48...57).contains(text[index])
                if isDigit {
                    start = start ?? index
                } else if let began = start {
                    findings.append(Finding(began..<index, Reason("digits")))
                    start = nil
                }
            }
        }
    }

    @Test func `ranges count the bytes of UTF-8`() {
        #expect(Digits().findings(in: "é 12, 3").map(\.range) == [3..<5, 7..<8])
    }
}
