import GatewayTypes
import Metering
import Testing

@Suite struct PriceCatalogTests {
    @Test func `The catalogue inside the program is whole`() throws {
        let catalog = try PriceCatalog.embedded()
        #expect(catalog.sourceDate == "2026-11-12")
        #expect(catalog.entries.count == 292)
        let names = catalog.entries.map { "\($0.provider) \($0.model) \($0.effectiveFrom?.nanoseconds ?? 0)" }
        #expect(Set(names).count == names.count)
        #expect(catalog.entries.allSatisfy { !$0.sheet.isEmpty })
        let model = try #require(catalog.entries.first { $0.provider == "openai" && $0.model == "gpt-5.4" })
        #expect(model.contextWindow == 1_050_000)
        #expect(model.outputMax == 128_000)
        #expect(model.sheet.tiers["flex"]?.above[272_000]?[.output]?.usdPerMillion == "11.25")
    }

    @Test func `A price for one unit is kept exactly too`() throws {
        let catalog = try PriceCatalog.embedded()
        let model = try #require(catalog.entries.first { $0.provider == "groq" && $0.model == "whisper-large-v3" })
        #expect(model.sheet.plain.prices[.secondInput]?.amount(of: 1).description == "0.00003083")
    }

    @Test(arguments: [
        ("", "line 1"), ("weir-prices 2 2026-01-01", "line 1"), ("weir-prices 1 2026-02-30", "line 1"),
        ("weir-prices 1 2026-01-01\nopenai m", "line 2"), ("weir-prices 1 2026-01-01\n\nopenai m chat input", "line 3"),
        ("weir-prices 1 2026-01-01\nopenai m chat inptu=1", "inptu"),
        ("weir-prices 1 2026-01-01\nopenai m chat input=1e3", "1e3"),
        ("weir-prices 1 2026-01-01\nopenai m chat input=-1", "-1"),
        ("weir-prices 1 2026-01-01\nopenai m chat above.x.input=1", "number of tokens"),
        ("weir-prices 1 2026-01-01\nopenai m chat a.b.input=1", "must read"),
        ("weir-prices 1 2026-01-01\nopenai m chat from=2026-13-01", "from="),
    ])
    func `A broken catalogue is refused with the place`(text: String, part: String) {
        let error = #expect(throws: PriceError.self) { try PriceCatalog(Array(text.utf8)) }
        #expect(error?.description.contains(part) == true)
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1970-03-01", 59), ("2000-02-29", 11016), ("2026-11-12", 20769),
            ("2261-12-31", 106_650),
        ] as [(String, Int64)])
    func `A day begins at its midnight in UTC`(text: String, days: Int64) {
        #expect(CalendarDay.start(of: text)?.nanoseconds == days * 86_400_000_000_000)
    }

    @Test(arguments: [
        "1969-12-31", "2023-02-29", "2100-02-29", "2026-1-01", "2026-04-31", "today", "2026-00-10", "2262-01-01",
    ])
    func `What is no day is refused`(text: String) {
        #expect(CalendarDay.start(of: text) == nil)
    }

    @Test func `Lines of one model hold from their days on`() throws {
        let text = """
            weir-prices 1 2026-01-01
            openai m chat input=1
            openai m chat from=2026-06-01 input=2
            """
        var fixtures = Fixtures()
        fixtures.target("openai", "m")
        let book = PriceBook(
            catalog: try PriceCatalog(Array(text.utf8)), overrides: [], targets: fixtures.targets,
            estimator: TokenEstimator(), sha256: { $0 })
        for (day, total) in [("2026-05-31", "1"), ("2026-06-01", "2")] {
            let time = try #require(CalendarDay.start(of: day))
            let cost = book.cost(
                of: MeteredUse(usage([.input: 1_000_000]), operation: .chat, at: time), target: fixtures.targets[0])
            #expect(cost.total.description == total)
        }
    }
}
