import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct MultipartFormTests {
    private static let type = "multipart/form-data; boundary=b0"

    private func form(_ text: String, _ type: String = Self.type) -> Result<MultipartForm, MultipartForm.Problem> {
        Array(text.utf8).withUnsafeBytes { bytes in
            do throws(MultipartForm.Problem) {
                return .success(try MultipartForm(bytes, contentType: type))
            } catch {
                return .failure(error)
            }
        }
    }

    private static func part(_ head: String, _ value: String) -> String {
        "--b0\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(value)\r\n"
    }

    @Test(arguments: [
        "multipart/form-data; boundary=b0", "Multipart/Form-Data;boundary=\"b0\"; charset=utf-8",
        "multipart/form-data; charset=utf-8; BOUNDARY=b0",
    ])
    func `The parts of a form are found whatever they hold`(type: String) throws {
        let text: String =
            Self.part(#"name="model""#, "whisper-1")
            + Self.part("name=prompt", "a\r\n--b\r\nö")
            + "--b0\r\ncontent-type: audio/wav\r\nContent-disposition:form-data;name=\"file\"; filename=\"a\\\"b.wav\"\r\n\r\n"
            + "\r\n\r\n\r\n" + Self.part(#"name="empty""#, "") + "--b0--\r\n"
        let form = try form(text, type).get()
        #expect(MultipartForm.isNamed(by: type))
        #expect(form.parts.map(\.name) == ["model", "prompt", "file", "empty"])
        #expect(form.parts.map(\.isFile) == [false, false, true, false])
        let values = form.parts.map { String(decoding: Array(text.utf8)[$0.value], as: UTF8.self) }
        #expect(values == ["whisper-1", "a\r\n--b\r\nö", "\r\n\r\n", ""])
    }

    /// A form of one part.
    private static func one(_ head: String, _ value: String) -> String { part(head, value) + "--b0--" }

    /// A form whose only part has this head, as it is.
    private static func bare(_ head: String) -> String { "--b0\r\n\(head)\r\n\r\n1\r\n--b0--" }

    private static let disposition = "Content-Disposition: form-data; name=a"
    private static let long = String(repeating: "a", count: 9000)
    private static let many = String(repeating: part("name=a", "1"), count: 257)

    private static let broken: [(String, String)] = [
        ("", "must begin"),
        ("x\r\n\(one("name=a", "1"))", "must begin"),
        (part("name=a", "1"), "no end"),
        ("\(part("name=a", "1"))--b0", "neither"),
        ("\(one("name=a", "1"))\r\nx", "goes on"),
        (one("name=a", "1\r\n--b0x"), "neither"),
        ("--b0\r\n\(disposition)\r\n\r\n1", "no end"),
        ("--b0\r\n\(disposition)\r\n\r\n--b0--", "no line end"),
        ("--b0\n\(disposition)\n\n1\n--b0--", "neither"),
        ("--b0\r\n\(disposition)\n\r\n1\r\n--b0--", "carriage return"),
        (bare("Content-Type: text/plain"), "no name"),
        (bare("Content-Disposition: attachment; name=a"), "not `form-data`"),
        (one("name=a; name=b", "1"), "two names"),
        (one("name=a\r\nContent-Disposition: form-data; name=b", "1"), "two names"),
        (one(#"name="mod\el""#, "1"), "without escapes"),
        (one(#"name="a"#, "1"), "quote"),
        (one(#"name="a"b"#, "1"), "quote"),
        (one("name", "1"), "no value"),
        (bare("no field"), "no field"),
        (bare("\(disposition)\r\n b"), "no field"),
        (one("name=a\r\nContent-Transfer-Encoding: base64", "1"), "base64"),
        (one("name=\(long)", "1"), "head without end"),
        ("\(many)--b0--", "more than 256"),
    ]

    @Test(arguments: broken)
    func `A form that parsers could read in two ways is refused, and the refusal says why`(text: String, why: String) {
        let problem = #expect(throws: MultipartForm.Problem.self) { try form(text).get() }
        #expect(problem?.text.contains(why) == true, "\(problem?.text ?? "")")
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b0; boundary=b1",
        "multipart/form-data; boundary=" + String(repeating: "b", count: 71), "multipart/form-data; boundary=\"b0",
    ])
    func `A content-type without one good boundary is refused`(type: String) {
        #expect(throws: MultipartForm.Problem.self) {
            try form(Self.part("name=a", "1") + "--b0--", type).get()
        }
    }

    @Test func `A form cut anywhere is never taken for a whole one`() throws {
        let text = Self.part("name=model", "m") + Self.part("name=file; filename=f", "x\r\n-y") + "--b0--"
        #expect(try form(text).get().parts.count == 2)
        for length in 0..<text.utf8.count {
            #expect(throws: MultipartForm.Problem.self) {
                try form(String(decoding: Array(text.utf8).prefix(length), as: UTF8.self)).get()
            }
        }
    }

    @Test func `A mark that combines with a quote or a semicolon hides neither`() throws {
        let plain = Self.part("name=model;\u{301}x=1", "m") + "--b0--\r\n"
        #expect(try form(plain).get().parts.map(\.name) == ["model"])
        let quoted = Self.part("name=\"model\"\u{301}; x=\"y\"", "m") + "--b0--\r\n"
        #expect(throws: MultipartForm.Problem.self) { try form(quoted).get() }
    }
}
