import JSON
import NIOCore
import Testing

@Suite struct JSONTextTests {
    private func root(_ text: String) throws(JSONProblem) -> JSONValue {
        try JSONDocument(ByteBuffer(string: text)).root
    }

    @Test func `Control characters, quotes and letters beyond ASCII are valid JSON`() {
        #expect("\u{1}\u{1F}\t\r\n\"\\/é😀".json == #""\u0001\u001f\t\r\n\"\\/é😀""#)
    }

    @Test(arguments: [
        "", "plain", "seven c", "eight ch", "é", "a\u{0}b", "\u{1F600}\"\n\\", String(repeating: "x\"", count: 40),
    ])
    func `What is written reads back as the same`(text: String) throws {
        #expect(try root(text.json).checkedString() == text)
        var builder = JSONBuilder()
        builder.openObject()
        builder.key(text: text)
        builder.string(text)
        builder.closeObject()
        let members = try JSONDocument(builder.bytes).root.checkedMembers()
        #expect(members.map(\.key) == [text] && members.map(\.value.string) == [text])
    }

    @Test func `Half a surrogate pair has no text`() throws {
        let half = try root(#""\ud800""#)
        #expect(half.string == "\u{FFFD}")
        #expect(throws: JSONProblem.self) { try half.checkedString() }
        #expect(throws: JSONProblem.self) { try root(#"{"\udc00":1}"#).checkedMembers() }
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "01", "1.", "-", "nul", "\"\u{1}\"", "\"\\x\"", "1 2", "'a'", "{a:1}", "\"",
        "[1 2]", "truefalse", "NaN", "\u{FEFF}1", String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    ])
    func `What is not JSON is refused`(text: String) { #expect(throws: JSONProblem.self) { try root(text) } }

    @Test func `A key that comes twice is refused where that is asked for`() throws {
        let text = ByteBuffer(string: #"{"a":1,"b":[{"c":1,"\u0063":2}]}"#)
        #expect(try JSONDocument(text).root["a"]?.integer == 1)
        #expect(throws: JSONProblem.member("c", "`c` is given twice; give it once.")) {
            try JSONDocument(text, strict: true)
        }
    }
}
