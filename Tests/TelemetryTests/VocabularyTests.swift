import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct VocabularyTests {
    private let fixture = Fixture()

    /// An exchange that says all that the vocabularies call differently.
    private func outcome() -> Outcome {
        var outcome = fixture.outcome()
        outcome.attempts[1].usage[.cacheWrite] = 5
        outcome.attempts[1].usage[.audioInput] = 4
        outcome.attempts[1].usage[.audioOutput] = 2
        var facts = RequestFacts()
        facts.parameters.topK = 40
        facts.parameters.reasoningLevel = "high"
        facts.parameters.previousResponseID = "resp_1"
        facts.parameters.frequencyPenalty = 0.5
        facts.parameters.presencePenalty = 0.25
        facts.parameters.stopSequences = ["END"]
        facts.parameters.conversationID = "conv_1"
        outcome.requestFacts = Boxed(facts)
        return outcome
    }

    private func attempt(_ vocabulary: Vocabulary) throws -> SpanAttributes {
        var style = SpanStyle()
        style.vocabulary = vocabulary
        var renderer = SpanRenderer(style: style)
        return try #require(renderer.render(outcome()).last).attributes
    }

    /// Of each name that differs: what it says in v1.41, in the latest, and where both are written.
    private static let table: [(key: String, values: [SpanAttributes.Value?])] = [
        ("gen_ai.usage.cache_creation.input_tokens", [.integer(5), nil, .integer(5)]),
        ("gen_ai.usage.cache_write.input_tokens", [nil, .integer(5), .integer(5)]),
        ("gen_ai.request.top_k", [.number(40), .integer(40), .number(40)]),
        ("gen_ai.request.reasoning.level", [nil, .text("high"), .text("high")]),
        ("gen_ai.request.previous_response.id", [nil, .text("resp_1"), .text("resp_1")]),
        ("gen_ai.usage.text.input_tokens", [nil, .integer(125), .integer(125)]),
        ("gen_ai.usage.audio.input_tokens", [nil, .integer(4), .integer(4)]),
        ("gen_ai.usage.image.input_tokens", [nil, nil, nil]),
        ("gen_ai.usage.text.output_tokens", [nil, .integer(10), .integer(10)]),
        ("gen_ai.usage.audio.output_tokens", [nil, .integer(2), .integer(2)]),
        // The same in both.
        ("gen_ai.usage.input_tokens", [.integer(129), .integer(129), .integer(129)]),
        ("gen_ai.usage.output_tokens", [.integer(12), .integer(12), .integer(12)]),
        ("gen_ai.usage.cache_read.input_tokens", [.integer(20), .integer(20), .integer(20)]),
        ("gen_ai.usage.reasoning.output_tokens", [.integer(3), .integer(3), .integer(3)]),
        ("gen_ai.request.frequency_penalty", [.number(0.5), .number(0.5), .number(0.5)]),
        ("gen_ai.request.presence_penalty", [.number(0.25), .number(0.25), .number(0.25)]),
        ("gen_ai.request.stop_sequences", [.texts(["END"]), .texts(["END"]), .texts(["END"])]),
        ("gen_ai.conversation.id", [.text("conv_1"), .text("conv_1"), .text("conv_1")]),
        ("openai.api.type", [.text("chat_completions"), .text("chat_completions"), .text("chat_completions")]),
    ]

    @Test(arguments: Vocabulary.allCases)
    func `Every name that differs is that of the vocabulary`(vocabulary: Vocabulary) throws {
        let position = try #require(Vocabulary.allCases.firstIndex(of: vocabulary))
        let attributes = try attempt(vocabulary)
        for row in Self.table { #expect(attributes[row.key] == row.values[position], "\(row.key)") }
    }

    @Test(arguments: Vocabulary.allCases)
    func `No name comes twice`(vocabulary: Vocabulary) throws {
        var style = SpanStyle()
        style.vocabulary = vocabulary
        style.profiles = Set(SpanProfile.allCases)
        var renderer = SpanRenderer(style: style)
        for span in renderer.render(outcome()) {
            let keys = span.attributes.all.map(\.key)
            #expect(Set(keys).count == keys.count, "\(span.name): \(keys.sorted())")
        }
    }

    // MARK: Metrics

    /// The families that begin with `gen_ai_`, of an exchange of one operation.
    private func families(_ vocabulary: Vocabulary, _ operation: GatewayTypes.Operation) -> Set<String> {
        var settings = TelemetrySettings(spans: false, accessLog: false)
        settings.style.vocabulary = vocabulary
        let telemetry = Fixture.telemetry(settings)
        var outcome = outcome()
        outcome.operation = operation
        telemetry.shards[0].exchangeBegan()
        telemetry.shards[0].settled(outcome)
        let lines = telemetry.lines("# TYPE gen_ai_")
        return Set(lines.compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) })
    }

    private static let pinned: Set<String> = ["gen_ai_client_operation_duration_seconds", "gen_ai_client_token_usage"]
    private static let latest: Set<String> = Set(
        [
            "duration_seconds", "operation_input_tokens", "operation_output_tokens", "usage_input_tokens_total",
            "usage_output_tokens_total", "usage_cache_read_input_tokens_total",
            "usage_cache_write_input_tokens_total", "usage_reasoning_output_tokens_total",
        ].map { "gen_ai_client_inference_" + $0 })

    @Test func `Metrics of inference are called as the vocabulary has them`() {
        #expect(families(.v1_41, .chat) == Self.pinned)
        #expect(families(.latest, .chat) == Self.latest)
        #expect(families(.both, .chat) == Self.pinned.union(Self.latest))
    }

    @Test func `What is no inference keeps its duration's name, and has no tokens in the latest`() {
        #expect(families(.latest, .embeddings) == ["gen_ai_client_operation_duration_seconds"])
        #expect(families(.both, .embeddings) == Self.pinned)
    }

    @Test func `Tokens by modality add up to their totals, and a failed attempt counts as none`() {
        var settings = TelemetrySettings(spans: false, accessLog: false)
        settings.style.vocabulary = .latest
        let telemetry = Fixture.telemetry(settings)
        telemetry.shards[0].exchangeBegan()
        telemetry.shards[0].settled(outcome())
        func values(_ family: String) -> [String] {
            telemetry.lines(family + "{").map { line in
                let modality = line.split(separator: "gen_ai_token_modality=\"").last?.split(separator: "\"").first
                return (modality ?? "") + " " + (line.split(separator: " ").last ?? "")
            }.sorted()
        }
        #expect(values("gen_ai_client_inference_usage_input_tokens_total") == ["audio 4", "text 125", "unknown 0"])
        #expect(values("gen_ai_client_inference_usage_output_tokens_total") == ["audio 2", "text 10", "unknown 0"])
        #expect(values("gen_ai_client_inference_usage_reasoning_output_tokens_total") == ["text 3"])
    }

    @Test(arguments: [
        (Instrument.inferenceDuration, "gen_ai.client.inference.duration", "s"),
        (.inferenceInputTokens, "gen_ai.client.inference.operation.input_tokens", "{token}"),
        (.inferenceInputUsage, "gen_ai.client.inference.usage.input_tokens", "{token}"),
        (.inferenceCacheWriteUsage, "gen_ai.client.inference.usage.cache_write.input_tokens", "{token}"),
        (.genAITokenUsage, "gen_ai.client.token.usage", "{token}"),
    ])
    func `Over OTLP they have their dotted names`(instrument: Instrument, name: String, unit: String) {
        #expect(ConventionNames.name(of: instrument.spec) == name)
        #expect(ConventionNames.unit(of: instrument.spec) == unit)
        #expect(ConventionNames.attribute("gen_ai_token_modality") == "gen_ai.token.modality")
    }

    // MARK: Operations

    @Test(
        arguments: [
            (Surface.openAIChat, "chat", "chat_completions"), (.openAIResponses, "chat", "responses"),
            (.anthropicMessages, "chat", nil), (.geminiGenerate, "chat", nil),
            (.openAICompletions, "text_completion", nil),
            (.openAIEmbeddings, "embeddings", nil), (.rerank, "rerank", nil), (.openAIModerations, "moderation", nil),
            (.openAIRealtime, "realtime", nil),
        ] as [(Surface, String, String?)])
    func `Each surface has the operation of the conventions`(surface: Surface, operation: String, api: String?) throws {
        var outcome = fixture.outcome()
        outcome.surface = surface
        outcome.operation = surface.operation
        var renderer = SpanRenderer()
        let span = try #require(renderer.render(outcome).last)
        #expect(span.name == operation + " small-2")
        #expect(span.attributes["gen_ai.operation.name"] == .text(operation))
        #expect(span.attributes["openai.api.type"] == api.map { .text($0) })
    }

    @Test(
        arguments: [
            (GatewayTypes.Operation.imageGeneration, "image"), (.speech, "speech"), (.transcription, "text"),
            (.chat, nil),
        ] as [(GatewayTypes.Operation, String?)])
    func `What kind of output was asked for is said`(operation: GatewayTypes.Operation, type: String?) throws {
        var outcome = fixture.outcome()
        outcome.operation = operation
        var renderer = SpanRenderer()
        let span = try #require(renderer.render(outcome).last)
        #expect(span.attributes["gen_ai.output.type"] == type.map { .text($0) })
    }

    @Test func `A model that no configuration names is in no span's name`() throws {
        let outcome = fixture.outcome(model: "made-up")
        var renderer = SpanRenderer()
        let span = try #require(renderer.render(outcome).last)
        #expect(span.name == "chat")
        #expect(span.attributes["gen_ai.request.model"] == .text("made-up"))
    }
}

extension Fixture {
    /// An exchange with a model that its client named and nobody else.
    fileprivate func outcome(model: String) -> Outcome {
        var outcome = outcome()
        let target = Self.target(2, second.provider, .other)
        var attempt = AttemptOutcome(target: target, spanID: 0x33, began: Self.after(1))
        attempt.ended = Self.after(2)
        outcome.attempts = [attempt]
        outcome.servedAttempt = 0
        outcome.askedModel = model
        return outcome
    }
}
