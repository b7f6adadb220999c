public import GatewayTypes

/// Every name that the semantic conventions of OpenTelemetry give: `gen_ai.*` of v1.41.0 and, where they differ, of what
/// comes after it (`latest`); `http.*`, `url.*`, `server.*`, `client.*`, `user_agent.*`, `network.*` and `error.type`
/// (stable). Nothing else in Weir spells one.
public enum Conventions {
    public static let schemaURL = "https://opentelemetry.io/schemas/1.41.0"

    /// Attributes of spans.
    public enum Key {
        public static let operation = "gen_ai.operation.name"
        public static let provider = "gen_ai.provider.name"
        public static let requestModel = "gen_ai.request.model"
        public static let requestStream = "gen_ai.request.stream"
        public static let requestMaxTokens = "gen_ai.request.max_tokens"
        public static let requestTemperature = "gen_ai.request.temperature"
        public static let requestTopP = "gen_ai.request.top_p"
        public static let requestSeed = "gen_ai.request.seed"
        public static let requestTopK = "gen_ai.request.top_k"
        public static let requestFrequencyPenalty = "gen_ai.request.frequency_penalty"
        public static let requestPresencePenalty = "gen_ai.request.presence_penalty"
        public static let requestStopSequences = "gen_ai.request.stop_sequences"
        public static let requestEncodingFormats = "gen_ai.request.encoding_formats"
        public static let embeddingDimensions = "gen_ai.embeddings.dimension.count"
        public static let conversationID = "gen_ai.conversation.id"
        public static let requestChoices = "gen_ai.request.choice.count"
        public static let outputType = "gen_ai.output.type"
        public static let responseID = "gen_ai.response.id"
        public static let responseModel = "gen_ai.response.model"
        public static let finishReasons = "gen_ai.response.finish_reasons"
        public static let timeToFirstChunk = "gen_ai.response.time_to_first_chunk"
        public static let inputTokens = "gen_ai.usage.input_tokens"
        public static let outputTokens = "gen_ai.usage.output_tokens"
        public static let cacheReadTokens = "gen_ai.usage.cache_read.input_tokens"
        /// Of v1.41 only; `Latest.cacheWriteTokens` took its place.
        public static let cacheWriteTokens = "gen_ai.usage.cache_creation.input_tokens"
        public static let reasoningTokens = "gen_ai.usage.reasoning.output_tokens"
        /// Not of the conventions, which have no cost yet; what backends read today.
        public static let usageCost = "gen_ai.usage.cost"
        /// The conversation, where a route's content is captured.
        public static let systemInstructions = "gen_ai.system_instructions"
        public static let inputMessages = "gen_ai.input.messages"
        public static let outputMessages = "gen_ai.output.messages"
        public static let openAIAPI = "openai.api.type"
        public static let requestServiceTier = "openai.request.service_tier"
        public static let responseServiceTier = "openai.response.service_tier"
        public static let systemFingerprint = "openai.response.system_fingerprint"
        public static let httpMethod = "http.request.method"
        public static let httpRoute = "http.route"
        public static let httpStatus = "http.response.status_code"
        public static let httpRequestSize = "http.request.body.size"
        public static let httpResponseSize = "http.response.body.size"
        public static let resendCount = "http.request.resend_count"
        public static let urlPath = "url.path"
        public static let urlScheme = "url.scheme"
        public static let clientAddress = "client.address"
        public static let userAgent = "user_agent.original"
        public static let serverAddress = "server.address"
        public static let serverPort = "server.port"
        public static let errorType = "error.type"
        public static let errorMessage = "error.message"
        public static let exceptionType = "exception.type"
        public static let exceptionMessage = "exception.message"
    }

    /// Names of events, which log records have.
    public enum Event {
        public static let operationException = "gen_ai.client.operation.exception"
    }

    /// Attributes of spans that v1.41 has not, or calls otherwise.
    enum Latest {
        static let cacheWriteTokens = "gen_ai.usage.cache_write.input_tokens"
        static let reasoningLevel = "gen_ai.request.reasoning.level"
        static let previousResponse = "gen_ai.request.previous_response.id"
        static let textInputTokens = "gen_ai.usage.text.input_tokens"
        static let imageInputTokens = "gen_ai.usage.image.input_tokens"
        static let audioInputTokens = "gen_ai.usage.audio.input_tokens"
        static let textOutputTokens = "gen_ai.usage.text.output_tokens"
        static let audioOutputTokens = "gen_ai.usage.audio.output_tokens"
        static let tokenModality = "gen_ai.token.modality"
    }

    /// Keys of a resource.
    public enum Resource {
        public static let serviceName = "service.name"
        public static let serviceVersion = "service.version"
        public static let sdkName = "telemetry.sdk.name"
        public static let sdkLanguage = "telemetry.sdk.language"
        public static let sdkVersion = "telemetry.sdk.version"
    }

    /// Labels of metrics: the keys above as OpenTelemetry translates them for Prometheus.
    enum Label {
        static let operation = "gen_ai_operation_name"
        static let provider = "gen_ai_provider_name"
        static let requestModel = "gen_ai_request_model"
        static let tokenType = "gen_ai_token_type"
        static let tokenModality = "gen_ai_token_modality"
        static let serverAddress = "server_address"
        static let serverPort = "server_port"
        static let httpMethod = "http_request_method"
        static let httpRoute = "http_route"
        static let httpStatus = "http_response_status_code"
        static let urlScheme = "url_scheme"
        static let errorType = "error_type"
        static let componentType = "otel_component_type"
        static let componentName = "otel_component_name"
    }

    /// Values.
    enum Value {
        static let input = "input"
        static let output = "output"
        static let http = "http"
        static let https = "https"
        static let json = "json"
        static let text = "text"
        static let image = "image"
        static let audio = "audio"
        static let unknown = "unknown"
        static let speech = "speech"
        static let chatCompletions = "chat_completions"
        static let responses = "responses"
        static let jsonType = "application/json"
        static let textType = "text/plain"
    }
}

/// Names of Weir's own attributes.
public enum WeirKey {
    public static let exchangeID = "weir.exchange.id"
    public static let outcome = "weir.outcome"
    public static let team = "weir.team"
    public static let caller = "weir.caller"
    public static let route = "weir.route"
    public static let requestedModel = "weir.route.requested_model"
    public static let servedModel = "weir.route.served_model"
    public static let routeReason = "weir.route.reason"
    /// What the cache did, of which kind the hit was, and what that saved.
    public static let cacheResult = "weir.cache.result"
    public static let cacheKind = "weir.cache.kind"
    public static let cacheAge = "weir.cache.age_seconds"
    public static let cacheSimilarity = "weir.cache.similarity"
    public static let cacheOrigin = "weir.cache.origin"
    public static let cacheSavedUSD = "weir.cache.saved_usd"
    public static let cacheSavedTokens = "weir.cache.saved_tokens"
    public static let cacheProvider = "weir.cache.provider"
    public static let cacheModel = "weir.cache.model"
    public static let cacheTrap = "weir.cache.trap"
    public static let linkOfCached = "cached"
    public static let classification = "weir.classification"
    public static let classificationClass = "weir.classification.class"
    public static let classificationConfidence = "weir.classification.confidence"
    public static let classificationResult = "weir.classification.result"
    public static let classificationReason = "weir.classification.reason"
    /// Of what Weir asked a model itself: what for, and on behalf of which exchange.
    public static let askedFor = "weir.asked.purpose"
    public static let asker = "weir.asked.exchange"
    public static let feedbackScore = "weir.feedback.score"
    public static let feedbackReplaced = "weir.feedback.replaced"
    public static let budget = "weir.budget"
    public static let rule = "weir.rule"
    public static let budgetOwner = "weir.budget.owner"
    public static let ruleFrom = "weir.rule.from"
    public static let ruleTo = "weir.rule.to"
    public static let ruleSeverity = "weir.rule.severity"
    public static let reroutedFrom = "weir.route.from"
    public static let reroutedTo = "weir.route.to"
    public static let auditSequence = "weir.audit.sequence"
    public static let auditHash = "weir.audit.hash"
    public static let auditAction = "weir.audit.action"
    public static let auditActor = "weir.audit.actor"
    public static let auditSubject = "weir.audit.subject"
    public static let auditBefore = "weir.audit.before"
    public static let auditAfter = "weir.audit.after"
    public static let auditReason = "weir.audit.reason"
    public static let demandUSD = "weir.demand.usd"
    public static let provider = "weir.provider"
    public static let attempts = "weir.attempts"
    public static let surface = "weir.surface"
    public static let dropped = "weir.dropped"
    public static let templateName = "weir.template.name"
    public static let templateVersion = "weir.template.version"
    public static let waited = "weir.limits.waited_seconds"
    public static let guardrailName = "weir.guardrail.name"
    public static let guardrailPhase = "weir.guardrail.phase"
    public static let guardrailVerdict = "weir.guardrail.verdict"
    public static let guardrailAction = "weir.guardrail.action"
    public static let guardrailReasons = "weir.guardrail.reasons"
    public static let guardrailShadow = "weir.guardrail.shadow"
    public static let guardrailFingerprint = "weir.guardrail.fingerprint"
    public static let calloutName = "weir.callout.name"
    public static let calloutResult = "weir.callout.result"
    public static let costUSD = "weir.cost.usd"
    public static let costStatus = "weir.cost.status"
    public static let usageSource = "weir.usage.source"
    public static let abortBilling = "weir.abort.billing"
    public static let accounted = "weir.accounted"
    public static let duration = "weir.duration_seconds"
    public static let timeToFirstToken = "weir.time_to_first_token_seconds"
    public static let overhead = "weir.overhead_seconds"
    public static let notes = "weir.notes"
    /// Of a link: what the other span is.
    static let link = "weir.link"
    static let linkOfClient = "client"
    /// Of a copy that a shadow was shown: the exchange that it is a copy of.
    static let linkOfOriginal = "original"
    /// Of the content that a span shows, some is missing.
    public static let contentTruncated = "weir.content.truncated"
    public static let hop = "weir.hop"
    public static let samplingReason = "weir.sampling.reason"
    public static let attemptNumber = "weir.attempt.number"
    /// Of a failure: `client`, `gateway` or `upstream`.
    public static let errorSide = "weir.error.side"
    /// Of an attempt that raced another: `first` or `second`, whether it spoke first, and when the second was made.
    static let hedgeRole = "weir.hedge.role"
    static let hedgeWon = "weir.hedge.won"
    static let hedgeAfter = "weir.hedge.after_seconds"
    public static let connectionReused = "weir.attempt.connection_reused"
    public static let providerRequestID = "weir.attempt.provider_request_id"
    public static let keyAlias = "weir.attempt.key_alias"
    public static let providerKey = "weir.provider.key"

    public static func hopSeconds(_ hop: Hop) -> String { hopKeys[hop.index] }
    public static func tokens(_ type: TokenType) -> String { tokenKeys[type.index] }
    /// A budget signal that a rule reads: `spent`, `forecast` …
    public static func signal(_ name: String) -> String { "weir.rule.signal.\(name)" }
    static func phaseSeconds(_ phase: AttemptPhase) -> String { "weir.attempt.\(phase.rawValue)_seconds" }

    /// What a callout says of an exchange, under a key of its own.
    public static func annotation(_ key: String) -> String { "weir.annotation." + key }

    private static let hopKeys = Cases.hops.map { "weir.hop.\($0.rawValue)_seconds" }
    private static let tokenKeys = Cases.tokenTypes.map { "weir.tokens.\($0.rawValue)" }
}
