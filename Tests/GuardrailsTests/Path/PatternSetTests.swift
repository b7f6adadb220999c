import Patterns
import Testing

@Suite struct PatternSetTests {
    private static func matches(_ patterns: [String], in text: String, reach: Int = 64) throws -> [String] {
        let set = try PatternSet(patterns.map { ($0, reach) })
        var found: [String] = []
        let bytes = Array(text.utf8)
        set.forEachMatch(in: bytes.span) { pattern, range in
            found.append("\(pattern):" + String(decoding: bytes[range], as: UTF8.self))
        }
        return found
    }

    @Test func `every match of every pattern is told, and none that is empty`() throws {
        #expect(try Self.matches(["[0-9]+", "x*"], in: "a12b3 xx") == ["0:12", "0:3", "1:xx"])
        #expect(try Self.matches(["é+"], in: "caféé") == ["0:éé"])
        #expect(try Self.matches([#"\bEMP-\d{3}\b"#], in: "EMP-123 XEMP-123 EMP-1234") == ["0:EMP-123"])
        #expect(try Self.matches(["a"], in: "") == [])
    }

    @Test func `matches that lie far apart are found however little is looked ahead`() throws {
        let far = String(repeating: "-", count: 5_000)
        #expect(
            try Self.matches(["EMP[0-9]{3}"], in: far + "EMP123" + far + "EMP456", reach: 8) == [
                "0:EMP123", "0:EMP456",
            ])
    }

    @Test func `a pattern that RE2 does not take says why`() {
        for pattern in [#"(a)\1"#, "(?=a)", "(", "[z-a]"] {
            do {
                _ = try PatternSet([("ok", 8), (pattern, 8)])
                Issue.record("\(pattern) was taken")
            } catch {
                #expect(error.index == 1)
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `what makes other engines backtrack takes a moment`() throws {
        let text = String(repeating: "a", count: 100_000) + "b"
        #expect(try Self.matches(["(a+)+$", "(a|aa)+c", "(.*a){20}c"], in: text, reach: 256) == [])
    }
}
