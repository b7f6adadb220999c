import GatewayTypes
import Testing

@testable import Guardrails

/// A stream that is looked at in pieces gives what the whole gives, wherever it was cut.
@Suite struct OutputWindowTests {
    private static let detectors: [any TextDetector] = [
        WordDetector([(Reason("project"), ["blue heron", "heron", "a b", "b a"])]), Numbers(),
    ]

    /// Finds four digits that stand alone.
    private struct Numbers: TextDetector {
        let reasons = [Reason("number")]
        let reachBytes = 5

        func find(in text: Span<UInt8>, into findings: inout [Finding]) {
            var start = 0
            for index in 0...text.count where index == text.count || !(48...57).contains(text[index]) {
                if index - start == 4 { findings.append(Finding(start..<index, Reason("number"))) }
                start = index + 1
            }
        }
    }

    private struct Result: Equatable {
        var text = ""
        var found: [String] = []
    }

    private static func set(_ actions: [Guardrail.Action]) -> DetectorSet {
        var names = NameTable()
        let guardrails = zip(detectors, actions).map { detector, action in
            var terms = Guardrail.Terms()
            terms.action = action
            return Guardrail(names.declare("g"), .detector(detector), terms)
        }
        return DetectorSet(guardrails, .output)
    }

    private static func run(_ pieces: [String], _ set: DetectorSet) -> Result {
        var window = OutputWindow(detectors: set.guardrails.count)
        var tallies = set.guardrails.map { _ in Tally(began: .zero) }
        var result = Result()
        for (position, piece) in (pieces + [""]).enumerated() {
            window.append(piece)
            let isFinal = position == pieces.count
            let step = window.advance(isFinal: isFinal, set) { bytes, decided, found in
                set.find(in: bytes, from: &decided, isEnd: isFinal, into: &found, &tallies) { .zero }
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
        [Guardrail.Action.mask, .mask], [.flag, .mask], [.mask, .flag], [.block, .mask], [.mask, .block],
    ])
    func `masking a stream split anywhere is masking the whole`(actions: [Guardrail.Action]) {
        var random = SystemRandomNumberGenerator()
        let set = Self.set(actions)
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                Self.parts.randomElement(using: &random) ?? ""
            }.joined()
            let whole = Self.run([text], set)
            for _ in 0..<10 {
                let pieces = Self.cut(text, &random)
                #expect(Self.run(pieces, set) == whole, "\(pieces)")
            }
        }
    }

    @Test func `nothing that is to be masked ever leaves`() {
        var random = SystemRandomNumberGenerator()
        let set = Self.set([.mask, .mask])
        for _ in 0..<500 {
            let text = (0..<12).map { _ in Self.parts.randomElement(using: &random) ?? "" }.joined(separator: " ")
            let masked = Self.run(Self.cut(text, &random), set).text
            #expect(!masked.contains("heron") && !masked.contains("1234 "), "\(text) → \(masked)")
        }
    }

    @Test func `no more is held back than what decides, and what has gone on is forgotten`() {
        let set = Self.set([.mask, .mask])
        var window = OutputWindow(detectors: 2)
        var tallies = set.guardrails.map { _ in Tally(began: .zero) }
        var (passed, longest) = (0, 0)
        for count in 1...20_000 {
            window.append("some text ")
            let step = window.advance(isFinal: false, set) { bytes, decided, found in
                longest = max(longest, bytes.count)
                set.find(in: bytes, from: &decided, isEnd: false, into: &found, &tallies) { .zero }
            } note: { _, _ in
            }
            passed += step.text.utf8.count
            #expect(count * 10 - passed <= 5)
        }
        #expect(longest < 2_000)
    }

    @Test func `words hold back what may be the beginning of one, and no more`() {
        let detector = WordDetector([(Reason("word"), ["blue heron"])])
        func decided(_ text: String) -> Int {
            var findings: [Finding] = []
            return detector.find(in: Array(text.utf8).span, from: 0, isEnd: false, into: &findings)
        }
        #expect(decided("some other text") == 15)
        #expect(decided("some blue") == 5)
        #expect(decided("some blue her") == 5)
        #expect(decided("some blue heron") == 5)
        #expect(decided("some blue heron,") == 16)
        #expect(decided("some blue herring") == 17)
    }
}
