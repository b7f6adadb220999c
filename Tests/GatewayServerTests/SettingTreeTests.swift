import GatewayTypes
import Testing

@testable import GatewayServer

@Suite struct SettingTreeTests {
    private func yaml(_ text: String) -> SettingTree { YAMLDocument(text).tree }

    private func changes(_ old: String, _ new: String) -> [String] {
        SettingDiff.changes(from: yaml(old), to: yaml(new)).map(\.text)
    }

    @Test func `A difference names each setting with what it was and is`() {
        #expect(
            changes("{ a: { b: 1, c: 2, d: 3 } }", "{ a: { b: 1, c: 5, e: { f: 1 } } }")
                == ["a.c 2 → 5", "a.e added", "a.d removed"])
        #expect(changes("{ a: 5 }", "{ a: '5' }") == ["a 5 → 5"])
        #expect(changes("{ a: [1, 2] }", "{ a: { b: 1 } }") == ["a changed"])
        #expect(changes("a: 1 # one", "a:   1").isEmpty)
    }

    @Test func `Entries of a list that have names are told apart by them`() {
        let old = "{ budgets: [{ name: a, limit: 5 USD }, { name: b, limit: 6 USD }] }"
        let new = "{ budgets: [{ name: c, limit: 1 USD }, { name: a, limit: 5 USD }, { name: b, limit: 7 USD }] }"
        #expect(changes(old, new) == ["budgets[c] added", "budgets[b].limit 6 USD → 7 USD"])
        #expect(changes("{ a: [x, y] }", "{ a: [x, z] }") == ["a[1] y → z"])
    }

    @Test func `What may be a secret itself is not shown`() {
        #expect(
            changes(
                "{ p: { headers: { x-key: hush }, key: env:A } }", "{ p: { headers: { x-key: shh }, key: env:B } }")
                == ["p.headers.x-key changed", "p.key env:A → env:B"])
        #expect(changes("{ keys: [{ sha256: 00 }] }", "{ keys: [{ sha256: 11 }] }") == ["keys[0].sha256 changed"])
    }

    @Test func `What only a new process takes over is told apart from what a reload does`() {
        let start = yaml(
            "{ listen: 127.0.0.1:1, admin: { address: 127.0.0.1:2, keys: [] }, telemetry: { spans: on, sampling: { ratio: 5% } } }"
        )
        let now = yaml(
            "{ listen: 127.0.0.1:9, admin: { address: 127.0.0.1:3, keys: [a] }, telemetry: { spans: off, sampling: { ratio: 6% } }, drain: { delay: 1s } }"
        )
        #expect(RestartNeed.paths(from: start, to: now) == ["listen", "admin.address", "telemetry.spans"])
        #expect(RestartNeed.paths(from: start, to: start).isEmpty)
    }

    @Test(arguments: [
        "a: 1\nb: 1.50\nc: true\nd: \"true\"\ne: '5'\nf: 5m\ng: 500 USD\nh: env:NAME\ni: no\n",
        "models:\n  \"gpt-4.1: x\": { targets: [openai/gpt-5, { provider: a, model: \"b c\" }], omit: [] }\nteams: {}\n",
        "budgets:\n- name: a\n  rules:\n  - { name: r, when: spent >= 80%, then: { except: [free] } }\n- { name: b }\n",
        "x:\n- [1, [2, {a: b}]]\n- \"line\\nbreak \\\"quoted\\\" \\u00e9 \\U0001F600\"\n- -5\n- 1e5\n- .5\n- 0x1F\n",
    ])
    func `What is written out as YAML or JSON reads back as the same`(text: String) {
        let tree = yaml(text)
        #expect(SettingDiff.changes(from: tree, to: yaml(tree.yaml)).isEmpty, "\(tree.yaml)")
        #expect(SettingDiff.changes(from: tree, to: yaml(tree.yaml)) == [])
        let json = yaml(tree.json)
        #expect(SettingDiff.changes(from: json, to: yaml(json.yaml)).isEmpty, "\(tree.json)")
    }
}

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws(JSONReader.Fault) -> String { try JSONReader.read(Array(text.utf8)).json }

    @Test(arguments: [
        #"{"a":[1,-2.50,1e+5,true,false,"x"],"b":{}}"#, "[]", #""é😀""#, "0", #"{"\n":"\"\\"}"#,
    ])
    func `JSON reads as it is written`(text: String) throws {
        #expect(try read(text) == text)
    }

    @Test func `Escapes are resolved`() throws {
        #expect(try read(#""\u00e9\ud83d\ude00\/\b""#) == "\"é😀/\\u0008\"")
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "-", "nul", "null", "{\"a\":null}", "\"\u{1}\"", "\"\\x\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"", "\"\\udc00\"", "{\"a\":1,\"a\":2}", "1 2", "'a'", "{a:1}", "\"", "[1 2]", "truefalse",
        String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
    ])
    func `What is not JSON is refused`(text: String) { #expect(throws: JSONReader.Fault.self) { try read(text) } }
}

@Suite struct VersionConditionTests {
    @Test func `If-Match is a list of tags in quotes, or a star`() {
        #expect(VersionCondition(nil) == VersionCondition.none)
        #expect(VersionCondition("*") == .any)
        #expect(VersionCondition(" \"1-ab\" , \"2-cd\"") == .tags(["\"1-ab\"", "\"2-cd\""]))
        for text in ["", "1-ab", "\"", "\"a\", b", "W"] { #expect(VersionCondition(text) == nil, "\(text)") }
    }
}

@Suite struct AdminTableTests {
    @Test func `No two operations have one name, or one method and path`() {
        let all = AdminTable.operations
        #expect(Set(all.map(\.id)).count == all.count)
        #expect(Set(all.map { $0.method.rawValue + $0.path.text }).count == all.count)
        for operation in all { #expect(operation.path.text.hasPrefix("/api/v1/"), "\(operation.id)") }
    }

    @Test func `Whatever changes something needs more than a viewer`() {
        for operation in AdminTable.operations where operation.method != .get {
            #expect(operation.role > .viewer, "\(operation.id)")
        }
    }

    @Test func `A path's parameters are decoded, and one without parameters goes first`() {
        let path: AdminPath = "/api/v1/drains/{name}"
        #expect(
            path.match("/api/v1/drains/openai%2Fgpt-5".split(separator: "/", omittingEmptySubsequences: false))
                == ["name": "openai/gpt-5"])
        #expect(path.match("/api/v1/drains/".split(separator: "/", omittingEmptySubsequences: false)) == nil)
        #expect(
            AdminPath("/api/v1/budgets/test-notify").literalCount > AdminPath("/api/v1/budgets/{name}").literalCount)
    }
}
