import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct TraceParentTests {
    private static let ids = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"

    @Test(
        arguments: [
            ("00-\(ids)-01", 1), ("00-\(ids)-00", 0), ("00-\(ids)-03", 3), ("00-\(ids)-ff", 3), ("01-\(ids)-01", 1),
            ("cc-\(ids)-01-what-the-future-brings", 1), ("01-\(ids)-01-", 1),
        ] as [(String, UInt8)])
    func `What is valid is read`(text: String, flags: UInt8) throws {
        let parent = try #require(TraceParent.parse(text))
        #expect(parent.high == 0x0af7_6519_16cd_43dd && parent.low == 0x8448_eb21_1c80_319c)
        #expect(parent.span == 0xb7ad_6b71_6920_3331 && parent.flags == flags)
        #expect(parent.sampled == (flags & 1 == 1))
    }

    @Test(arguments: [
        "", "00", "00-\(ids)", "00-\(ids)-", "00-\(ids)-0", "00-\(ids)-011", "00-\(ids)-01-", "00-\(ids)-01-x",
        "ff-\(ids)-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "00-\(ids.uppercased())-01", "0g-\(ids)-01",
        "00-\(ids)-0g", "00_\(ids)-01", "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01", " 00-\(ids)-01",
        "00-\(ids)-01 ", "01-\(ids)-01x", "01-\(ids)-010", "00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033311-01",
    ])
    func `What is not valid is refused`(text: String) { #expect(TraceParent.parse(text) == nil) }
}

@Suite struct TraceStateTests {
    @Test(
        arguments: [
            (["a=1"], "a=1"), (["a=1,b=2", "c=3"], "a=1,b=2,c=3"), ([" a=1 ,\t, b=2 "], "a=1,b=2"),
            (["t1@v-1=x y"], "t1@v-1=x y"), ([""], nil), ([], nil), (["a=1,a=2", "a=3"], "a=1"), (["A=1"], nil),
            (["a"], nil),
            (["a=1=2"], nil), (["a="], nil), (["-a=1"], nil), (["a=\u{7F}"], nil),
        ] as [([String], String?)])
    func `Members are joined in order, the first of one key stays, and one bad one spoils all`(
        values: [String], state: String?
    ) {
        #expect(TraceState.combine(values) == state)
    }

    @Test func `More than 32 members are too many`() {
        let members = (0..<33).map { "k\($0)=v" }
        #expect(TraceState.combine(members) == nil)
        #expect(TraceState.combine(Array(members.dropLast())) != nil)
    }
}
