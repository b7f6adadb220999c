import GatewayTypes
import Metering
import TestSupport
import Testing

@Suite struct PriceBookTests {
    @Test func `A cost is the sum of tokens times list prices, to the picodollar`() throws {
        let cost = try Fixtures.cost("openai", "gpt-4o", usage([.input: 1000, .cacheRead: 500, .output: 200]))
        #expect(cost.status == .priced)
        #expect(cost.tier == "default")
        #expect(cost.lines.map(\.amount.description) == ["0.0025", "0.000625", "0.002"])
        #expect(cost.lines.map(\.price.usdPerMillion) == ["2.5", "1.25", "10"])
        #expect(cost.total.description == "0.005125")
        #expect(cost.catalogHash.count == 12)
    }

    @Test func `A model is found by its alias too`() throws {
        let cost = try Fixtures.cost("openai", "gpt-4o-mini-2024-07-18", usage([.input: 1_000_000]))
        #expect(cost.total.description == "0.15")
    }

    @Test(arguments: [
        ("mistral_ai", "mistral"), ("x_ai", "xai"), ("gcp.gemini", "gemini"), ("aws.bedrock", "bedrock"),
        ("azure.ai.openai", "azure"), ("groq", "groq"), ("deepseek", "deepseek"), ("gcp.vertex_ai", "vertex"),
        ("anthropic", "anthropic"), ("cohere", "cohere"), ("perplexity", "perplexity"), ("moonshot_ai", "moonshot"),
    ])
    func `A provider of any name finds its kind's list prices`(kind: String, listed: String) throws {
        let catalog = try PriceCatalog.embedded()
        let entry = try #require(
            catalog.entries.first { $0.provider == listed && $0.mode == "chat" && $0.sheet.plain.prices[.input] != nil }
        )
        let cost = try Fixtures.cost(kind, entry.model, provider: "ours", usage([.input: 1000]))
        #expect(cost.total == entry.sheet.plain.prices[.input]?.amount(of: 1000))
    }

    @Test func `A provider that the catalogue knows by name is not priced as another of its kind`() throws {
        let cost = try Fixtures.cost("openai", "gpt-4o", provider: "groq", usage([.input: 1]))
        #expect(cost.status == .unpriced)
    }

    // MARK: Units beside tokens

    private func units(_ counts: [BilledUnit: Int64]) -> Usage {
        var usage = Usage(source: .provider)
        usage.units = counts
        return usage
    }

    @Test func `Speech is paid by the character, a transcript by the second, a reranking by the search`() throws {
        let speech = try Fixtures.cost("openai", "tts-1", units([.character: 1000]))
        #expect(speech.total.description == "0.015")
        #expect(speech.lines.map(\.component) == [.character])
        let transcript = try Fixtures.cost("openai", "whisper-1", units([.audioMillisecond: 1500]))
        #expect(transcript.total.description == "0.00015")
        let search = try Fixtures.cost("cohere", "rerank-v3.5", units([.search: 3]))
        #expect(search.total.description == "0.006")
    }

    @Test func `Any model of a provider is priced by the name that request or reply give`() throws {
        var fixtures = Fixtures()
        fixtures.anyModel(of: "openai")
        let book = try fixtures.book()
        func cost(_ model: String?) -> Cost {
            book.cost(
                of: MeteredUse(usage([.input: 1_000_000]), operation: .providerAPI, at: .now(), model: model),
                target: fixtures.targets[0])
        }
        #expect(cost("gpt-4o-mini").total.description == "0.15")
        #expect(cost("no such model").status == .unpriced)
        #expect(cost(nil).status == .unpriced)
    }

    @Test func `A unit without a price leaves the exchange unpriced`() throws {
        let cost = try Fixtures.cost("openai", "gpt-4o", units([.character: 1000]))
        #expect(cost.status == .unpriced)
    }

    @Test func `A model that is paid by time costs its seconds, and its tokens nothing`() throws {
        let second = try #require(UnitPrice(usdPerMillion: "1000"))
        let own = PriceOverride(provider: "main", model: "llama", prices: [.second: second])
        var fixtures = Fixtures()
        fixtures.target("vllm", "llama")
        let cost = try fixtures.book([own]).cost(
            of: MeteredUse(
                usage([.input: 10, .output: 20]), operation: .chat, at: .now(), nanoseconds: 2_500_000_000),
            target: fixtures.targets[0])
        #expect(cost.status == .priced)
        #expect(cost.lines.map(\.component) == [.second])
        #expect(cost.total.description == "0.0025")
    }

    @Test func `Images are paid by their tokens, and each where no token was counted`() throws {
        var fixtures = Fixtures()
        fixtures.target("gemini", "gemini-2.5-flash-image", provider: "gemini")
        let book = try fixtures.book()
        func cost(_ usage: Usage) -> Cost {
            book.cost(
                of: MeteredUse(usage, operation: .imageGeneration, at: .now()), target: fixtures.targets[0])
        }
        var counted = usage([.output: 1_000_000])
        counted.units[.imageOutput] = 2
        #expect(cost(counted).total.description == "30")
        #expect(cost(units([.imageOutput: 2])).total.description == "0.078")
    }

    @Test(arguments: [("priority", "0.0025"), ("batch", "0.00075"), ("default", "0.0015"), ("auto", "0.0015")])
    func `The tier that served decides the prices`(tier: String, total: String) throws {
        let cost = try Fixtures.cost("openai", "gpt-4o-mini", tier: tier, usage([.input: 2000, .output: 2000]))
        #expect(cost.total.description == total)
        #expect(cost.tier == (tier == "auto" ? "default" : tier))
    }

    @Test func `What a tier does not name costs what the plain list says`() throws {
        let cost = try Fixtures.cost(
            "openai", "gpt-4o", tier: "batch", usage([.cacheRead: 1_000_000, .output: 1_000_000]))
        #expect(cost.lines.map(\.price.usdPerMillion) == ["1.25", "5"])
    }

    @Test(
        arguments: [
            (272_000, nil, "0.68015"), (272_001, nil, "1.36023"), (272_001, "flex", "0.680115"),
            (272_001, "priority", "1.360305"),
        ] as [(Int64, String?, String)])
    func `Beyond its threshold the whole request costs the higher price`(input: Int64, tier: String?, total: String)
        throws
    {
        let cost = try Fixtures.cost("openai", "gpt-5.4", tier: tier, usage([.input: input, .output: 10]))
        #expect(cost.total.description == total)
    }

    @Test func `Cached tokens count towards the threshold`() throws {
        let cost = try Fixtures.cost("openai", "gpt-5.4", usage([.input: 1, .cacheRead: 272_000]))
        #expect(cost.lines.map(\.price.usdPerMillion) == ["5", "0.5"])
    }

    @Test func `A cache write of one hour is a line of its own`() throws {
        let cost = try Fixtures.cost("anthropic", "claude-opus-5", usage([.cacheWrite: 1000, .output: 1], hour: 400))
        #expect(cost.lines.map(\.component) == [.cacheWrite, .cacheWriteHour, .output])
        #expect(cost.lines.map(\.units) == [600, 400, 1])
        #expect(cost.lines.map(\.amount.description) == ["0.00375", "0.004", "0.000025"])
    }

    @Test func `What has no price of its own costs as much as its nearest kin`() throws {
        let price = try PriceOverride(provider: "main", model: "m", prices: [("input", "2"), ("output", "8")])
        let all = Dictionary(uniqueKeysWithValues: TokenType.allCases.map { ($0, Int64(1_000_000)) })
        let cost = try Fixtures.cost("openai", "m", overrides: [price], usage(all, hour: 500_000))
        let prices = Dictionary(uniqueKeysWithValues: cost.lines.map { ($0.component, $0.price.usdPerMillion) })
        #expect(
            prices == [
                .input: "2", .cacheRead: "2", .cacheWrite: "2", .cacheWriteHour: "2", .audioInput: "2", .image: "2",
                .output: "8", .reasoning: "8", .audioOutput: "8",
            ])
    }

    @Test func `Reasoning in a tier costs as the tier's output does`() throws {
        let prices = [("input", "1"), ("output", "2"), ("reasoning", "3"), ("batch.output", "0.5")]
        let price = try PriceOverride(provider: "main", model: "m", prices: prices)
        let tokens = usage([.reasoning: 1_000_000])
        #expect(try Fixtures.cost("openai", "m", overrides: [price], tokens).total.description == "3")
        #expect(try Fixtures.cost("openai", "m", tier: "batch", overrides: [price], tokens).total.description == "0.5")
    }

    @Test func `An unknown model is unpriced, which is not free`() throws {
        let cost = try Fixtures.cost("openai", "nobody-knows", usage([.input: 1]))
        #expect(cost.status == .unpriced)
        #expect(cost.lines.isEmpty)
    }

    @Test func `Tokens without any price make the whole exchange unpriced`() throws {
        let price = try PriceOverride(provider: "main", model: "m", prices: [("input", "2")])
        let cost = try Fixtures.cost("openai", "m", overrides: [price], usage([.input: 1, .output: 1]))
        #expect(cost.status == .unpriced)
        #expect(cost.lines.isEmpty)
        #expect(try Fixtures.cost("openai", "m", overrides: [price], usage([.input: 1, .output: 0])).status == .priced)
    }

    @Test func `Nothing used costs nothing`() throws {
        #expect(try Fixtures.cost("openai", "gpt-4o", Usage()).status == .nothing)
    }

    @Test func `A free model is priced, at zero`() throws {
        let price = try PriceOverride(provider: "openai", model: "local", prices: [("input", "0"), ("output", "0")])
        let cost = try Fixtures.cost("openai", "local", overrides: [price], usage([.input: 5, .output: 5]))
        #expect(cost.status == .priced)
        #expect(cost.total == .zero)
    }

    @Test func `A price per request is one line`() throws {
        let prices = [("request", "0.005"), ("input", "1")]
        let price = try PriceOverride(provider: "main", model: "m", prices: prices)
        let cost = try Fixtures.cost("openai", "m", overrides: [price], usage([.input: 1000]))
        #expect(cost.lines.map(\.component) == [.input, .request])
        #expect(cost.total.description == "0.006")
    }

    @Test(
        arguments: [(1, "0"), (3, "0.000000000002"), (5, "0.000000000002"), (7, "0.000000000004")] as [(Int64, String)])
    func `Each line is rounded once, half to even`(tokens: Int64, total: String) throws {
        let price = try PriceOverride(provider: "main", model: "m", prices: [("input", "0.0000005")])
        #expect(
            try Fixtures.cost("openai", "m", overrides: [price], usage([.input: tokens])).total.description == total)
    }

    @Test(arguments: [("2026-05-31", "2.5"), ("2026-06-01", "7"), ("2026-06-30", "7"), ("2026-07-01", "9")])
    func `An override holds from its day on, the catalogue before`(day: String, total: String) throws {
        let june = try PriceOverride(
            provider: "main", model: "gpt-4o", effectiveFrom: CalendarDay.start(of: "2026-06-01"),
            prices: [("input", "7")])
        let july = try PriceOverride(
            provider: "openai", model: "gpt-4o", effectiveFrom: CalendarDay.start(of: "2026-07-01"),
            prices: [("input", "9")])
        let cost = try Fixtures.cost("openai", "gpt-4o", at: day, overrides: [june, july], usage([.input: 1_000_000]))
        #expect(cost.total.description == total)
    }

    @Test func `The hash names catalogue and overrides, whatever their order`() throws {
        var fixtures = Fixtures()
        fixtures.target("openai", "gpt-4o")
        let one = try PriceOverride(provider: "main", model: "a", prices: [("input", "1")])
        let other = try PriceOverride(provider: "main", model: "b", prices: [("input", "1")])
        let plain = try fixtures.book().hash
        #expect(try fixtures.book().hash == plain)
        #expect(try fixtures.book([one]).hash != plain)
        #expect(try fixtures.book([one, other]).hash == fixtures.book([other, one]).hash)
    }

    @Test func `The lines of any usage sum to its total`() throws {
        var fixtures = Fixtures()
        let catalog = try PriceCatalog.embedded()
        for entry in catalog.entries where entry.mode == "chat" {
            fixtures.target(entry.provider, entry.model, provider: entry.provider)
        }
        let book = try fixtures.book()
        let tiers = [nil, "batch", "flex", "priority", "ultrafast", "no such tier"]
        var random = SeededGenerator(seed: 42)
        for _ in 0..<3000 {
            let target = fixtures.targets[Int.random(in: fixtures.targets.indices, using: &random)]
            var tokens = Usage(source: .provider)
            for type in TokenType.allCases where Bool.random(using: &random) {
                tokens[type] = Int64.random(in: 0...400_000, using: &random)
            }
            tokens.cacheWriteHourTokens = Int64.random(in: 0...100_000, using: &random)
            let cost = book.cost(
                of: MeteredUse(
                    tokens, operation: .chat, tier: tiers.randomElement(using: &random) ?? nil,
                    at: catalog.sourceTime), target: target)
            #expect(cost.total == cost.lines.reduce(Money.zero) { $0 + $1.amount })
            guard cost.status == .priced else { continue }
            #expect(cost.lines.filter { $0.component != .request }.reduce(0) { $0 + $1.units } == tokens.totalTokens)
            #expect(cost.lines.allSatisfy { $0.units > 0 && $0.amount == $0.price.amount(of: $0.units) })
        }
    }
}
