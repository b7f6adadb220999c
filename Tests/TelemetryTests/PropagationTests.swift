import GatewayTypes
import NIOCore
import Testing

@testable import Telemetry

/// A request's head with these fields.
func head(_ fields: [(String, String)]) -> RequestHead {
    var bytes = ByteBuffer()
    var found: [RequestHead.Field] = []
    for (name, value) in fields {
        let start = bytes.writerIndex
        bytes.writeString(name)
        bytes.writeString(value)
        found.append(
            RequestHead.Field(
                nameStart: start, nameLength: name.utf8.count, valueStart: start + name.utf8.count,
                valueLength: value.utf8.count))
    }
    return RequestHead(bytes: bytes, method: .post, path: "/", query: nil, fields: found, clientAddress: "127.0.0.1")
}

private let traceID = "0af7651916cd43dd8448eb211c80319c"
private let spanID = "b7ad6b7169203331"

@Suite struct PropagationTests {
    private static let parent = IncomingTrace.Parent(
        high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c, span: 0xb7ad_6b71_6920_3331)

    @Test func `W3C's fields are read, whatever their case, and more than one traceparent is none`() {
        let text = "00-\(traceID)-\(spanID)-03"
        let read = IncomingTrace.read(
            head([("TraceParent", text), ("TRACESTATE", "a=1"), ("tracestate", "b=2")]), Propagator.standard)
        #expect(read == IncomingTrace(parent: Self.parent, sampled: true, flags: 3, state: "a=1,b=2"))
        #expect(IncomingTrace.read(head([("traceparent", text), ("traceparent", text)]), Propagator.standard) == nil)
        #expect(IncomingTrace.read(head([("tracestate", "a=1")]), Propagator.standard) == nil)
        #expect(IncomingTrace.read(head([("trace-parent", text)]), Propagator.standard) == nil)
    }

    @Test(
        arguments: [
            ("\(traceID)-\(spanID)-1", parent, true), ("\(traceID)-\(spanID)-0", parent, false),
            ("\(traceID)-\(spanID)-d", parent, true), ("\(traceID)-\(spanID)", parent, nil),
            ("\(traceID)-\(spanID)-1-00f067aa0ba902b7", parent, true), ("0", nil, false), ("1", nil, true),
            (
                "8448eb211c80319c-\(spanID)-1",
                IncomingTrace.Parent(high: 0, low: 0x8448_eb21_1c80_319c, span: 0xb7ad_6b71_6920_3331), true
            ),
        ] as [(String, IncomingTrace.Parent?, Bool?)])
    func `The one field of B3 is read`(text: String, parent: IncomingTrace.Parent?, sampled: Bool?) {
        #expect(
            IncomingTrace.read(head([("b3", text)]), [.b3]) == IncomingTrace(parent: parent, sampled: sampled))
        #expect(IncomingTrace.read(head([("b3", text)]), [.traceContext, .b3Multi, .baggage]) == nil)
    }

    @Test(arguments: [
        "", "-", "2", "\(traceID)", "\(traceID)-", "\(traceID)-\(spanID)-", "\(traceID)-\(spanID)-2",
        "\(traceID)-\(spanID)-1-", "\(traceID)-\(spanID)-1-00f067aa0ba902b7-1", "\(traceID)0-\(spanID)-1",
        "\(traceID.uppercased())-\(spanID)-1", "00000000000000000000000000000000-\(spanID)-1",
        "\(traceID)-0000000000000000-1", "é-\(spanID)",
    ])
    func `What is no B3 is as if it were not there`(text: String) {
        #expect(IncomingTrace.read(head([("b3", text)]), [.b3]) == nil)
    }

    @Test func `The several fields of B3 are read`() {
        let ids = [("X-B3-TraceId", traceID), ("X-B3-SpanId", spanID)]
        func read(_ more: [(String, String)]) -> IncomingTrace? { IncomingTrace.read(head(ids + more), [.b3Multi]) }
        #expect(read([]) == IncomingTrace(parent: Self.parent, sampled: nil))
        #expect(read([("x-b3-sampled", "0")]) == IncomingTrace(parent: Self.parent, sampled: false))
        #expect(read([("x-b3-sampled", "true")]) == IncomingTrace(parent: Self.parent, sampled: true))
        #expect(read([("x-b3-flags", "1")]) == IncomingTrace(parent: Self.parent, sampled: true))
        #expect(read([("x-b3-sampled", "yes")]) == nil && read([ids[0]]) == nil)
        #expect(
            IncomingTrace.read(head([("x-b3-sampled", "0")]), [.b3Multi]) == IncomingTrace(parent: nil, sampled: false))
        #expect(IncomingTrace.read(head([ids[0]]), [.b3Multi]) == nil)
        #expect(IncomingTrace.read(head([]), [.b3Multi]) == nil)
    }

    @Test func `The first propagator that finds something wins`() {
        let both = head([("b3", "\(traceID)-00f067aa0ba902b7-0"), ("traceparent", "00-\(traceID)-\(spanID)-01")])
        #expect(IncomingTrace.read(both, [.traceContext, .b3])?.sampled == true)
        #expect(IncomingTrace.read(both, [.b3, .traceContext])?.sampled == false)
        #expect(IncomingTrace.read(both, []) == nil)
    }
}

@Suite struct BaggageTests {
    @Test(
        arguments: [
            (["tenant=a,user=b"], ["a"]), (["tenant = a%20b ;p=1;q"], ["a b"]), (["x=1", "tenant=%C3%A9"], ["é"]),
            (["tenant=a", "tenant=b"], ["b"]), (["tenant=%FF"], ["\u{FFFD}"]), (["tenant=a=b"], ["a=b"]),
            ([], []), (["tenant"], []), (["tenant="], []), (["=a"], []), (["ten ant=a"], []), (["tenant=a b"], []),
            (["tenant=%zz"], []), (["tenant=%2"], []), (["tenant=\"a\""], []), (["tenant=é"], []), (["Tenant=a"], []),
            ([",,;,=,tenant=a,"], ["a"]), (["tenant=a\\b"], []),
        ] as [([String], [String])])
    func `Configured members are read, and what is not valid is left out`(values: [String], found: [String]) {
        #expect(Baggage.read(["tenant"], from: values).map(\.value) == found)
    }

    @Test func `No more is read than the specification's limits`() {
        let others = (0..<64).map { "k\($0)=v" }.joined(separator: ",")
        #expect(Baggage.read(["tenant"], from: [others + ",tenant=a"]).isEmpty)
        #expect(Baggage.read(["k63"], from: [others]).count == 1)
        let long = "x=" + String(repeating: "v", count: 8_170)
        #expect(Baggage.read(["tenant"], from: [long + ",tenant=a"]).count == 1)
        #expect(Baggage.read(["tenant"], from: [long + ",tenant=" + String(repeating: "v", count: 20)]).isEmpty)
    }
}

@Suite struct TracingTests {
    private let fixture = Fixture()
    private let parented = head([
        ("traceparent", "00-\(traceID)-\(spanID)-01"), ("baggage", "tenant=a,other=b"), ("x-weir-debug", "1"),
    ])

    private func begun(_ tracing: Tracing, _ caller: Caller, _ ids: inout IDSource) -> Outcome {
        var outcome = Fixture().outcome()
        outcome.trace = tracing.begin(parented, ids: &ids)
        tracing.meet(caller, parented, ids: &ids, &outcome)
        return outcome
    }

    @Test(
        arguments: [
            (.always, "k1", true), (.always, "", true), (.authenticated, "k1", true), (.authenticated, "", false),
            (.never, "k1", false),
        ] as [(Tracing.Trust, String, Bool)])
    func `Trace and baggage are followed by the policy`(trust: Tracing.Trust, keyAlias: String, follows: Bool) {
        var tracing = Tracing()
        tracing.trust = trust
        tracing.baggageKeys = ["tenant"]
        var ids = IDSource()
        let caller = Caller(name: fixture.caller.name, team: fixture.team, keyAlias: keyAlias)
        let outcome = begun(tracing, caller, &ids)
        #expect((outcome.trace.traceID == traceID) == follows)
        #expect((outcome.trace.parentSpanID == 0xb7ad_6b71_6920_3331) == follows)
        #expect(outcome.baggage == (follows ? [BaggageEntry(key: "tenant", value: "a")] : []))
    }

    @Test func `Only an authorised caller's wish is heard, and it ends the base rate's say`() {
        var tracing = Tracing()
        tracing.sampler = Sampler(root: .alwaysOff, parentBased: false)
        tracing.rules = SamplingRules()
        var ids = IDSource()
        let ordinary = begun(tracing, fixture.caller, &ids)
        #expect(!ordinary.isDebugged && !ordinary.trace.sampled)
        let caller = Caller(name: fixture.caller.name, team: fixture.team, keyAlias: "k", mayDebug: true)
        var debugged = begun(tracing, caller, &ids)
        tracing.meet(Route(name: .other, strategy: .ordered, targets: [], samplingRatio: 0), &debugged)
        #expect(debugged.isDebugged && debugged.trace.sampled && debugged.trace.state == nil)
        tracing.rules = nil
        #expect(!begun(tracing, caller, &ids).isDebugged)
    }

    @Test func `A route's rate counts unless the environment has named a sampler`() {
        var tracing = Tracing()
        var ids = IDSource()
        var outcome = fixture.outcome()
        outcome.trace = tracing.begin(head([]), ids: &ids)
        #expect(outcome.trace.sampled && outcome.trace.state == "ot=th:0")
        let never = Route(name: .other, strategy: .ordered, targets: [], samplingRatio: 0)
        tracing.routesHaveRates = false
        tracing.meet(never, &outcome)
        #expect(outcome.trace.sampled)
        tracing.routesHaveRates = true
        tracing.meet(never, &outcome)
        #expect(!outcome.trace.sampled && outcome.trace.state == nil)
    }

    @Test func `A decision without a trace holds for the trace that begins`() {
        var tracing = Tracing()
        tracing.propagators = [.b3]
        var ids = IDSource()
        let trace = tracing.begin(head([("b3", "0")]), ids: &ids)
        #expect(!trace.sampled && trace.parentSpanID == nil && trace.state == nil && trace.flags == 2)
        #expect(!tracing.tellsProviders)
    }
}

@Suite struct SpanLimitTests {
    @Test func `Beyond the limits attributes and events are dropped and counted, and texts are cut`() {
        var style = SpanStyle()
        style.limits.attributes = 3
        style.limits.valueCharacters = 2
        style.limits.events = 1
        var whole = SpanRenderer()
        var limited = SpanRenderer(style: style)
        let outcome = Fixture().outcome()
        for (full, span) in zip(whole.render(outcome), limited.render(outcome)) {
            #expect(full.droppedAttributes == 0 && full.droppedEvents == 0)
            #expect(span.attributes.all.count == min(3, full.attributes.all.count))
            #expect(span.droppedAttributes == max(0, full.attributes.all.count - 3))
            #expect(span.droppedEvents == max(0, full.events.count - 1) && span.events.count <= 1)
            for (_, value) in span.attributes.all {
                guard case .text(let text) = value else { continue }
                #expect(text.count <= 2)
            }
        }
    }

    @Test func `The significant hops are those that took long, talked to others, refused or answered`() {
        var outcome = Fixture().outcome()
        var style = SpanStyle()
        style.detail = .significant
        var significant = SpanRenderer(style: style)
        func hops() -> [String] { significant.render(outcome).filter { $0.kind == .internal }.map(\.name) }
        // Receive, routing and settle took half a millisecond or less.
        #expect(hops() == [])
        outcome.hops.add(.limits, from: Fixture.after(1), to: Fixture.after(2.5))
        outcome.hops.stop(at: .routing)
        outcome.hops.add(.stream, from: Fixture.after(2.5), to: Fixture.after(2.6))
        #expect(hops() == ["limits", "routing", "stream"])
        let root = significant.render(outcome)[0]
        #expect(root.attributes[WeirKey.hopSeconds(.receive)] == .number(0.0005))
    }
}
