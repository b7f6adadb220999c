import GatewayTypes
public import Testing

@testable public import Telemetry

@Suite struct CatalogTests {
    @Test func `Every instrument stands in the catalogue exactly once`() {
        #expect(InstrumentCatalog.all.count == Instrument.allCases.count)
        for instrument in Instrument.allCases { #expect(instrument.spec.id == instrument) }
    }

    @Test(arguments: InstrumentCatalog.all)
    func `Names, units and buckets follow the rules`(spec: InstrumentSpec) {
        #expect((spec.type == .counter) == spec.name.hasSuffix("_total"))
        #expect((spec.type == .info) == spec.name.hasSuffix("_info"))
        #expect((spec.type == .histogram) == !spec.buckets.isEmpty)
        #expect(spec.buckets == spec.buckets.sorted())
        #expect(Set(spec.buckets).count == spec.buckets.count)
        if !spec.unit.isEmpty { #expect(spec.family.hasSuffix("_" + spec.unit)) }
        #expect(!spec.help.isEmpty && !spec.help.hasSuffix("."))
        #expect(Set(spec.labels).count == spec.labels.count)
    }

    @Test func `Positions of closed sets are those of their cases`() {
        #expect(FailureReason.allCases.map(\.ordinal) == Array(FailureReason.allCases.indices))
        #expect(CostPurpose.allCases.map(\.ordinal) == Array(CostPurpose.allCases.indices))
        #expect(CostComponent.allCases.map(\.ordinal) == Array(CostComponent.allCases.indices))
        #expect(Moved.allCases.map(\.ordinal) == Array(Moved.allCases.indices))
        #expect(AbortBilling.allCases.map(\.ordinal) == Array(AbortBilling.allCases.indices))
        #expect(Method.allCases.map(\.ordinal) == Array(Method.allCases.indices))
    }

    @Test func `The page of metrics has a row for each instrument`() {
        let page = InstrumentCatalog.markdown
        for instrument in Instrument.allCases { #expect(page.contains("| `\(instrument.rawValue)` |")) }
        #expect(page.contains("`operation`, `route`, `team`, `provider`, `served_model`, `outcome`, `moved`"))
    }
}

extension InstrumentSpec: CustomTestStringConvertible {
    public var testDescription: String { name }
}
