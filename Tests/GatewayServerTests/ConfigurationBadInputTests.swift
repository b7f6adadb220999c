import GatewayServer
import TestSupport
import Testing

/// Whatever the bytes are: problems or a configuration, never the end of the process, and soon.
@Suite struct ConfigurationBadInputTests {
    private static func load(_ bytes: [UInt8]) -> Result<LoadedConfiguration, ConfigurationProblems> {
        Configuration.load(bytes: bytes, file: "weir.yaml", directory: "/", environment: [:], resolveSecrets: false)
    }

    private static func onlyLine(_ bytes: [UInt8]) -> String {
        switch load(bytes) {
        case .success: "no problem"
        case .failure(let problems): problems.description
        }
    }

    /// A failure says why; a line never breaks.
    private static func isTold(_ result: Result<LoadedConfiguration, ConfigurationProblems>) -> Bool {
        switch result {
        case .success: true
        case .failure(let problems):
            !problems.errors.isEmpty && problems.problems.allSatisfy { !$0.description.contains { $0.isNewline } }
        }
    }

    @Test func `The example cut anywhere is told`() throws {
        let example = Array(ConfigurationTemplate.annotated().utf8)
        for length in 0..<example.count { #expect(Self.isTold(Self.load(Array(example[..<length])))) }
    }

    @Test(arguments: 0..<8) func `The example with wrong bytes is told`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 1)
        let example = Array(ConfigurationTemplate.annotated().utf8)
        let marks = Array("{}[]:,-*&!|>'\"#%@`\n\t ?~<\\\u{0}\u{FF}".utf8)
        for _ in 0..<150 {
            var bytes = example
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = marks.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[position] = byte
                case 1: bytes.insert(byte, at: position)
                case 2: bytes.remove(at: position)
                default: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            #expect(Self.isTold(Self.load(bytes)))
        }
    }

    @Test(arguments: 0..<8) func `Random bytes are told`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 100)
        for _ in 0..<200 {
            let count = Int.random(in: 0..<200, using: &generator)
            #expect(Self.isTold(Self.load((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })))
            let letters = Array("ab:-{}[]*&\n \"'?,".utf8)
            #expect(Self.isTold(Self.load((0..<count).map { _ in letters.randomElement(using: &generator) ?? 0 })))
        }
    }

    @Test(arguments: ["[", "{", "- ", "? ", "{a: ", "[{", "!", "&a ", "|\n "])
    func `Nesting without end is told`(opening: String) {
        let count = (1 << 20) / opening.utf8.count
        #expect(Self.isTold(Self.load(Array(String(repeating: opening, count: count).utf8))))
    }

    @Test func `Aliases that stand for billions of values are refused`() {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(Self.onlyLine(Array(text.utf8)).hasSuffix("more than 32 aliases (*name); write the values out"))
        text = "a: &a [\(Array(repeating: "x", count: 20_000).joined(separator: ", "))]\n"
        text += "b: [*a, *a, *a, *a, *a, *a]\n"
        #expect(Self.onlyLine(Array(text.utf8)).contains("more than 100000 values, aliases counted at each use"))
    }

    @Test func `Keys written twice many times over are all found, up to a bound`() {
        let pairs = (0..<40).map { "key\($0): 1\nkey\($0): 2\n" }.joined()
        let found = Self.onlyLine(Array(pairs.utf8)).split(separator: "\n").filter { $0.contains("is written twice") }
        #expect(found.count == 40)
        let thrice = Self.onlyLine(Array("'a b': 1\n\"a b\": 2\na b: 3\n".utf8)).split(separator: "\n")
        #expect(
            thrice.filter { $0.contains("is written twice") } == [
                #"weir.yaml:2:1: "a b": key "a b" is written twice, first on line 1; keep one of them"#,
                #"weir.yaml:3:1: "a b": key "a b" is written twice, first on line 1; keep one of them"#,
            ])
        let many = (0..<100).map { "key\($0): 1\nkey\($0): 2\n" }.joined()
        #expect(Self.onlyLine(Array(many.utf8)).contains("a key is written twice"))
    }

    @Test func `What is no text, too large or not there is told`() {
        #expect(Self.onlyLine([0x61, 0xFF]) == "weir.yaml: is not UTF-8 text; save it as UTF-8")
        #expect(
            Self.onlyLine(Array(repeating: 0x23, count: (1 << 20) + 1))
                == "weir.yaml: is larger than 1MiB, which no configuration needs")
        guard case .failure(let problems) = Configuration.load(path: "/nowhere/weir.yaml", environment: [:]) else {
            Issue.record("a file that is not there was read")
            return
        }
        #expect(
            problems.description
                == "/nowhere/weir.yaml: cannot be read: No such file or directory; name another file with --config, or write one with weir init"
        )
    }

    @Test func `A byte order mark and Windows line ends do not matter`() {
        let text = ConfigurationTemplate.annotated().replacing("\n", with: "\r\n")
        guard case .success(let loaded) = Self.load([0xEF, 0xBB, 0xBF] + Array(text.utf8)) else {
            Issue.record("\(Self.load(Array(text.utf8)))")
            return
        }
        #expect(loaded.configuration.models.count == 3)
    }
}
