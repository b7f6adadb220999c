import Compression
import GatewayTypes
import NIOCore
import Synchronization
import Telemetry

@testable import OTLP

/// Answers with what a script says, one answer per request, the last one for ever.
final class ScriptedCollector: HTTPFetcher {
    enum Answer: Sendable {
        case status(Int, fields: [ReplyField] = [], body: [UInt8] = [], trailers: [ReplyField] = [])
        case unreachable
    }

    private let state: Mutex<(script: [Answer], requests: [UpstreamRequest])>

    init(_ script: [Answer]) { state = Mutex((script, [])) }

    var requests: [UpstreamRequest] { state.withLock { $0.requests } }

    func fetch(_ request: UpstreamRequest) async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer) {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.script.count > 1 ? state.script.removeFirst() : state.script[0]
        }
        switch answer {
        case .unreachable: throw Failure(.upstreamConnect, "refused")
        case .status(let status, let fields, let body, let trailers):
            return (UpstreamHead(status: status, fields: fields, trailers: trailers), ByteBuffer(bytes: body))
        }
    }
}

/// Time that passes only where somebody sleeps.
final class FakeTime: Sendable {
    private let state = Mutex((now: UInt64(1_000_000_000), slept: [Double](), frozen: false))

    var slept: [Double] { state.withLock { $0.slept } }

    /// From now on sleeping takes no time.
    func freeze() { state.withLock { $0.frozen = true } }

    var clock: ServiceClock {
        ServiceClock(
            now: { Moment(nanoseconds: self.state.withLock { $0.now }) },
            // Sun, 06 Nov 1994 08:49:37 GMT.
            wallNow: { WallTime(nanoseconds: 784_111_777_000_000_000) },
            sleep: { seconds in
                try Task.checkCancellation()
                self.state.withLock { state in
                    if !state.frozen { state.now += UInt64(seconds * 1e9) }
                    state.slept.append(seconds)
                }
                await Task.yield()
            }, chance: { 0.5 })
    }
}

enum Sample {
    /// Spans as the renderer makes them of an exchange that found nothing: one root each.
    static func spans(_ count: Int) -> [SpanData] {
        var renderer = SpanRenderer()
        return (0..<count).flatMap { renderer.render(outcome(UInt64($0) + 1)) }
    }

    static func outcome(_ spanID: UInt64) -> Outcome {
        let trace = TraceContext(
            traceHigh: 0x0102_0304_0506_0708, traceLow: 0x1112_1314_1516_1718, spanID: spanID, parentSpanID: nil,
            flags: 3, state: nil)
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 2), trace: trace, arrived: Moment(nanoseconds: 5),
            arrivedAt: WallTime(nanoseconds: 1_700_000_000_000_000_000), method: .get, httpRoute: "/v1/models",
            clientAddress: "127.0.0.1", userAgent: nil, surface: .openAIModels)
        outcome.ended = Moment(nanoseconds: 1_005)
        return outcome
    }
}

extension OTLPExporter {
    /// Each as the span of an exchange of its own.
    func offer(_ spans: [SpanData]) async { await offer(spans.map { PackedItems(.packing([$0]), count: 1, of: nil) }) }
}

extension OTLPService {
    /// Each as the span of an exchange of its own.
    func offer(_ spans: [SpanData], of facts: ExchangeFacts = ExchangeFacts(Sample.outcome(1))) async {
        await offer(spans.map { pack([$0], of: facts) })
    }
}

extension ByteBuffer {
    static func packing(_ spans: [SpanData]) -> ByteBuffer {
        var wire = WireBuffer()
        for span in spans { wire.span(span) }
        return wire.take()
    }
}

extension BatchEnvelope {
    func encode(_ spans: [SpanData]) -> ByteBuffer { request([.packing(spans)]) }

    func encode(_ records: [LogRecord], observed: WallTime) -> ByteBuffer {
        var wire = WireBuffer()
        for record in records { wire.record(record, observed: observed) }
        return request([wire.take()])
    }
}
