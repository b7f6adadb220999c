extension InstrumentCatalog {
    private static let attempt = [
        Conventions.Label.operation, Conventions.Label.provider, Conventions.Label.requestModel,
        Conventions.Label.serverAddress, Conventions.Label.serverPort,
    ]
    private static let counted = attempt + [Conventions.Label.tokenModality]
    private static let result = attempt + [Conventions.Label.errorType]

    /// What the conventions after v1.41 call the inference metrics; there are series where `telemetry.conventions` is
    /// `latest` or `both`.
    static let inference: [InstrumentSpec] = [
        .histogram(
            .inferenceDuration, result, Buckets.duration,
            "gen_ai.client.inference.duration: one attempt at inference; with conventions latest or both"),
        .histogram(
            .inferenceInputTokens, result, unit: "", Buckets.tokens,
            "gen_ai.client.inference.operation.input_tokens: input of one attempt; with conventions latest or both"),
        .histogram(
            .inferenceOutputTokens, result, unit: "", Buckets.tokens,
            "gen_ai.client.inference.operation.output_tokens: output of one attempt; with conventions latest or both"),
        .counter(
            .inferenceInputUsage, counted, "Input tokens, cached ones too; with conventions latest or both"),
        .counter(
            .inferenceOutputUsage, counted, "Output tokens, reasoning too; with conventions latest or both"),
        .counter(
            .inferenceCacheReadUsage, counted,
            "Of the input tokens, those read from a provider's cache; with conventions latest or both"),
        .counter(
            .inferenceCacheWriteUsage, counted,
            "Of the input tokens, those written to a provider's cache; with conventions latest or both"),
        .counter(
            .inferenceReasoningUsage, counted,
            "Of the output tokens, those of reasoning; with conventions latest or both"),
    ]
}
