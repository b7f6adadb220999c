import GatewayTypes
import NIOCore
import Telemetry

/// `/metrics`, `/healthz` and `/readyz`, and nothing else. A page takes milliseconds: its loop serves no exchanges.
struct MetricsPort: RequestHandler {
    let telemetry: Telemetry
    let readiness: Readiness

    func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        await writer.send(reply(to: request.head))
    }

    private func reply(to head: RequestHead) -> Reply {
        guard head.method == .get || head.method == .head else { return .text(405, "Only GET is served here.") }
        switch head.path {
        case "/metrics": return metrics(head)
        case "/healthz": return .text(200, "ok")
        case "/readyz":
            if let reason = readiness.reasonNotReady { return .text(503, reason) }
            return .text(200, "ready")
        case _: return .text(404, "Served here: /metrics, /healthz, /readyz.")
        }
    }

    private func metrics(_ head: RequestHead) -> Reply {
        let exposition = telemetry.exposition(accept: head["accept"], acceptEncoding: head["accept-encoding"])
        var fields = [ReplyField("content-type", exposition.contentType)]
        if let encoding = exposition.contentEncoding { fields.append(ReplyField("content-encoding", encoding)) }
        return Reply(status: 200, fields: fields, body: exposition.body)
    }

    func render(_ failure: Failure) -> Reply { .text(failure.reason.status, failure.message) }
}
