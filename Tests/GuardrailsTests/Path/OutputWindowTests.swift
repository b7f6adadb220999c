import GatewayTypes
import Testing

@testable import Guardrails

/// A stream that is looked at in pieces gives what the whole gives, wherever it was cut.
@Suite struct OutputWindowTests {
    private static let detectors: [any TextDetector] = [
        WordDetector([(Reason("project"), ["blue heron", "heron", "a b", "b a"])]), Numbers(),
    ]

    /// Finds four digits or more, sixteen at most.
    private struct Numbers: TextDetector {
        let reasons = [Reason("number")]
        let reachBytes = 18

        func find(in text: Span<UInt8>, into findings: inout [Finding]) {
            var start: Int?
            for index in 0...text.count {
                if index < text.count, (48...57).contains(text[index]) {
                    start = start ?? index
                } else if let began = start {
                    if (4...16).contains(index - began) { findings.append(Finding(began..<index, Reason("number"))) }
                    start = nil
                }
            }
        }
    }

    private struct Result: Equatable {
        var text = ""
        var found: [String] = []
    }

    private static func run(_ pieces: [String], _ effects: [GuardrailAction]) -> Result {
        var window = OutputWindow(reachBytes: detectors.map(\.reachBytes).max() ?? 0)
        var result = Result()
        for (position, piece) in (pieces + [""]).enumerated() {
            window.append(piece)
            let step = window.advance(isFinal: position == pieces.count, effects) { bytes, found in
                for (index, detector) in detectors.enumerated() {
                    var findings: [Finding] = []
                    detector.find(in: bytes, into: &findings)
                    found += findings.map { Found(range: $0.range, reason: $0.reason, check: index) }
                }
            } note: { finding, bytes in
                result.found.append("\(finding.reason.text) \(String(decoding: bytes, as: UTF8.self))")
            }
            result.text += step.text
            if step.blockedBy != nil { return result }
        }
        return result
    }

    private static let parts = [
        "blue heron", "heron", "a b", "b a", "1234", "12345678901234567", "99", "é", "🙂", " ", "  ", "\n", ".", "word",
        "blue ",
        "5555 6666 7777",
    ]

    private static func cut(_ text: String, _ random: inout some RandomNumberGenerator) -> [String] {
        var (pieces, rest) = ([String](), Array(text.unicodeScalars)[...])
        while !rest.isEmpty {
            let size = min(rest.count, Int.random(in: 1...(Bool.random(using: &random) ? 3 : 40), using: &random))
            pieces.append(String(String.UnicodeScalarView(rest.prefix(size))))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    @Test(arguments: [
        [GuardrailAction.mask, .mask], [.none, .mask], [.mask, .none], [.block, .mask], [.mask, .block],
    ])
    func `masking a stream split anywhere is masking the whole`(effects: [GuardrailAction]) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                Self.parts.randomElement(using: &random) ?? ""
            }.joined()
            let whole = Self.run([text], effects)
            for _ in 0..<10 {
                let pieces = Self.cut(text, &random)
                #expect(Self.run(pieces, effects) == whole, "\(pieces)")
            }
        }
    }

    @Test func `nothing that is to be masked ever leaves`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let text = (0..<12).map { _ in Self.parts.randomElement(using: &random) ?? "" }.joined(separator: " ")
            let masked = Self.run(Self.cut(text, &random), [.mask, .mask]).text
            #expect(!masked.contains("heron") && !masked.contains("1234 "), "\(text) → \(masked)")
        }
    }

    @Test func `no more is held back than what decides`() {
        var window = OutputWindow(reachBytes: 18)
        window.append(String(repeating: "x", count: 200))
        let step = window.advance(isFinal: false, [], find: { _, _ in }, note: { _, _ in })
        #expect(step.text.utf8.count == 182)
    }

    @Test func `a window over a long text stays small`() {
        var window = OutputWindow(reachBytes: 18)
        var passed = 0
        for _ in 0..<20_000 {
            window.append("some text ")
            passed +=
                window.advance(
                    isFinal: false, [],
                    find: {
                        #expect($0.count < 1_000); _ = $1
                    }, note: { _, _ in }
                ).text.utf8.count
        }
        #expect(passed > 199_000)
    }
}
