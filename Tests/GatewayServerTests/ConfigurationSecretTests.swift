import Foundation
import GatewayServer
import Testing

@Suite struct ConfigurationSecretTests {
    private static func text(_ secret: String) -> String {
        ConfigurationText.minimal(adding: "admin: { key: \(secret) }\n")
    }

    private static func line(_ message: String) -> [String] { ["weir.yaml:5:15: admin.key: " + message] }

    @Test(arguments: ["sk-live-0123456789", "\"env:\"", "env:9A", "\"env:A B\"", "\"file:\"", "ENV:A", "12345"])
    func `A secret written into the file is refused and not repeated`(secret: String) {
        let expected =
            "a secret must not be written into this file; write env:NAME or file:PATH, and change the secret if it has been shared"
        #expect(ConfigurationText.lines(Self.text(secret)) == Self.line(expected))
    }

    @Test func `A secret that cannot be had is named by its place`() throws {
        let environment = ["EMPTY": "", "LINES": "a\nb", "SPACE": "a "]
        func lines(_ secret: String) -> [String] {
            ConfigurationText.lines(Self.text(secret), environment: environment)
        }
        #expect(lines("env:GONE") == Self.line("the environment variable GONE is not set; export it"))
        #expect(lines("env:EMPTY") == Self.line("the environment variable EMPTY is empty"))
        #expect(
            lines("env:LINES")
                == Self.line("the environment variable LINES holds a line break or another control character"))
        #expect(lines("env:SPACE") == Self.line("the environment variable SPACE begins or ends with a space"))
        #expect(
            lines("file:/nowhere/key") == Self.line("the file /nowhere/key cannot be read: No such file or directory"))
        #expect(lines("file:/") == Self.line("the file / cannot be read: Is a directory"))
        #expect(
            lines("[[]]") == ["weir.yaml:5:16: admin.key[0]: expected a secret (env:NAME or file:PATH), found a list"])
    }

    @Test func `A secret's file starts from the configuration's directory and loses its last line break`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data("top-secret\r\n".utf8).write(to: directory.appendingPathComponent("key"))
        try Data(Self.text("file:key").utf8).write(to: directory.appendingPathComponent("weir.yaml"))
        let path = directory.appendingPathComponent("weir.yaml").path
        let loaded = try Configuration.load(path: path, environment: [:]).get()
        #expect(loaded.configuration.admin.wholeKeys.first?.exposed == "top-secret")
        #expect(loaded.configuration.storage.path == directory.path + "/weir.db")

        try Data(count: 70_000).write(to: directory.appendingPathComponent("key"))
        guard case .failure(let problems) = Configuration.load(path: path, environment: [:]) else {
            Issue.record("a secret of 70 kB was taken")
            return
        }
        #expect(problems.description == "\(path):5:15: admin.key: the file \(directory.path)/key is larger than 64KiB")
    }

    @Test func `Without secrets, nothing is looked up, and what a secret is written as is still checked`() throws {
        let loaded = try ConfigurationText.load(Self.text("[env:GONE, file:gone]"), resolveSecrets: false).get()
        #expect(loaded.configuration.admin.wholeKeys.map(\.exposed) == [nil, nil])
        #expect(loaded.configuration.admin.wholeKeys.map(\.origin) == ["env:GONE", "file:gone"])
        #expect(ConfigurationText.lines(Self.text("sk-1"), resolveSecrets: false).count == 1)
    }

    @Test func `A secret is never printed`() throws {
        let text = Self.text("env:ADMIN") + "telemetry: { traces: { endpoint: \"https://h\", headers: { a: hush } } }\n"
        let loaded = try ConfigurationText.load(text, environment: ["ADMIN": "sesame"]).get()
        var dumped = ""
        dump(loaded, to: &dumped)
        let report = ConfigurationReport.lines(.success(loaded)).joined(separator: "\n")
        for shown in ["\(loaded)", String(reflecting: loaded), dumped, report] {
            #expect(!shown.contains("sesame"))
            #expect(!shown.contains("hush"))
        }
        #expect("\(loaded.configuration.admin.wholeKeys)" == "[<redacted>]")
    }

    @Test func `A key and the digest of the same key are found to be one`() {
        let text = """
            teams: { t: }
            callers: { a: { team: t }, b: { team: t } }
            keys: [{ caller: a, key: env:A }, { caller: b, sha256: \(String(repeating: "0", count: 64)) }]

            """
        let knowledge = ConfigurationKnowledge(sha256: { _ in String(repeating: "0", count: 64) })
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(adding: text), environment: ["A": "value"], knowledge: knowledge)
        #expect(lines == ["weir.yaml:7:35: keys[1]: is the same key as keys[0]; one key can name one caller only"])
    }

    @Test func `A digest that is none is not repeated, as it may be the key`() {
        let text = "teams: { t: }\ncallers: { a: { team: t } }\nkeys: [{ caller: a, sha256: sk-1234 }]\n"
        #expect(
            ConfigurationText.lines(ConfigurationText.minimal(adding: text))
                == ["weir.yaml:7:29: keys[0].sha256: is not a SHA-256: 64 hexadecimal digits are expected"])
    }

    @Test func `The same secret twice is found without reading it`() {
        let text =
            "teams: { t: }\ncallers: { a: { team: t } }\nkeys: [{ caller: a, key: env:A }, { caller: a, key: env:A }]\n"
        #expect(
            ConfigurationText.lines(ConfigurationText.minimal(adding: text), resolveSecrets: false)
                == ["weir.yaml:7:35: keys[1]: is the same key as keys[0]; one key can name one caller only"])
    }
}
