public import GatewayTypes

extension Configuration {
    /// What models cost.
    public struct Prices: Sendable {
        public enum Catalog: String, CaseIterable, Sendable {
            case builtIn = "built-in"
            case none
        }

        public internal(set) var catalog = Catalog.builtIn
        public internal(set) var overrides: [PriceOverride] = []

        static let section = Section<Prices>(
            "prices", "What models cost. Figures are exact decimals in US dollars.",
            empty: { Prices() },
            fields: [
                Field("catalog", \.catalog, .choice, "The list prices that come with Weir, or none."),
                Field(
                    "overrides", \.overrides, .list(of: .section(PriceOverride.section)),
                    "Prices that go before the catalogue's."),
            ])
    }

    /// The prices of one model of one provider. What is absent has no price; an absent price is not 0.
    public struct PriceOverride: Sendable {
        public internal(set) var provider = ""
        public internal(set) var model = ""
        public internal(set) var effectiveFrom: WallTime?
        /// For an hour of the machine, and how many exchanges share it.
        public internal(set) var gpuHour: UnitPrice?
        public internal(set) var concurrency = 1
        private var table: [CostComponent: UnitPrice] = [:]

        /// Per million units, whatever the unit is.
        public internal(set) subscript(component: CostComponent) -> UnitPrice? {
            get { table[component] }
            set { table[component] = newValue }
        }

        public var isEmpty: Bool { table.isEmpty && gpuHour == nil }

        static let section = Section<PriceOverride>(
            "price override", "The prices of one model. A kind of token without a price of its own has none.",
            empty: { PriceOverride() },
            fields: [
                Field("provider", \.provider, .name(of: "a provider"), required: "openai", "One of `providers`."),
                Field(
                    "model", \.model, .text("the provider's name of the model"), required: "gpt-5",
                    "The model as the provider knows it."),
                Field("input", optional: \.[.input], .perMillion, "Input tokens, uncached."),
                Field("output", optional: \.[.output], .perMillion, "Output tokens."),
                Field(
                    "cache_read", optional: \.[.cacheRead], .perMillion,
                    "Input tokens read from the provider's "
                        + "cache."),
                Field(
                    "cache_write", optional: \.[.cacheWrite], .perMillion,
                    "Input tokens written to the provider's cache."),
                Field(
                    "cache_write_1h", optional: \.[.cacheWriteHour], .perMillion,
                    "Input tokens written to it for one hour."),
                Field("reasoning", optional: \.[.reasoning], .perMillion, "Reasoning tokens."),
                Field("audio_input", optional: \.[.audioInput], .perMillion, "Audio tokens in."),
                Field("audio_output", optional: \.[.audioOutput], .perMillion, "Audio tokens out."),
                Field("image", optional: \.[.image], .perMillion, "Image tokens."),
                Field("per_request", optional: \.[.request], .each, "Each request, or each search of a reranker."),
                Field(
                    "per_second", optional: \.[.second], .each,
                    "Each second that an attempt takes, for models that you run; tokens are free where they have no "
                        + "price beside it."),
                Field(
                    "gpu_hour", optional: \.gpuHour, .each,
                    "An hour of the machine that you run the model on; instead of `per_second`."),
                Field(
                    "concurrency", \.concurrency, .integer(1...100_000),
                    "How many exchanges share that machine at a time: each second costs `gpu_hour` ÷ 3600 ÷ this."),
                Field("per_audio_second", optional: \.[.audioSecond], .each, "Each second of sound."),
                Field("per_character", optional: \.[.character], .each, "Each character to be spoken."),
                Field("per_page", optional: \.[.page], .each, "Each page."),
                Field("per_image", optional: \.[.imageEach], .each, "Each image made."),
                Field(
                    "effective_from", optional: \.effectiveFrom, .date,
                    "First day of these prices, in UTC; always when left out."),
            ])
    }
}
