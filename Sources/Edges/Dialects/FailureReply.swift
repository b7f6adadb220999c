import GatewayTypes
import NIOCore

extension Reply {
    /// What tells a client of a failure: the provider's own reply where it may be shown, else what `write` says of it.
    /// The failure's further fields are the core's to add.
    init(_ failure: Failure, contentType: String = "application/json", write: (inout ByteBuffer) -> Void) {
        var fields = [ReplyField("content-type", failure.upstreamReply?.contentType ?? contentType)]
        if let seconds = failure.retryAfterSeconds { fields.append(ReplyField("retry-after", String(seconds))) }
        // Waiting a moment does not bring money back.
        if failure.reason == .upstreamQuota { fields.append(ReplyField("x-should-retry", "false")) }
        if let upstream = failure.upstreamReply {
            self.init(status: upstream.status, fields: fields, body: upstream.body)
        } else {
            var body = ByteBuffer()
            write(&body)
            self.init(status: failure.status, fields: fields, body: body)
        }
    }
}
