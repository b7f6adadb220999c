import GatewayTypes
import NIOCore
import Testing

@testable import Listener

@Suite struct RequestFramerTests {
    private static let two = """
        POST /v1/chat/completions?key=a HTTP/1.1\r
        Host: weir\r
        Content-Type:application/json \r
        content-length: 11\r
        \r
        {"a": true}GET /v1/models HTTP/1.1\r
        host: weir\r
        Connection: close\r
        \r

        """

    private static let chunked = """
        POST /v1/embeddings HTTP/1.1\r
        Host: weir\r
        Transfer-Encoding: chunked\r
        \r
        4;name=value\r
        {"a"\r
        7\r
        : true}\r
        0\r
        Trailer: x\r
        \r

        """

    /// What a stream of bytes means: requests, or the reason why it was refused.
    private struct Reading: Equatable {
        var requests: [String] = []
        var refused: FailureReason?
    }

    private static func read(_ pieces: [String], settings: ListenerSettings = ListenerSettings()) -> Reading {
        var framer = RequestFramer(settings: settings, clientAddress: "127.0.0.1")
        var reading = Reading()
        do throws(Failure) {
            for piece in pieces {
                framer.append(ByteBuffer(string: piece))
                next: while true {
                    switch try framer.next() {
                    case .needMore: break next
                    case .expectContinue: reading.requests.append("continue?")
                    case .request(let head, let framing, let body):
                        let query = head.query ?? "-"
                        let text = "\(head.method.rawValue) \(head.path) \(query) \(String(buffer: body))"
                        reading.requests.append(framing.keepAlive ? text : text + " close")
                    }
                }
            }
        } catch {
            reading.refused = error.reason
        }
        return reading
    }

    @Test(arguments: [two, chunked])
    func `Requests are the same for every split of their bytes`(text: String) {
        let whole = Self.read([text])
        #expect(whole.refused == nil)
        #expect(!whole.requests.isEmpty)
        let bytes = Array(text.utf8)
        for cut in 1..<bytes.count {
            let pieces = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
            #expect(Self.read(pieces) == whole, "cut at \(cut)")
        }
        #expect(Self.read(bytes.map { String(decoding: [$0], as: UTF8.self) }) == whole)
    }

    @Test func `Two pipelined requests come out in order`() {
        #expect(
            Self.read([Self.two]).requests == [
                "POST /v1/chat/completions key=a {\"a\": true}", "GET /v1/models -  close",
            ])
        #expect(Self.read([Self.chunked]).requests == ["POST /v1/embeddings - {\"a\": true}"])
    }

    @Test func `A client that waits for leave to send its body is told to go on`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        #expect(Self.read([head, "{}"]).requests == ["continue?", "POST / - {}"])
        #expect(Self.read([head + "{}"]).requests == ["POST / - {}"])
    }

    @Test(arguments: [
        "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\rX: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n",
        "GET / HTTP/1.1\r\n: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
    func `A head that two readers could understand differently is refused`(text: String) {
        #expect(Self.read([text]) == Reading(refused: .badRequest))
    }

    @Test(arguments: [
        "Content-Length: 1\r\nContent-Length: 1", "Content-Length: 1, 1", "Content-Length: +1", "Content-Length: 0x1",
        "Content-Length: ", "Content-Length: 1\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked", "Content-Length: 9999999999999999999", "Expect: 200-ok",
    ])
    func `A length that is told twice or not in digits is refused`(fields: String) {
        #expect(Self.read(["POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\nx"]) == Reading(refused: .badRequest))
    }

    @Test(arguments: [
        "\r\n", "g\r\n", " 1\r\nx\r\n", "1 \r\nx\r\n", "-1\r\n", "0x1\r\nx\r\n", "1\nx\r\n", "1\r\nxx\r\n",
        "1111111111111\r\n",
    ])
    func `A chunk size that is not plain is refused`(body: String) {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(Self.read([head + body]) == Reading(refused: .badRequest))
    }

    @Test func `Heads, fields and bodies beyond their bounds are refused with their own reasons`() {
        var settings = ListenerSettings()
        settings.headBytesMax = 256
        settings.headerCountMax = 3
        settings.bodyBytesMax = 8
        let long = String(repeating: "a", count: 300)
        #expect(Self.read(["GET /\(long) HTTP/1.1\r\n"], settings: settings).refused == .headTooLarge)
        #expect(Self.read(["GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n"], settings: settings).refused == .headTooLarge)
        let many = "GET / HTTP/1.1\r\nHost: a\r\nb: c\r\nd: e\r\nf: g\r\n\r\n"
        #expect(Self.read([many], settings: settings).refused == .headTooLarge)
        let post = "POST / HTTP/1.1\r\nHost: a\r\n"
        #expect(Self.read([post + "Content-Length: 9\r\n\r\n"], settings: settings).refused == .payloadTooLarge)
        let chunks = post + "Transfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n4\r\n"
        #expect(Self.read([chunks], settings: settings).refused == .payloadTooLarge)
    }

    @Test func `A body in an unknown encoding is refused`() {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\nContent-Length: 0\r\n\r\n"
        #expect(Self.read([text]).refused == .unsupportedEncoding)
    }

    @Test func `Fields are found without regard to case, and all of one name in order`() throws {
        var framer = RequestFramer(settings: ListenerSettings(), clientAddress: "::1")
        framer.append(ByteBuffer(string: "GET / HTTP/1.1\r\nHOST: a\r\nX-A: 1\r\nx-a:\t2 \r\n\r\n"))
        guard case .request(let head, _, _) = try framer.next() else {
            Issue.record("no request")
            return
        }
        #expect(head["Host"] == "a")
        #expect(head["x-a"] == "1")
        #expect(head.all("X-A") == ["1", "2"])
        #expect(head["x-b"] == nil)
        #expect(head.clientAddress == "::1")
    }
}
