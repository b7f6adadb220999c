import GatewayTypes
import Testing

@testable import Telemetry

/// How classes of requests, and what Weir asks models itself, are counted and told.
@Suite struct ClassificationTests {
    private let fixture = Fixture()

    private func classification(_ result: Classification.Result = .decided) -> Classification {
        var names = NameTable()
        return Classification(
            classifier: names.declare("difficulty"), decided: names.declare("hard"), confidence: 0.8, result: result,
            reason: "rule 1: holds code", seconds: 0.25)
    }

    @Test func `A decision is counted by classifier, class and how it came about`() {
        let telemetry = Fixture.telemetry()
        for result in [Classification.Result.decided, .decided, .cached, .timeout] {
            var outcome = fixture.outcome()
            outcome.classification = classification(result)
            telemetry.shards[0].exchangeBegan()
            telemetry.shards[0].settled(outcome)
        }
        let text = telemetry.text()
        for (result, count) in [("decided", 2), ("cached", 1), ("timeout", 1)] {
            let line =
                #"weir_classifications_total{classifier="difficulty",class="hard",result="\#(result)"} \#(count)"#
            #expect(text.contains("\n" + line + "\n"))
        }
        #expect(text.contains(#"weir_classification_duration_seconds_sum{classifier="difficulty"} 1"#))
        #expect(Classification.Result.allCases.map(\.index) == Array(0..<Classification.Result.allCases.count))
    }

    @Test func `The class and its reason stand on the request's span, on the hop's and in the access line`() throws {
        var outcome = fixture.outcome()
        outcome.classification = classification()
        var renderer = SpanRenderer()
        let spans = renderer.render(outcome)
        for name in [spans[0].name, "routing"] {
            let span = try #require(spans.first { $0.name == name })
            let said = Dictionary(span.attributes.all.map { ($0.key, "\($0.value)") }, uniquingKeysWith: { $1 })
            #expect(said["weir.classification"] == "text(\"difficulty\")")
            #expect(said["weir.classification.class"] == "text(\"hard\")")
            #expect(said["weir.classification.reason"] == "text(\"rule 1: holds code\")")
            #expect(said["weir.classification.confidence"]?.contains("0.8") == true)
        }
        let line = String(decoding: AccessLine.render(outcome), as: UTF8.self)
        #expect(line.contains(#""classifier":"difficulty","class":"hard","class_result":"decided""#))
    }

    @Test func `What Weir asked itself costs money and is no exchange of a client`() {
        let telemetry = Fixture.telemetry()
        var outcome = fixture.outcome()
        outcome.asked = AskedFor(.embedding, asker: nil)
        outcome.purpose = .embedding
        telemetry.shards[0].settled(outcome)
        let text = telemetry.text()
        #expect(text.contains(#"purpose="embedding"} 0.0000192"#))
        #expect(text.contains(#"weir_caller_cost_usd_total{team="search",caller="ada-app"} 0.0000192"#))
        #expect(text.contains("\nweir_exchanges_in_flight 0\n"))
        for family in [
            "weir_exchanges_total{", "weir_caller_exchanges_total{", "weir_exchange_duration_seconds_count{",
            "http_server_request_duration_seconds_count{", "weir_hop_duration_seconds_count{",
        ] { #expect(!text.contains("\n" + family), "\(family)") }
    }
}
