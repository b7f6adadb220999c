import GatewayTypes
import NIOCore

/// Small replies of the metrics and admin ports.
extension Reply {
    static func text(_ status: Int, _ text: String) -> Reply {
        Reply(
            status: status, fields: [ReplyField("content-type", "text/plain; charset=utf-8")],
            body: ByteBuffer(string: text + "\n"))
    }

    static func json(_ status: Int, _ text: String) -> Reply {
        Reply(
            status: status, fields: [ReplyField("content-type", "application/json")],
            body: ByteBuffer(string: text + "\n"))
    }
}

extension ReplyWriter {
    func send(_ reply: Reply) async {
        start(ReplyHead(status: reply.status, fields: reply.fields, bodyBytes: reply.body.readableBytes))
        if reply.body.readableBytes > 0 { await write(reply.body) }
        end()
    }
}
