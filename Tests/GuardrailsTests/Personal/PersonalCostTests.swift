import Foundation
import Guardrails
import TestSupport
import Testing

@Suite(.serialized) struct PersonalCostTests {
    private static let detector = PersonalDetector()

    /// The least of some runs, in seconds.
    private func seconds(_ bytes: [UInt8], runs: Int) -> Double {
        var (least, findings) = (Double.infinity, [Finding]())
        for _ in 0..<runs {
            findings.removeAll(keepingCapacity: true)
            least = min(least, cpuSeconds { Self.detector.find(in: bytes.span, into: &findings) })
        }
        return least
    }

    /// What makes a careless scanner look at the same bytes again and again.
    @Test(arguments: [
        "a@", "a@a.", "1", "1 ", "1-", "12 34 ", "4111 ", "0", "(0", "+1", "::", "a:", "1:", "=", "secret=",
        "password: ", "x://a:", "eyJ",
        "eyJ.", "eyJhbGciOiJIUzI1NiJ9.", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "sk-", "sk-ant-", "AB12",
        "DE89 ", "QUJD", "é", "電",
        "\u{A0}1", "tel 1", "1.1.1.", "ZR ", "X-", "a.b-c+", "[", "ssn 123456789 ",
    ])
    func `Time grows as the text does, whatever it is made of`(piece: String) {
        let small = Array(String(repeating: piece, count: 16_384 / piece.utf8.count).utf8)
        let large = Array(String(repeating: piece, count: 4 * 16_384 / piece.utf8.count).utf8)
        // Quadratic would be sixteen times as long; a machine that does something else may be tried once more.
        let isLinear = (0..<4).contains { _ in seconds(large, runs: 2) < 10 * seconds(small, runs: 3) }
        #expect(isLinear)
    }

    /// `WEIR_BENCH_GUARDRAILS=FILE swift test -c release --filter PersonalCostTests`: a file of prose.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["WEIR_BENCH_GUARDRAILS"] != nil))
    func `What a prompt and a chunk cost`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["WEIR_BENCH_GUARDRAILS"])
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for size in [2_048, 60] {
            let texts = stride(from: 0, to: bytes.count - size, by: size).map { Array(bytes[$0..<$0 + size]) }
            let best =
                (0..<10).map { _ in texts.reduce(0) { $0 + seconds($1, runs: 1) } / Double(texts.count) }.min() ?? 0
            print("\(size) bytes: \(best * 1e6) µs")
        }
    }
}
