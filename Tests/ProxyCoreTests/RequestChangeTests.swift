import GatewayTypes
import NIOCore
import Synchronization
import Telemetry
import Testing

/// A callout that answers as a test wrote it.
private final class ScriptedCallout: Callout {
    let name: ConfiguredName
    let hop: Hop
    private let reply: @Sendable (inout CalloutAnswer) -> Void
    private let asked = Mutex<[String]>([])

    init(_ hop: Hop, _ reply: @escaping @Sendable (inout CalloutAnswer) -> Void = { _ in }) {
        var names = NameTable()
        name = names.declare("policy")
        self.hop = hop
        self.reply = reply
    }

    /// The route and the targets that it was shown, and how exchanges ended.
    var seen: [String] { asked.withLock { $0 } }

    func concerns(_ exchange: borrowing Exchange) -> Bool { true }

    func ask(_ question: CalloutQuestion) async -> CalloutAnswer {
        asked.withLock { $0.append("\(question.exchange.route.name.text) \(question.exchange.targets.count)") }
        var answer = CalloutAnswer(
            record: CalloutRecord(
                name: name, hop: hop, spanID: question.spanID, serverAddress: "127.0.0.1", serverPort: 1,
                began: question.now()))
        reply(&answer)
        answer.record.ended = question.now()
        return answer
    }

    func conclude(_ record: CalloutRecord) {}

    func tell(_ outcome: borrowing Outcome) {
        let result = outcome.result
        asked.withLock { $0.append(result) }
    }
}

/// Templates by a word: `prompt` becomes `smart` and the template's text.
private struct WordTemplates: PromptTemplates {
    func call(in body: ByteBuffer, of surface: Surface) throws(Failure) -> TemplateCall? {
        guard String(buffer: body).hasPrefix("prompt") else { return nil }
        return TemplateCall(name: "t", version: nil, variables: [], model: "template")
    }

    func expand(_ call: TemplateCall) throws(Failure) -> ExpandedTemplate {
        var names = NameTable()
        var edit = RequestEdit()
        edit.opening = [TemplateTurn(role: .user, text: "told")]
        return ExpandedTemplate(use: TemplateUse(name: names.declare("t"), version: 2), model: "smart", edit: edit)
    }
}

/// What changes a request before it is sent.
@Suite struct RequestChangeTests {
    private static var served: [[ScriptedUpstream.Step]] { [[.head(200), .body("t1;u3,4;done;"), .end]] }

    private func house(
        callouts: [any Callout] = [], decoration: Decoration? = nil, observes: Bool = false
    ) -> TestHouse {
        TestHouse(
            scripts: Self.served, observes: observes, decoration: decoration, templates: WordTemplates(),
            callouts: callouts)
    }

    private func holds(_ span: SpanData, _ key: String) -> Bool { span.attributes.all.contains { $0.key == key } }

    private func sent(_ house: TestHouse) -> String? { house.upstream.requests.first.map { String(buffer: $0.body) } }

    @Test func `A template's text is sent, and its name and version are known`() async throws {
        let house = house(observes: true)
        await house.send("prompt")
        #expect(sent(house) == "smart told")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.askedModel == "smart")
        #expect(outcome.requestFacts?.textBytes == "smart told".utf8.count)
        let root = try #require(await house.spans().first { $0.kind == .server })
        #expect(holds(root, "weir.template.name"))
        #expect(holds(root, "weir.template.version"))
    }

    @Test func `A route's instructions and bounds are in what is sent`() async {
        var edit = RequestEdit()
        edit.systemBefore = ["obey"]
        let house = house(decoration: Decoration(edit: edit, outputTokensStandard: 50, outputTokensMax: 40))
        await house.send("smart hello")
        #expect(sent(house) == "smart obey hello max=40")
    }

    @Test func `Callouts are asked at their hops in order, and see what is known there`() async {
        let (first, last, told) = (
            ScriptedCallout(.authentication), ScriptedCallout(.routing), ScriptedCallout(.settle)
        )
        let house = house(callouts: [told, last, first])
        await house.send("smart hello")
        #expect(first.seen == ["smart 0"])
        #expect(last.seen == ["smart 2"])
        #expect(told.seen == ["completed"])
        #expect(house.writer.ended)
    }

    @Test func `A denial ends the exchange before anything is sent, and the last ones are told`() async throws {
        let told = ScriptedCallout(.settle)
        let house = house(callouts: [
            ScriptedCallout(.authentication) {
                $0.record.result = .deny
                $0.denial = Failure(.notPermitted, "no")
            }, ScriptedCallout(.routing), told,
        ])
        await house.send("smart hello")
        #expect(house.writer.head?.status == 403)
        #expect(house.upstream.requests.isEmpty)
        #expect(told.seen == ["not_permitted"])
    }

    @Test func `A rewrite changes the body, and the model only before the route is found`() async throws {
        let house = house(
            callouts: [
                ScriptedCallout(.authentication) {
                    $0.record.result = .rewrite
                    $0.model = "smart"
                    $0.edit.members = [("x", "more")]
                    $0.fields = [ReplyField("x-tenant", "gold")]
                    $0.record.attributes = [("risk", "low")]
                }
            ], observes: true)
        await house.send("nowhere hello")
        #expect(sent(house) == "smart hello more")
        #expect(house.upstream.requests.first?.fields.contains { $0.name == "x-tenant" && $0.value == "gold" } == true)
        #expect(house.journal.outcomes.first?.askedModel == "smart")
        let spans = await house.spans()
        let span = try #require(spans.first { $0.name == "callout policy" })
        #expect(span.kind == .client)
        #expect(span.parentSpanID == spans.first { $0.kind == .server }?.spanID)
        #expect(holds(span, "weir.annotation.risk"))
    }

    @Test(arguments: [true, false]) func `An edit that cannot be made is the service's fault`(denies: Bool) async throws
    {
        let house = house(callouts: [
            ScriptedCallout(.limits) {
                $0.record.result = .rewrite
                $0.edit.members = [("x", "bad")]
                $0.fields = [ReplyField("x-tenant", "gold")]
                $0.denialOfBadEdit = denies ? Failure(.overloaded, "no") : nil
            }
        ])
        await house.send("smart hello")
        #expect(sent(house) == (denies ? nil : "smart hello"))
        #expect(house.writer.head?.status == (denies ? 503 : 200))
        #expect(house.upstream.requests.first?.fields.contains { $0.name == "x-tenant" } != true)
        if !denies {
            #expect(house.journal.outcomes.first?.extras?.callouts.first?.result == .malformed)
        }
    }
}
