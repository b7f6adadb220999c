import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct OpenAIUsageTests {
    private func usage(_ members: String, _ rule: OpenAIUsageRule = .standard) throws -> Usage? {
        try Array("{\(members)}".utf8).withUnsafeBytes { bytes in
            var scanner = try #require(JSONScanner(bytes))
            return try OpenAIUsage(&scanner).usage(rule)
        }
    }

    @Test(arguments: [
        #""prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":4},"cached_tokens":9"#,
        #""cached_tokens":4,"prompt_tokens":10"#, #""prompt_tokens":10,"prompt_cache_hit_tokens":4"#,
        #""prompt_tokens":10,"num_cached_tokens":4,"prompt_tokens_details":null"#,
    ])
    func `Cached tokens are found under each of their names`(members: String) throws {
        let usage = try #require(try usage(members))
        #expect(usage[.input] == 6)
        #expect(usage[.cacheRead] == 4)
        #expect(usage[.cacheWrite] == nil)
        #expect(usage.outputTokens == nil)
        #expect(usage.source == .provider)
    }

    @Test func `Nothing reported is no usage`() throws {
        #expect(try usage("") == nil)
        #expect(try usage(#""prompt_tokens":null,"x":1"#) == nil)
    }

    @Test func `Reasoning that was left out is told by the total, whoever the provider is`() throws {
        let members = #"""
            "prompt_tokens":5,"completion_tokens":2,"total_tokens":10,"completion_tokens_details":{"reasoning_tokens":3}
            """#
        let counted = try #require(try usage(members))
        #expect(counted[.output] == 2)
        #expect(counted[.reasoning] == 3)
        let unclear = try #require(try usage(members.replacing("10", with: "12")))
        #expect(unclear[.output] == 0)
        #expect(unclear[.reasoning] == 2)
    }

    @Test(arguments: [
        ("0.0076509169000000005", "0.0076509169"), ("1.4e-07", "0.00000014"), ("1E2", "100"), ("0", "0"), ("0e5", "0"),
        ("1e-13", "0"), ("0.0000000000019", "0.000000000001"), ("12345678.000000000001", "12345678.000000000001"),
        ("0.1234567890129999999999999999999999999999", "0.123456789012"), (#"{"x":1,"total_cost":0.5}"#, "0.5"),
    ])
    func `A reported cost is exact to the picodollar`(number: String, cost: String) throws {
        let usage = try usage(#""prompt_tokens":1,"cost":"# + number)
        #expect(usage?.reportedCost?.description == cost)
    }

    @Test(arguments: ["-1", "1e30", "1e999999999", #""free""#, "null"])
    func `What can be no cost is none`(number: String) throws {
        #expect(try usage(#""prompt_tokens":1,"cost":"# + number)?.reportedCost == nil)
    }

    @Test(arguments: [
        ("-4", 0), ("12.0", 12), ("1e3", 1000), ("1e99", 1_000_000_000_000), ("9223372036854775807", 1_000_000_000_000),
    ])
    func `Odd counts stay in range`(number: String, count: Int64) throws {
        #expect(try usage(#""prompt_tokens":"# + number)?[.input] == count)
    }
}
