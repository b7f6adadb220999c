import Foundation
import Patterns
import Testing

@testable import Guardrails

@Suite struct JSONSchemaTests {
    /// What a schema's `pattern` is tested with.
    private static func pattern(_ text: String) -> (any PatternTest)? {
        do { return TestPattern(set: try PatternSet([(text, 256)])) } catch { return nil }
    }

    private struct TestPattern: PatternTest {
        let set: PatternSet
        func matches(_ text: Span<UInt8>) -> Bool { set.matches(text) }
    }

    private static func schema(_ source: String) throws -> JSONSchema { try JSONSchema(source, pattern: pattern) }

    @Test func `what fits a schema is what jsonschema says`() throws {
        let file = try #require(
            Bundle.module.url(forResource: "schemas", withExtension: "tsv", subdirectory: "Corpus"))
        var count = 0
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "\t")
            let schema = try Self.schema(String(parts[1]))
            let mismatch = schema.mismatch(in: parts[2].utf8)
            #expect(
                (mismatch == nil) == (parts[0] == "fits"), "\(parts[1]) \(parts[2]): \(String(describing: mismatch))")
            count += 1
        }
        #expect(count >= 500)
    }

    @Test(arguments: [
        (#"{"type":"text"}"#, "type"), (#"{"properties":[]}"#, "properties"), (#"{"minLength":-1}"#, "minLength"),
        (#"{"$ref":"https://example.com/schema"}"#, "$ref"), (##"{"$ref":"#/$defs/none"}"##, "$ref"),
        (#"{"patternProperties":{}}"#, "patternProperties"), (#"{"pattern":"(?=a)"}"#, "pattern"),
        (#"{"enum":[]}"#, "enum"),
        (#"{"properties":{"a":{"if":{}}}}"#, "properties.a.if"), ("[]", ""), ("{", ""),
        (#"{"type":"object","type":"array"}"#, ""),
    ])
    func `a schema that says what is not known is refused, with the place`(source: String, path: String) throws {
        let fault = #expect(throws: JSONSchema.Fault.self) { try Self.schema(source) }
        #expect(fault?.path == path)
    }

    @Test func `a mismatch names the place and none of the text`() throws {
        let schema = try Self.schema(
            #"{"type":"object","required":["items"],"properties":{"items":{"type":"array","items":{"type":"object","properties":{"price":{"type":"number","minimum":0}}}}}}"#
        )
        let text = #"{"items":[{"price":1},{"price":-5}]}"#
        let mismatch = try #require(schema.mismatch(in: text.utf8))
        #expect(mismatch.path == "items[1].price")
        #expect(mismatch.what == "is too small")
        #expect(schema.mismatch(in: #"{"items":"secret"}"#.utf8)?.what.contains("secret") == false)
        #expect(schema.mismatch(in: "Sure! Here it is:".utf8)?.kind == .notJSON)
    }

    @Test func `a schema that refers to itself without end, or tries all paths, ends`() throws {
        let loop = try Self.schema(##"{"$ref":"#"}"##)
        #expect(loop.mismatch(in: "1".utf8)?.what == "takes too much work to check")
        // Two ways at each of many levels, the first of which fails late.
        let wide = try Self.schema(
            ##"{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"allOf":[{"items":{"$ref":"#/$defs/a"}},false]},{"items":{"$ref":"#/$defs/a"}}]}}}"##
        )
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(wide.mismatch(in: deep.utf8)?.what == "takes too much work to check")
    }

    /// Broken in the ways that texts break, after the families of JSONTestSuite.
    static let broken: [String] = {
        var texts = [
            "", " ", "[", "]", "{", "}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
            "{'a':1}",
            "{\"a\":1 \"b\":2}", "{\"a\":1}}", "[1]]", "nul", "nulll", "True", "tru", "+1", "01", "-", "-01", "1.",
            ".1", "1e",
            "1e+", "0x1", "Infinity", "NaN", "-Infinity", "1_000", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"",
            "\"\\u12G4\"",
            "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\t\"", "\"\n\"", "\"\u{0}\"", "[\"a\"", "[1,2",
            "{\"a\":[}",
            "// x\n1", "/**/1", "1 1", "\u{FEFF}1", "[1]x", "{\"a\":1,\"a\":2}", "\u{A0}1", "[\u{2028}]", "'a'",
            "<null>", "[*]",
            "\"\\", "{\"\\u0061\":1,\"a\":2}", "1e5.5", "--1", "[-]", "{[]:1}", "{1:1}", "[:]", "[\"a\":1]", "{,}",
            "\u{85}1",
        ]
        texts.append(String(repeating: "[", count: 100_000))
        texts.append(String(repeating: "{\"a\":", count: 100_000))
        texts.append(String(repeating: "[", count: 65) + String(repeating: "]", count: 65))
        return texts
    }()

    @Test func `broken JSON is refused, and never crashes`() throws {
        let schema = try Self.schema("true")
        for text in Self.broken {
            #expect(schema.mismatch(in: text.utf8)?.kind == .notJSON, "\(text.prefix(40).debugDescription)")
            #expect(throws: JSONSchema.Fault.self) { try Self.schema(text) }
        }
        // Bytes that are no UTF-8: over-long, cut, surrogates, beyond Unicode.
        let bytes: [[UInt8]] = [
            [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0x80],
        ]
        for wrong in bytes { #expect(schema.mismatch(in: [0x22] + wrong + [0x22])?.kind == .notJSON) }
    }

    @Test(arguments: [
        "0", "-0", "1e9999", "-1E-2", "1.5e+3", " [ ] ", "{}", "\"\\ud83d\\ude00\"", "\"\\u0000\"", "[[],{}]",
        "\"\u{7F}\"",
        "123456789012345678901234567890", "\r\n\t 1 ", "\"\\/\"",
    ])
    func `odd but right JSON is read`(text: String) throws {
        #expect(try Self.schema("{}").mismatch(in: text.utf8) == nil)
    }

    @Test func `numbers are compared as they are meant`() throws {
        let one = try Self.schema(#"{"enum":[1]}"#)
        for text in ["1", "1.0", "1e0", "10e-1"] { #expect(one.mismatch(in: text.utf8) == nil) }
        let large = try Self.schema(#"{"const":9007199254740993}"#)
        #expect(large.mismatch(in: "9007199254740992".utf8) != nil)
        #expect(large.mismatch(in: "9007199254740993".utf8) == nil)
        let composed = try Self.schema("{\"const\":\"\u{E9}\"}")
        #expect(composed.mismatch(in: "\"e\u{301}\"".utf8) != nil)
    }
}
