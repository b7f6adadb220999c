import GatewayTypes
import Testing

@Suite struct MoneyTests {
    @Test(arguments: ["0", "3", "0.00012", "-0.5", "9223372036854775807.000000000001"])
    func `An amount survives the way to text and back`(text: String) throws {
        let money = try #require(Money(text))
        #expect(money.description == text)
    }

    @Test(arguments: ["", ".", "1.", ".5", "1e3", "0.0000000000001", "１"])
    func `What is not an exact decimal is refused`(text: String) {
        #expect(Money(text) == nil)
    }

    @Test func `An amount is rounded once, half to even`() throws {
        let price = try #require(UnitPrice(usdPerMillion: "0.0000005"))
        #expect(price.picodollarsPerMillion == 500_000)
        #expect(price.amount(of: 1).picodollars == 0)
        #expect(price.amount(of: 3).picodollars == 2)
        #expect(price.amount(of: 5).picodollars == 2)
    }

    @Test func `Three dollars per million tokens are three microdollars a token`() throws {
        let price = try #require(UnitPrice(usdPerMillion: "3"))
        #expect(price.amount(of: 1) == Money("0.000003"))
        #expect(price.amount(of: 1_234_567) == Money("3.703701"))
    }
}
