import GatewayTypes
import JSON

/// How a provider counts, where OpenAI's fields mean something else with it.
enum OpenAIUsageRule {
    case standard
    /// `completion_tokens` leaves reasoning out: output = total − prompt.
    case outputWithoutReasoning
    /// `prompt_tokens` leaves audio out: input = total − completion.
    case inputWithoutAudio

    /// By `gen_ai.provider.name`.
    init(providerKind: String) { self = OpenAIVariant(providerKind: providerKind).usageRule }
}

/// A `usage` object as it came; what is not there is nil.
struct OpenAIUsage {
    private var prompt: Int64?
    private var completion: Int64?
    private var total: Int64?
    private var cached: Int64?
    private var cachedElsewhere: Int64?
    private var cacheWrite: Int64?
    private var audioInput: Int64?
    private var image: Int64?
    private var reasoning: Int64?
    private var audioOutput: Int64?
    private var cost: Money?

    private enum Field: String, CaseIterable, Sendable {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case totalTokens = "total_tokens"
        case promptDetails = "prompt_tokens_details"
        case completionDetails = "completion_tokens_details"
        case promptCacheHits = "prompt_cache_hit_tokens"
        case cachedTokens = "cached_tokens"
        case numCachedTokens = "num_cached_tokens"
        case cacheCreation = "cache_creation_input_tokens"
        case cost
        case costTicks = "cost_in_usd_ticks"

        static let keys = JSONKeys<Self>()
    }

    private enum Detail: String, CaseIterable, Sendable {
        case cachedTokens = "cached_tokens"
        case cacheWriteTokens = "cache_write_tokens"
        case audioTokens = "audio_tokens"
        case imageTokens = "image_tokens"
        case reasoningTokens = "reasoning_tokens"

        static let keys = JSONKeys<Self>()
    }

    private enum CostField: String, CaseIterable, Sendable {
        case totalCost = "total_cost"

        static let keys = JSONKeys<Self>()
    }

    /// Reads the object that begins at the current byte.
    init(_ scanner: inout JSONScanner) throws(JSONProblem) {
        var members = LenientMembers(Field.keys)
        while let field = try members.next(&scanner) {
            switch field {
            case .promptTokens: prompt = try Self.count(&scanner) ?? prompt
            case .completionTokens: completion = try Self.count(&scanner) ?? completion
            case .totalTokens: total = try Self.count(&scanner) ?? total
            case .promptDetails: try readDetails(&scanner, ofPrompt: true)
            case .completionDetails: try readDetails(&scanner, ofPrompt: false)
            case .promptCacheHits, .cachedTokens, .numCachedTokens:
                cachedElsewhere = try Self.count(&scanner) ?? cachedElsewhere
            case .cacheCreation:
                let count = try Self.count(&scanner)
                cacheWrite = cacheWrite ?? count
            case .cost: try readCost(&scanner)
            // 10¹⁰ ticks are a dollar, so one is 100 picodollars.
            case .costTicks: cost = try Self.money(&scanner, places: 2) ?? cost
            }
        }
        // Voyage tells the total of an embedding alone: all of it is input.
        if prompt == nil, completion == nil { prompt = total }
    }

    private mutating func readDetails(_ scanner: inout JSONScanner, ofPrompt: Bool) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        var members = LenientMembers(Detail.keys)
        while let detail = try members.next(&scanner) {
            let count = try Self.count(&scanner)
            switch (detail, ofPrompt) {
            case (.cachedTokens, true): cached = count ?? cached
            case (.cacheWriteTokens, true): cacheWrite = count ?? cacheWrite
            case (.audioTokens, true): audioInput = count ?? audioInput
            case (.imageTokens, true): image = count ?? image
            case (.audioTokens, false): audioOutput = count ?? audioOutput
            case (.reasoningTokens, false): reasoning = count ?? reasoning
            case (.reasoningTokens, true), (.cachedTokens, false), (.cacheWriteTokens, false), (.imageTokens, false):
                break
            }
        }
    }

    private mutating func readCost(_ scanner: inout JSONScanner) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            cost = try Self.money(&scanner, places: 12) ?? cost
            return
        }
        var members = LenientMembers(CostField.keys)
        while try members.next(&scanner) != nil { cost = try Self.money(&scanner, places: 12) ?? cost }
    }

    /// A number of tokens; nil when it is none. Negative ones are 0.
    private static func count(_ scanner: inout JSONScanner) throws(JSONProblem) -> Int64? {
        guard scanner.isNumber(scanner.peek()) else {
            try scanner.skipValue()
            return nil
        }
        guard let value = scanner.scaled(try scanner.number(), places: 0) else { return TokenCount.most }
        return Int64(min(max(value, 0), Int128(TokenCount.most)))
    }

    private static func money(_ scanner: inout JSONScanner, places: Int) throws(JSONProblem) -> Money? {
        guard scanner.isNumber(scanner.peek()) else {
            try scanner.skipValue()
            return nil
        }
        return money(picodollars: scanner.scaled(try scanner.number(), places: places))
    }

    /// Beyond a billion dollars it is no cost of an exchange.
    static func money(picodollars: Int128?) -> Money? {
        guard let picodollars, picodollars >= 0, picodollars < 1_000_000_000_000_000_000_000 else { return nil }
        return Money(picodollars: picodollars)
    }

    // MARK: Disjoint kinds

    /// The counts by disjoint kind; nil when the object held none and no cost.
    /// Parts that exceed their whole are cut to it, so that the kinds sum to the whole.
    func usage(_ rule: OpenAIUsageRule) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = total
        usage.reportedCost = cost
        let cacheRead = cached ?? cachedElsewhere
        if let whole = inputTotal(rule) {
            var rest = whole
            usage[.cacheRead] = TokenCount.take(cacheRead, from: &rest)
            usage[.cacheWrite] = TokenCount.take(cacheWrite, from: &rest)
            usage[.audioInput] = TokenCount.take(audioInput, from: &rest)
            usage[.image] = TokenCount.take(image, from: &rest)
            usage[.input] = rest
        }
        if let (whole, thought) = outputTotal(rule) {
            var rest = whole
            usage[.reasoning] = TokenCount.take(thought, from: &rest)
            usage[.audioOutput] = TokenCount.take(audioOutput, from: &rest)
            usage[.output] = rest
        }
        return usage.isEmpty && cost == nil ? nil : usage
    }

    private func inputTotal(_ rule: OpenAIUsageRule) -> Int64? {
        guard let prompt else { return nil }
        if rule == .inputWithoutAudio, let audioInput, audioInput > 0, let total, let completion {
            return max(prompt, total - completion)
        }
        return prompt
    }

    private func outputTotal(_ rule: OpenAIUsageRule) -> (whole: Int64, reasoning: Int64?)? {
        guard let completion else { return nil }
        guard let total, let prompt, total - prompt > completion else { return (completion, reasoning) }
        let beyond = total - prompt - completion
        // Where exactly the reasoning is missing, it was left out, whoever the provider is.
        if rule == .outputWithoutReasoning || beyond == reasoning { return (total - prompt, reasoning ?? beyond) }
        return (completion, reasoning)
    }
}
