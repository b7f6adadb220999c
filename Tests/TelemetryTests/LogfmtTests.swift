import Foundation
import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct LogfmtTests {
    private let fixture = Fixture()

    private func line(_ outcome: Outcome) -> String {
        String(decoding: AccessLine.render(outcome, as: .logfmt), as: UTF8.self)
    }

    @Test func `A line is written to the letter`() {
        #expect(
            line(fixture.outcome())
                == "time=2026-11-22T17:44:01.042Z exchange=019a0000-0000-7000-8000-000000000001 "
                + "trace_id=0af7651916cd43dd8448eb211c80319c team=search caller=ada-app route=smart asked_model=smart "
                + "provider=zeta served_model=small-2 operation=chat surface=openai_chat stream=true status=200 "
                + "outcome=completed moved=fallback attempts=2 tokens_input=100 tokens_cache_read=20 tokens_output=7 "
                + "tokens_reasoning=3 usage_source=provider cost_usd=0.0000192 cost_status=priced duration_ms=113.0 "
                + "ttft_ms=62.0 overhead_us=40.0 request_bytes=120 reply_bytes=900 client_address=127.0.0.1 "
                + "finish_reasons=stop accounted=true\n")
    }

    @Test(arguments: [
        ("plain", "plain"), ("", #""""#), ("null", #""null""#), ("a b", #""a b""#), ("a=b", #""a=b""#),
        (#"a"b"#, #""a\"b""#), (#"a\b"#, #"a\b"#), (#"a\ b"#, #""a\\ b""#), ("a\nb", #""a\nb""#),
        ("a\u{0}\u{7F}", #""a\u0000\u007f""#), ("é😀", "é😀"), ("\u{FFFD}", "\"\u{FFFD}\""),
    ])
    func `A value has quotes where a parser needs them`(text: String, written: String) {
        var line = LogfmtLine(appendingTo: [])
        line.add("k", text)
        line.add("n", Int64(7))
        #expect(String(decoding: line.finish(), as: UTF8.self) == "k=\(written) n=7\n")
    }

    @Test func `Both formats say the same of an exchange, whatever a client sends`() throws {
        var outcome = fixture.outcome()
        outcome.askedModel = "a\"b\\c = \nd\re\tf\u{0}g\u{7F}h\u{2028}é😀/"
        outcome.dropped = ["logit_bias", "top k"]
        outcome.abortBilling = .drained
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(AccessLine.render(outcome))) as? [String: Any])
        var wanted: [String: String] = [:]
        for (key, value) in object {
            switch value {
            case let group as [String: Any]: for (name, item) in group { wanted["\(key)_\(name)"] = "\(item)" }
            case let list as [String]: wanted[key] = list.joined(separator: ",")
            case let number as NSNumber where CFGetTypeIDIsBoolean(number):
                wanted[key] = number.boolValue ? "true" : "false"
            case _: wanted[key] = "\(value)"
            }
        }
        let found = try #require(Self.parse(line(outcome)))
        #expect(Set(found.keys) == Set(wanted.keys))
        for (key, value) in wanted where Double(value) == nil { #expect(found[key] == value, "\(key)") }
        for (key, value) in wanted {
            if let number = Double(value) { #expect(found[key].flatMap(Double.init) == number) }
        }
    }

    private func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    /// A reader of its own: bare values up to a space, quoted ones as JSON strings. Nil when the line is not one.
    private static func parse(_ line: String) -> [String: String]? {
        guard line.hasSuffix("\n"), line.unicodeScalars.count(where: { $0 == "\n" }) == 1 else { return nil }
        var pairs: [String: String] = [:]
        var rest = Array(line.dropLast().utf8)[...]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let key = String(decoding: rest[..<equals], as: UTF8.self)
            rest = rest[(equals + 1)...]
            var end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
            var value = String(decoding: rest[..<end], as: UTF8.self)
            if rest.first == UInt8(ascii: "\"") {
                end = rest.startIndex + 1
                while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                    end += rest[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                end += 1
                guard end <= rest.endIndex,
                    let text = try? JSONSerialization.jsonObject(
                        with: Data(rest[..<end]), options: .fragmentsAllowed) as? String
                else { return nil }
                value = text
            }
            guard pairs.updateValue(value, forKey: key) == nil else { return nil }
            rest = end < rest.endIndex ? rest[(end + 1)...] : []
        }
        return pairs
    }
}
