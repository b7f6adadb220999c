import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct ProfileTests {
    private let fixture = Fixture()

    private func spans(_ profiles: Set<SpanProfile>, _ change: (inout Outcome) -> Void = { _ in }) -> [SpanData] {
        var outcome = fixture.outcome()
        var facts = RequestFacts()
        facts.temperature = 0.5
        facts.outputTokensMax = 100
        facts.endUser = "u-1"
        facts.parameters.conversationID = "conv_1"
        outcome.requestFacts = Boxed(facts)
        change(&outcome)
        var style = SpanStyle()
        style.profiles = profiles
        var renderer = SpanRenderer(style: style)
        return renderer.render(outcome)
    }

    private func keys(_ spans: [SpanData]) -> Set<String> { Set(spans.flatMap { $0.attributes.all.map(\.key) }) }

    @Test func `No profile, no name of a backend's own`() {
        #expect(
            !keys(spans([])).contains { key in
                ["openinference.", "llm.", "langfuse.", "input.", "output.", "session.", "user."]
                    .contains { key.hasPrefix($0) }
            })
    }

    @Test func `A profile adds its own names and takes none away`() {
        let plain = keys(spans([]))
        #expect(keys(spans([.openinference])).isSuperset(of: plain))
        #expect(!keys(spans([.openinference])).contains { $0.hasPrefix("langfuse.") })
        #expect(!keys(spans([.langfuse])).contains { $0.hasPrefix("openinference.") || $0.hasPrefix("llm.") })
    }

    @Test func `OpenInference reads model, tokens and cost where it looks for them`() {
        let spans = spans([.openinference])
        #expect(spans.allSatisfy { $0.attributes["openinference.span.kind"] != nil })
        #expect(spans[0].attributes["openinference.span.kind"] == .text("CHAIN"))
        let attributes = spans[5].attributes
        for (key, value) in [
            ("openinference.span.kind", .text("LLM")), ("llm.model_name", .text("small-2")),
            ("llm.system", .text("openai")), ("llm.provider", .text("openai")),
            ("llm.invocation_parameters", .text(#"{"max_tokens":100,"temperature":0.5}"#)),
            ("llm.finish_reason", .text("stop")), ("llm.token_count.prompt", .integer(120)),
            ("llm.token_count.completion", .integer(10)), ("llm.token_count.total", .integer(130)),
            ("llm.token_count.prompt_details.cache_read", .integer(20)),
            ("llm.token_count.completion_details.reasoning", .integer(3)), ("llm.cost.prompt", .number(0.000015)),
            ("llm.cost.completion", .number(0.0000042)), ("llm.cost.total", .number(0.0000192)),
            ("session.id", .text("conv_1")), ("user.id", .text("u-1")),
        ] as [(String, SpanAttributes.Value)] { #expect(attributes[key] == value, "\(key)") }
        // The attempt that failed before consumed nothing.
        #expect(spans[4].attributes["llm.token_count.total"] == nil)
        #expect(spans[4].attributes["llm.cost.total"] == nil)
    }

    @Test(arguments: [
        (GatewayTypes.Operation.embeddings, "EMBEDDING", "embedding.model_name"),
        (.rerank, "RERANKER", "llm.model_name"),
        (.textCompletion, "LLM", "llm.model_name"),
    ])
    func `OpenInference's kind is that of the operation`(
        operation: GatewayTypes.Operation, kind: String, modelKey: String
    ) {
        let attributes = spans([.openinference]) { $0.operation = operation }[5].attributes
        #expect(attributes["openinference.span.kind"] == .text(kind))
        #expect(attributes[modelKey] == .text("small-2"))
    }

    @Test func `Langfuse reads type, cost and the first token's time where it looks for them`() {
        let spans = spans([.langfuse])
        #expect(spans[0].attributes["langfuse.trace.name"] == .text("POST /v1/chat/completions"))
        #expect(spans[0].attributes["langfuse.trace.tags"] == .texts(["team:search", "route:smart"]))
        #expect(spans[0].attributes["langfuse.session.id"] == .text("conv_1"))
        #expect(spans[0].attributes["langfuse.user.id"] == .text("u-1"))
        #expect(spans[2].attributes["langfuse.observation.type"] == .text("span"))
        let attributes = spans[5].attributes
        #expect(attributes["langfuse.observation.type"] == .text("generation"))
        #expect(
            attributes["langfuse.observation.cost_details"]
                == .text(#"{"input":1.5e-05,"output":4.2e-06,"total":1.92e-05}"#))
        let first = Timestamp.text(Fixture.arrivedAt.advanced(byNanoseconds: 62_000_000))
        #expect(attributes["langfuse.observation.completion_start_time"] == .text("\"\(first)\""))
        #expect(spans[4].attributes["langfuse.observation.completion_start_time"] == nil)
    }
}
