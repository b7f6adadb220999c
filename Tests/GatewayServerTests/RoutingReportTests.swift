import GatewayServer
import Testing

/// What `weir check` says of how models choose.
@Suite struct RoutingReportTests {
    @Test(arguments: [
        ("strategy: lowest_latency", "what has the lowest time to the first token of openai/a and openai/b"),
        ("strategy: lowest_latency, latency: per_token", "what has the lowest time per token of openai/a and openai/b"),
        ("strategy: lowest_cost", "what is cheapest for the request of openai/a and openai/b"),
        ("strategy: least_outstanding", "what has the fewest requests under way of openai/a and openai/b"),
        ("strategy: power_of_two", "the less busy of two drawn from openai/a and openai/b"),
        ("strategy: sticky", "always the same one for the same session of openai/a and openai/b"),
        (
            "strategy: sticky, sticky_by: prompt_prefix",
            "always the same one for the same beginning of the prompt of openai/a and openai/b"
        ),
    ])
    func `Each strategy is told in plain English`(settings: String, sentence: String) {
        let text = ConfigurationText.minimal(
            without: ["models"], adding: "models: { chat: { \(settings), targets: [openai/a, openai/b] } }\n")
        #expect(ConfigurationReport.lines(ConfigurationText.load(text)).contains("  chat: " + sentence))
    }

    @Test(arguments: [
        ("hedge: {}", "; the next one is asked too after what 95 % of its replies took"),
        ("hedge: { after: 800ms }", "; the next one is asked too after 800ms"),
        ("canary: { target: openai/c, share: 10% }", "; 10 % try openai/c first"),
        ("shadow: { target: openai/c }", "; 5 % are copied to openai/c"),
    ])
    func `What is tried beside the targets is told too`(settings: String, sentence: String) {
        let text = ConfigurationText.minimal(
            without: ["models"], adding: "models: { chat: { \(settings), targets: [openai/a, openai/b] } }\n")
        #expect(
            ConfigurationReport.lines(ConfigurationText.load(text)).contains(
                "  chat: openai/a, then openai/b" + sentence))
    }

    @Test(arguments: [
        ("hedge: { after: p30 }", #""p30" is no percentile; write p50 to p99, such as p95"#),
        ("hedge: { after: soon }", #""soon" is neither a percentile nor a duration; write p95 or 800ms"#),
        ("hedge: { after: 2h }", "2h is out of bounds; write 1ms to 1h"),
        ("hedge: { at_most: 0% }", "0% is out of bounds; write 1% to 100%"),
        ("canary: { target: openai/a }", "is one of targets already; take it out there, or name another target"),
        ("canary: { target: opena1/c }", #"unknown provider "opena1"; did you mean "openai"?"#),
        (
            "canary: { target: openai/c, halt: { errors: 2% } }",
            #""2%" is no growth; write it in per cent, such as +30%"#
        ),
        ("shadow: { target: opena1/c }", #"unknown provider "opena1"; did you mean "openai"?"#),
        (
            "shadow: { target: { provider: openai, model: c, when: { needs: tools } } }",
            "has no effect on a shadow, which sees any request; take it out"
        ),
        ("canary: { target: openai/c, share: 80% }", "80% is out of bounds; write 1% to 50%"),
        (
            "canary: { target: { provider: openai, model: c, when: { needs: tools } } }",
            "has no effect on a canary, which is for all requests; take it out"
        ),
    ])
    func `What cannot be is told with the fix`(settings: String, message: String) {
        let text = ConfigurationText.minimal(
            without: ["models"], adding: "models: { chat: { \(settings), targets: [openai/a, openai/b] } }\n")
        let lines = ConfigurationReport.lines(ConfigurationText.load(text))
        #expect(lines.contains { $0.hasSuffix(": " + message) }, "\(lines)")
    }

    @Test func `Checks that leave nobody alone are a warning`() {
        let text = ConfigurationText.minimal(
            without: ["providers"],
            adding:
                "providers: { openai: { base_url: https://api.openai.com/v1, health: { interval: 1s, timeout: 2s } } }\n"
        )
        let lines = ConfigurationReport.lines(ConfigurationText.load(text))
        #expect(lines.contains { $0.contains("warning: providers.openai.health: leaves nobody alone") }, "\(lines)")
        #expect(lines.contains { $0.contains("warning: providers.openai.health.timeout: is longer than interval") })
    }

    @Test func `Nobody to race with is a warning`() {
        let text = ConfigurationText.minimal(
            without: ["models"], adding: "models: { chat: { hedge: {}, targets: [openai/a] } }\n")
        #expect(
            ConfigurationReport.lines(ConfigurationText.load(text)).contains {
                $0.contains("warning: models.chat.hedge: has nobody to ask")
            })
    }

    @Test func `A target with a condition is marked`() {
        let target = "{ provider: openai, model: a, when: { team: [], needs: [tools] } }"
        let text = ConfigurationText.minimal(
            without: ["models"], adding: "models: { chat: { targets: [\(target), openai/b] } }\n")
        #expect(
            ConfigurationReport.lines(ConfigurationText.load(text)).contains(
                "  chat: openai/a (for some requests), then openai/b"))
    }
}
