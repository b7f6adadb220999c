import GatewayTypes
import NIOCore
import Telemetry

/// `/metrics`, `/healthz` and `/readyz`, and nothing else.
struct MetricsPort: RequestHandler {
    let telemetry: Telemetry
    let readiness: Readiness

    func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        await writer.send(await reply(to: request.head))
    }

    private func reply(to head: RequestHead) async -> Reply {
        guard head.method == .get || head.method == .head else { return .text(405, "Only GET is served here.") }
        switch head.path {
        case "/metrics": return await metrics(head)
        case "/healthz": return .text(200, "ok")
        case "/readyz":
            if let reason = readiness.reasonNotReady { return .text(503, reason) }
            return .text(200, "ready")
        case _: return .text(404, "Served here: /metrics, /healthz, /readyz.")
        }
    }

    private func metrics(_ head: RequestHead) async -> Reply {
        let accept = head["accept"]
        let encoding = head["accept-encoding"]
        let telemetry = telemetry
        // Rendering takes milliseconds: a detached task leaves this event loop for the global pool.
        let exposition = await Task.detached {
            telemetry.exposition(accept: accept, acceptEncoding: encoding)
        }.value
        var fields = [ReplyField("content-type", exposition.contentType)]
        if let encoding = exposition.contentEncoding { fields.append(ReplyField("content-encoding", encoding)) }
        return Reply(status: 200, fields: fields, body: exposition.body)
    }

    func render(_ failure: Failure) -> Reply { .text(failure.reason.status, failure.message) }
}
