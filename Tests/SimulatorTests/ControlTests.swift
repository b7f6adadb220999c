import GatewayTypes
import NIOCore
import Synchronization
import Testing

@testable import Simulator

@Suite struct ControlTests {
    @Test func `Every profile can be read and is a model in the list`() async throws {
        for profile in SimulatedModels.profiles { _ = try SimulatedBehaviour(controls: profile.controls) }
        let list = await Bench().ask(inbound(.get, "/v1/models"))
        #expect(list.json["object"].string == "list")
        #expect(list.json["data"].list.compactMap { $0["id"].string } == SimulatedModels.profiles.map(\.name))
    }

    @Test func `The help names every model and every control`() {
        for profile in SimulatedModels.profiles { #expect(SimulatedProvider.help.contains(profile.name)) }
        for key in ControlKey.allCases { #expect(SimulatedProvider.help.contains("\(key.rawValue)=")) }
    }

    @Test func `Durations are read in every unit`() throws {
        let behaviour = try SimulatedBehaviour(controls: "head=1.5s, ttft = 200ms ,gap=300us,stall=40ns")
        #expect(behaviour.headNanoseconds == 1_500_000_000)
        #expect(behaviour.firstTokenNanoseconds == 200_000_000)
        #expect(behaviour.gapNanoseconds == 300_000)
        #expect(behaviour.stallNanoseconds == 40)
    }

    @Test(arguments: [
        "ttft=200", "ttft=-1s", "ttft=2h", "tokens=many", "tokens=-1", "error=200", "error=", "error_rate=101",
    ])
    func `A value out of its form is refused with the form`(controls: String) {
        let problem = #expect(throws: ControlProblem.self) { try SimulatedBehaviour(controls: controls) }
        #expect(problem?.description.contains("write \(controls.split(separator: "=")[0])=") == true)
    }

    @Test func `An unknown control is a 400 that lists the known ones`() async {
        let byName = await Bench().chat("sim:speed=9")
        #expect(byName.head?.status == 400)
        #expect(byName.json["error"]["param"].string == "model")
        #expect(byName.json["error"]["message"].string?.contains("abort_after") == true)
        let byHeader = await Bench().chat("sim-fast", fields: [("x-sim", "speed=9")])
        #expect(byHeader.head?.status == 400 && byHeader.json["error"]["param"].string == "x-sim")
    }

    @Test func `A profile can be changed by name, and the header wins over both`() async {
        let changed = await Bench().chat("sim-cached:tokens=3,gap=0")
        #expect(changed.json["usage"]["completion_tokens"].int == 3)
        #expect(changed.json["usage"]["prompt_tokens_details"]["cached_tokens"].int == 1920)
        let header = await Bench().chat("sim-cached:tokens=3", fields: [("x-sim", "tokens=5, tier=flex")])
        #expect(header.json["usage"]["completion_tokens"].int == 5)
        #expect(header.json["service_tier"].string == "flex")
    }

    @Test func `Real names get the fallback, own models win, and unknown simulated ones are not found`() async throws {
        var settings = SimulatorSettings()
        settings.fallback = try SimulatedBehaviour(controls: "tokens=7")
        settings.models = ["sim-large": try SimulatedBehaviour(controls: "tokens=9")]
        let bench = Bench(settings)
        #expect(await bench.chat("llama3:8b").json["usage"]["completion_tokens"].int == 7)
        #expect(await bench.chat("sim-large").json["usage"]["completion_tokens"].int == 9)
        let unknown = await bench.chat("sim-huge")
        #expect(unknown.head?.status == 404 && unknown.json["error"]["code"].string == "model_not_found")
    }

    @Test func `Injected errors have OpenAI's shape and say when to come back`() async {
        let limited = await Bench().chat("sim:error=429,retry_after=2", stream: true)
        #expect(limited.head?.status == 429)
        #expect(limited.head?.fields.first { $0.name == "retry-after" }?.value == "2")
        #expect(limited.json["error"]["code"].string == "rate_limit_exceeded")
        let quota = await Bench().chat("sim:error=quota")
        #expect(quota.head?.status == 429 && quota.json["error"]["code"].string == "insufficient_quota")
        #expect(quota.head?.fields.contains { $0.name == "retry-after" } == false)
        let down = await Bench().chat("sim-down")
        #expect(down.head?.status == 503 && down.json["error"]["type"].string == "server_error")
    }

    @Test func `A rate of errors is near what was asked and the same for the same seed`() async {
        var runs: [[Int?]] = []
        for _ in 0..<2 {
            let bench = Bench()
            var statuses: [Int?] = []
            for _ in 0..<1000 {
                statuses.append(await bench.chat("sim:error=429+500,error_rate=30").head?.status)
            }
            runs.append(statuses)
        }
        #expect(runs[0] == runs[1])
        for status in [429, 500] { #expect((100...200).contains(runs[0].count { $0 == status })) }
        #expect((650...750).contains(runs[0].count { $0 == 200 }))
    }

    @Test func `What is no request is refused in OpenAI's shape`() async {
        let bench = Bench()
        let cases: [(InboundRequest, Int)] = [
            (inbound(.post, "/v1/chat/completions", body: "{\"model\":\"sim\""), 400),
            (inbound(.post, "/v1/chat/completions", body: "{\"model\":\"sim\"}}"), 400),
            (inbound(.post, "/v1/chat/completions", body: "[]"), 400),
            (inbound(.post, "/v1/chat/completions", body: "\"\\"), 400),
            (inbound(.post, "/v1/chat/completions", body: "{\"messages\":[]}"), 400),
            (inbound(.post, "/v1/embeddings", body: "{\"model\":\"sim\"}"), 400),
            (inbound(.get, "/v1/chat/completions"), 405), (inbound(.get, "/v1/nothing"), 404),
        ]
        for (request, status) in cases {
            let reply = await bench.ask(request)
            #expect(reply.head?.status == status)
            #expect(reply.json["error"]["message"].string != nil && reply.ended)
        }
        #expect(
            JSON(String(buffer: bench.provider.render(Failure(.badRequest, "no")).body))["error"]["message"].string
                == "no")
    }

    @Test func `A key is asked for where one is set, and requests can be watched`() async {
        let seen = Mutex<[String]>([])
        var settings = SimulatorSettings()
        settings.apiKey = "k-1"
        settings.onRequest = { request in seen.withLock { $0.append(request.head.path) } }
        let bench = Bench(settings)
        #expect(await bench.chat("sim").head?.status == 401)
        #expect(await bench.chat("sim", fields: [("Authorization", "Bearer k-1")]).head?.status == 200)
        #expect(seen.withLock { $0 } == ["/v1/chat/completions", "/v1/chat/completions"])
    }
}
