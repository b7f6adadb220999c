import Foundation
import GatewayServer
import Testing

@Suite struct ConfigurationDocsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// With `WEIR_WRITE_DOCS=1` the files are written, else they must be what would be written.
    @Test(arguments: [
        ("docs/configuration.md", ConfigurationDocs.markdown()),
        ("docs/configuration.schema.json", ConfigurationDocs.jsonSchema()),
        ("weir.example.yaml", ConfigurationTemplate.annotated()),
    ])
    func `The generated files in the repository are up to date`(name: String, text: String) throws {
        let file = Self.root.appending(path: name)
        if ProcessInfo.processInfo.environment["WEIR_WRITE_DOCS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let written = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(written == text, "\(name) is stale: run the tests once with WEIR_WRITE_DOCS=1")
    }

    @Test func `The annotated example has no problems`() {
        #expect(ConfigurationText.lines(ConfigurationTemplate.annotated(), resolveSecrets: false) == [])
    }

    @Test func `The schema is JSON, and each of its references leads somewhere`() throws {
        let text = ConfigurationDocs.jsonSchema()
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        let references = text.matches(of: /"#\/\$defs\/([^"]+)"/).map { String($0.1) }
        #expect(references.count > 10)
        for reference in references { #expect(definitions[reference] != nil, "\(reference)") }
        #expect(schema["required"] as? [String] == ["weir"])
        #expect(schema["additionalProperties"] as? Bool == false)
    }

    @Test func `Each link of the page leads to a heading`() {
        let page = ConfigurationDocs.markdown()
        let headings = page.matches(of: /\n## ([^\n]+)/).map { String($0.1) }
        let links = page.matches(of: /\]\(#([^)]+)\)/).map { String($0.1) }
        #expect(links.count > 10)
        for link in links { #expect(headings.contains { $0.replacing(" ", with: "-") == link }, "\(link)") }
    }

    @Test func `A sound configuration is told in plain English`() throws {
        let loaded = ConfigurationText.load(ConfigurationTemplate.annotated(), resolveSecrets: false)
        #expect(
            ConfigurationReport.lines(loaded) == [
                "Clients may ask for 3 models:",
                "  smart: openai/gpt-5, then anthropic/claude-sonnet-5",
                "  fast: 90 % to openai/gpt-5-mini, 10 % to local/qwen3:8b",
                "  text-embedding-3-small: openai/text-embedding-3-small",
                "Only with a key may call: alice (team search).",
                "One limit holds:",
                "  apps: each caller on plan apps, at most 600 requests in any minute; 1000000 tokens in any minute; 100 exchanges at once.",
                "One budget holds:",
                "  search: 500 USD per calendar month (UTC) for team search; refuses what could go over it. What has no known price counts at the dearest configured price. Owner: search-oncall.",
                "    overrun: when the forecast for the whole window is more than 100% of the limit (500 USD) for 30 minutes, search-oncall gets a ticket, until the forecast for the whole window is less than 90% of the limit (450 USD), at the latest until the month ends.",
                "    too-fast: when the pace of the last hour is at least 6 times the even pace and the pace of the last 5 minutes is at least 6 times the even pace, search-oncall is paged and requests are served instead: smart by fast (but not what is free), until the pace of the last hour is less than 2 times the even pace, counted as if nothing had been moved, but for 15 minutes at least.",
                "Weir listens on 127.0.0.1:8080, for this machine only; the admin API is on 127.0.0.1:9465.",
                "Metrics are counted, traces go nowhere and the access log goes to standard output.",
                "The ledger is /etc/weir/weir.db; single exchanges are kept for 30d.",
                "Prometheus scrapes http://127.0.0.1:9464/metrics.",
                "A first call:",
                #"  curl http://127.0.0.1:8080/v1/chat/completions \"#,
                #"    -H "Authorization: Bearer $WEIR_KEY_ALICE" \"#,
                #"    -H 'Content-Type: application/json' \"#,
                #"    -d '{"model":"smart","messages":[{"role":"user","content":"Hello"}]}'"#,
                "",
                "No errors.",
            ])
    }

    @Test func `An unsound configuration is told problem by problem`() {
        let lines = ConfigurationReport.lines(ConfigurationText.load("weir: 1\nanonymous: true\n"))
        #expect(
            lines == [
                "weir.yaml:1:1: models: there are no models; write one, for example models: { smart: { targets: [openai/gpt-5] } }",
                "", "1 error.",
            ])
    }
}
