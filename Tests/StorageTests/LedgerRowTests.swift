import GatewayTypes
import Testing

@testable import Storage

@Suite struct LedgerRowTests {
    private func roundTrip(_ row: LedgerRow, capacity: Int = 1240) -> LedgerRow? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
        defer { memory.deallocate() }
        let length = row.encode(into: memory)
        return LedgerRow(bytes: UnsafeRawBufferPointer(rebasing: memory[..<length]))
    }

    @Test func `A row survives the way to bytes and back`() {
        var exchanges = Exchanges()
        var row = exchanges.row(instance: .max)
        #expect(roundTrip(row) == row)
        row.reserved = Money("123456789.000000000001")
        row.usage[.reasoning] = 7
        row.usage.cacheWriteHourTokens = 3
        row.responseModel = nil
        row.abortBilling = nil
        row.firstTokenNanoseconds = nil
        #expect(roundTrip(row) == row)
    }

    @Test func `A row renders its outcome`() {
        var exchanges = Exchanges()
        let entry = exchanges.entry()
        let row = LedgerRow(exchanges.outcome(of: entry), instance: 9, worker: 2)
        #expect(row.id == entry.id)
        #expect(row.durationNanoseconds == 2_000_000_000)
        #expect(row.firstTokenNanoseconds == 500_000_000)
        #expect(row.outcome == "completed")
        #expect([row.team, row.caller, row.route, row.provider] == ["search", "indexer", "smart", "main"])
        #expect([row.askedModel, row.servedModel, row.moved, row.purpose] == ["smart", "gpt-4o", "no", "served"])
        #expect(row.providerRequestID == "req_01HZX")
        #expect(row.cost.total.description == "0.0030025")
    }

    @Test func `Texts too long for a slot are cut between characters, and nothing else is lost`() throws {
        var exchanges = Exchanges()
        var row = exchanges.row()
        let long = String(repeating: "mödel😀", count: 200)
        row.askedModel = long
        row.servedModel = long
        row.responseModel = long
        row.providerRequestID = long
        row.team = long
        let back = try #require(roundTrip(row))
        for text in [back.askedModel, back.servedModel, back.team, back.responseModel ?? ""] {
            #expect(text.count > 20 && long.hasPrefix(text))
        }
        #expect(back.cost == row.cost)
        #expect(back.usage == row.usage)
        #expect(back.outcome == "completed")
    }

    @Test func `The fullest row fits into the bytes that a slot always has`() throws {
        var exchanges = Exchanges()
        var row = exchanges.row()
        let long = String(repeating: "x", count: 5000)
        row.route = long
        row.team = long
        row.caller = long
        row.keyAlias = long
        row.provider = long
        row.providerKeyAlias = long
        row.askedModel = long
        row.servedModel = long
        row.responseModel = long
        row.providerRequestID = long
        row.reserved = Money(picodollars: .max)
        for type in TokenType.allCases { row.usage[type] = .max }
        let price = UnitPrice(picodollarsPerMillion: 1)
        row.cost = Cost(
            status: .priced, lines: CostComponent.allCases.map { CostLine(component: $0, units: 1, price: price) },
            tier: "ultrafast", catalogHash: "0123456789ab")
        let back = try #require(roundTrip(row, capacity: 1240))
        #expect(back.cost == row.cost)
        #expect(back.usage == row.usage)
        #expect(back.team.count >= 20)
    }

    @Test func `Bytes cut short, too long, or of another version are no row`() {
        var exchanges = Exchanges()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1240, alignment: 8)
        defer { memory.deallocate() }
        let length = exchanges.row().encode(into: memory)
        for cut in 0..<length { #expect(LedgerRow(bytes: UnsafeRawBufferPointer(rebasing: memory[..<cut])) == nil) }
        #expect(LedgerRow(bytes: UnsafeRawBufferPointer(rebasing: memory[..<(length + 1)])) == nil)
        memory[0] = 2
        #expect(LedgerRow(bytes: UnsafeRawBufferPointer(rebasing: memory[..<length])) == nil)
    }

    @Test(
        arguments: [
            ("0", 0, 0), ("0.000000000001", 0, 1), ("1000000", 1, 0), ("-0.000000000001", -1, 999_999_999_999_999_999),
            ("170141183460.469231731687303715", 170_141, 183_460_469_231_731_687),
        ] as [(String, Int64, Int64)])
    func `An amount is two integers that say the same`(text: String, hi: Int64, lo: Int64) {
        let digits = text.split(separator: ".").last.map(String.init) ?? ""
        let short = text.contains(".") && digits.count > 12 ? String(text.dropLast(digits.count - 12)) : text
        let money = Money(short) ?? .zero
        #expect(LedgerAmount(money) == LedgerAmount(hi: hi, lo: lo))
        #expect(LedgerAmount(money).money == money)
    }

    @Test func `The lines of a cost survive as text`() {
        var exchanges = Exchanges()
        let lines = exchanges.row(price: "0.075").cost.lines
        #expect(CostLinesText.text(lines) == "input 1000 0.075;output 200 0.075;request 1 0.075")
        #expect(CostLinesText.lines(CostLinesText.text(lines)) == lines)
        #expect(CostLinesText.lines("") == [])
        #expect(CostLinesText.lines("input 1") == nil)
        #expect(CostLinesText.lines("gold 1 2") == nil)
    }
}
