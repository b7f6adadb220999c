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
        return (0..<count).flatMap { position -> [SpanData] in
            let trace = TraceContext(
                traceHigh: 0x0102_0304_0506_0708, traceLow: 0x1112_1314_1516_1718, spanID: UInt64(position) + 1,
                parentSpanID: nil, flags: 3, state: nil)
            var outcome = Outcome(
                id: ExchangeID(high: 1, low: 2), trace: trace, arrived: Moment(nanoseconds: 5),
                arrivedAt: WallTime(nanoseconds: 1_700_000_000_000_000_000), method: .get, httpRoute: "/v1/models",
                clientAddress: "127.0.0.1", userAgent: nil, surface: .openAIModels)
            outcome.ended = Moment(nanoseconds: 1_005)
            return renderer.render(outcome)
        }
    }
}

extension OTLPExporter {
    /// As one exchange.
    func offer(_ items: [Item]) async { await offer([items]) }
}

extension OTLPService {
    /// As one exchange.
    func offer(_ spans: [SpanData]) async { await offer([spans]) }
}

extension SpanEncoder {
    func encode(_ spans: [SpanData]) -> ByteBuffer { encode(ItemBatch(spans)) }
}

extension LogEncoder {
    func encode(_ records: [LogRecord], observed: WallTime) -> ByteBuffer {
        encode(ItemBatch(records), observed: observed)
    }
}
