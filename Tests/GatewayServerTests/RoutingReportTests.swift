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

    @Test func `A target with a condition is marked`() {
        let target = "{ provider: openai, model: a, when: { team: [], needs: [tools] } }"
        let text = ConfigurationText.minimal(
            without: ["models"], adding: "models: { chat: { targets: [\(target), openai/b] } }\n")
        #expect(
            ConfigurationReport.lines(ConfigurationText.load(text)).contains(
                "  chat: openai/a (for some requests), then openai/b"))
    }
}
