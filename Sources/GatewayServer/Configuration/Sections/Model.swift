public import GatewayTypes

extension Configuration {
    /// A model that clients may ask for: a route.
    public struct Model: Sendable {
        public internal(set) var name = ""
        public internal(set) var strategy = Route.Strategy.ordered
        public internal(set) var targets: [ModelTarget] = []
        public internal(set) var aliases: [String] = []
        public internal(set) var matches: [RouteMatch] = []
        public internal(set) var system: SystemText?
        public internal(set) var parameters: Parameters?
        public internal(set) var stickyBy = Route.Affinity.session
        public internal(set) var latency = Route.LatencyMeasure.firstToken
        /// Nil: as the provider has it.
        public internal(set) var dropUnsupported: Bool?
        public internal(set) var omit: [String] = []
        public internal(set) var streamOptions: Bool?
        /// 0 … 1; nil: as `telemetry.sampling` has it.
        public internal(set) var samplingRatio: Double?
        public internal(set) var capture = Capture.none
        /// One of `classifiers`; nil: its requests are not classified.
        public internal(set) var classify: String?
        /// Nil: `strategy` is another.
        public internal(set) var bestQualityUnder: Money?

        /// The strategy in force: an amount alone says which it is.
        var effectiveStrategy: Route.Strategy { bestQualityUnder == nil ? strategy : .bestQualityUnder }
        /// Nil: no second attempt is made beside the first.
        public internal(set) var hedge: Hedge?
        /// Nil: none is tried out.
        public internal(set) var canary: Canary?
        /// Nil: nobody is shown copies of its requests.
        public internal(set) var shadow: Shadow?

        /// Nil: its replies are not kept.
        public internal(set) var cache: ModelCache?

        static let section = Section<Model>(
            "model",
            "A model that clients may ask for. Its name is what they write as `model`, and the `route` label of "
                + "metrics.",
            empty: { Model() },
            fields: [
                Field(
                    "strategy", \.strategy, .choice,
                    "Which target is tried first; the others stand in for one that fails. `ordered`: as written. `weighted`: "
                        + "shares by weight. `lowest_latency`, `lowest_cost`: what is fastest of late, or cheapest for the "
                        + "request. `least_outstanding`: the fewest requests under way for its weight; `power_of_two`: the "
                        + "better one of two drawn. `sticky`: the same one for the same session. `best_quality_under`: the best scored "
                        + "by feedback that is cheap enough. See docs/routing.md."
                ),
                Field(
                    "sticky_by", \.stickyBy, .choice,
                    "What a `sticky` model holds on to: `session` (the header `x-weir-session`, else the caller), `caller`, or "
                        + "`prompt_prefix`, so that prompts that begin alike meet the same prompt cache."),
                Field(
                    "latency", \.latency, .choice,
                    "What `lowest_latency` compares: the time to the `first_token` (of a reply that is not streamed: all of "
                        + "its time), or the time `per_token`."),
                Field(
                    "targets", \.targets, .list(of: .section(ModelTarget.section), countMax: 100),
                    required: "[openai/gpt-5]",
                    "Where it leads."),
                Field(
                    "match", \.matches, .list(of: .section(RouteMatch.section), countMax: 50),
                    "Other routes for some of its requests: the first whose `when` holds is taken, else this one. Applied once: "
                        + "those routes match no further. See [Routing](routing.md)."),
                Field(
                    "drop_unsupported", optional: \.dropUnsupported, .boolean,
                    "As the provider's, for this model alone."),
                Field(
                    "omit", \.omit, .list(of: .text("a member of the request"), countMax: 50),
                    "As the provider's, and beside them."),
                Field(
                    "stream_options", optional: \.streamOptions, .boolean, "As the provider's, for this model alone."),
                Field(
                    "sampling_ratio", optional: \.samplingRatio, .percent,
                    "The share of this model's traces to keep, instead of `telemetry.sampling.ratio`."),
                Field(
                    "capture", \.capture, .choice,
                    "Which content of its exchanges is shown in traces: what is asked (`input`), what is answered "
                        + "(`output`) or `both`, as far as it is text. Known kinds of secrets are taken out first. It "
                        + "is in no log and no metric."),
                Field(
                    "best_quality_under", optional: \.bestQualityUnder, .dollars,
                    "What a request may be expected to cost, where the target with the best mean score of feedback is to be "
                        + "tried first: `0.01 USD`. Says the strategy by itself."),
                Field(
                    "classify", optional: \.classify, .name(of: "a classifier"),
                    "Which of `classifiers` says of which class a request is, for `when: { class: … }` of its targets."),
                Field(
                    "hedge", optional: \.hedge, .section(Hedge.section),
                    "Asks the next target too when the first one is slow to speak; whoever speaks first serves. Never when left "
                        + "out."),
                Field(
                    "canary", optional: \.canary, .section(Canary.section),
                    "Tries another target out with a part of the requests. None when left out."),
                Field(
                    "shadow", optional: \.shadow, .section(Shadow.section),
                    "Sends copies of a part of the requests to another target, whose replies nobody gets. None when left out."
                ),
                Field(
                    "cache", optional: \.cache, .section(ModelCache.section),
                    "Says again what was said before: to the same request, and to one that means the same. Never when left out. "
                        + "See [Cache](cache.md)."),
                Field(
                    "aliases", \.aliases, .list(of: .name(of: "a model"), countMax: 100),
                    "Other names that clients may ask for it by."),
                Field(
                    "system", optional: \.system, .section(SystemText.section),
                    "Instructions that are added to every conversation. See [Templates](templates.md)."),
                Field(
                    "parameters", optional: \.parameters, .section(Parameters.section),
                    "Defaults and bounds of what requests ask for."),
            ])
    }

    /// A model at a provider.
    public struct ModelTarget: Sendable {
        public internal(set) var provider = ""
        public internal(set) var model = ""
        public internal(set) var weight = 1
        /// Tokens of input and output together; nil: what the catalogue says.
        public internal(set) var contextTokens: Int?
        /// The most output tokens of a reply; nil: what the catalogue says.
        public internal(set) var outputTokensMax: Int?
        public internal(set) var lacks: [Abilities.Need] = []
        /// Nil: it is for all requests.
        public internal(set) var when: RequestWhen?

        static let section = Section<ModelTarget>(
            "target", "A model at a provider. `provider/model` may be written: `openai/gpt-5`.",
            empty: { ModelTarget() },
            fields: [
                Field("provider", \.provider, .name(of: "a provider"), required: "openai", "One of `providers`."),
                Field(
                    "model", \.model, .text("the provider's name of the model"), required: "gpt-5",
                    "The model as the provider knows it."),
                Field(
                    "weight", \.weight, .integer(1...1_000_000),
                    "Its share among the targets of a `weighted`, `sticky` or `least_outstanding` model."),
                Field(
                    "context_tokens", optional: \.contextTokens, .integer(1...1_000_000_000),
                    "Tokens of input and output together; the catalogue's figure when left out."),
                Field(
                    "output_tokens_max", optional: \.outputTokensMax, .integer(1...1_000_000_000),
                    "The most output tokens of a reply, which a hard budget reserves; the catalogue's figure when left out."
                ),
                Field(
                    "lacks", \.lacks, .list(of: .choice),
                    "What it cannot do: such requests try it last, and no budget moves them to it."),
                Field(
                    "when", optional: \.when, .section(RequestWhen.section),
                    "Which requests it is for; all when left out."),
            ],
            shorthand: Section.Shorthand(shape: .text("`provider/model`", pattern: "^[^/]+/.+$")) {
                tree, path, reader, root in
                if let target = Kind.target.read(tree, path, reader) { root = target }
            })
    }
}

extension Kind where Value == Configuration.ModelTarget {
    /// Split at the first slash, as names of models may hold more of them.
    static let target = Kind.scalar(.text("`provider/model`", pattern: nil), expected: "provider/model") { text, _ in
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let provider = parts.first, let model = parts.last, !provider.isEmpty, !model.isEmpty
        else {
            return .wrong("\(Words.quoted(text)) names no provider; write provider/model, such as openai/gpt-5")
        }
        if text.unicodeScalars.contains(where: Words.isControl) { return .wrong("holds a control character") }
        if text.count > 256 { return .wrong("is longer than 256 characters") }
        var target = Configuration.ModelTarget()
        target.provider = String(provider)
        target.model = String(model)
        return .value(target)
    }
}
