import Foundation
import GatewayTypes

/// Shows, with real requests, what there is to see.
struct DemoTour {
    let addresses: Server.Addresses
    let setting: DemoSetting
    let bench: ClientBench

    func show() async throws(Commands.Refusal) {
        Terminal.say(
            """
            Weir is running in front of a simulated provider.

              apps     \(addresses.app)/v1        (API key: \(setting.key))
              metrics  \(addresses.metrics)/metrics
              admin    \(addresses.admin)/api/v1/exchanges   (admin key: \(setting.adminKey))

            """)
        Terminal.say("1. A streamed reply, passed through as it comes:")
        let streamed = try await ask("smart", stream: true)
        Terminal.say("   \(text(of: streamed))")
        tell(streamed)

        Terminal.say("2. A whole reply tells its cost before the body:")
        tell(try await ask("fast"))

        Terminal.say("3. A target that is down: the next one answers, and the reply says who it was:")
        tell(try await ask("shaky"))

        Terminal.say("4. Tokens and cost so far, from \(addresses.metrics)/metrics:")
        for _ in 0..<8 { _ = try await ask("fast") }
        for line in try await samples(["weir_tokens_total", "weir_cost_usd_total"]) { Terminal.say("   \(line)") }

        Terminal.say("\n5. The exact price of the first exchange (weir explain):")
        Terminal.say(try await story(of: streamed))
        try await showBudget()
        Terminal.say(
            """
            Try it yourself:
              curl \(addresses.app)/v1/chat/completions -H 'Authorization: Bearer \(setting.key)' \\
                -H 'Content-Type: application/json' \\
                -d '{"model":"smart","stream":true,"messages":[{"role":"user","content":"Hello"}]}'
              WEIR_ADMIN_URL=\(addresses.admin) WEIR_ADMIN_KEY=\(setting.adminKey) weir budgets list

            Over time: Grafana's boards are dashboards/*.json, Prometheus' rules alerts/weir.yaml (docs/dashboards.md).

            """)
    }

    /// A request a second, over all models, until the task is cancelled or the time is over.
    func keepTraffic(forSeconds seconds: Double?) async {
        let models = ["smart", "fast", "reasoner", "shaky"]
        let end = seconds.map { Moment.now().advanced(bySeconds: $0) } ?? .distantFuture
        var count = 0
        while Moment.now() < end {
            // While Weir drains, requests are refused: that is the end of the traffic.
            do { _ = try await ask(models[count % models.count], stream: count % 2 == 0) } catch { return }
            count += 1
            try? await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: Requests

    func ask(_ model: String, stream: Bool = false) async throws(Commands.Refusal) -> ClientBench.Answer {
        try await bench.post(
            "\(addresses.app)/v1/chat/completions", fields: [ReplyField("authorization", "Bearer \(setting.key)")],
            json: """
                {"model":"\(model)","stream":\(stream),"messages":[{"role":"user","content":"What does a weir do?"}]}
                """)
    }

    private func tell(_ answer: ClientBench.Answer) {
        let trace = answer["traceparent"]?.split(separator: "-").dropFirst().first ?? ""
        Terminal.say("   served by \(answer["x-weir-provider"] ?? "")/\(answer["x-weir-model"] ?? "")")
        if let cost = answer["x-weir-cost-usd"] { Terminal.say("   cost      \(cost) USD") }
        Terminal.say("   trace     \(trace)")
        Terminal.say("   exchange  \(answer["x-weir-exchange-id"] ?? "")\n")
    }

    /// The text of a streamed reply.
    private func text(of answer: ClientBench.Answer) -> String {
        var text = ""
        for line in answer.text.split(separator: "\n") where line.hasPrefix("data: {") {
            guard let chunk = try? JSONDecoder().decode(Chunk.self, from: Data(line.dropFirst(6).utf8)) else {
                continue
            }
            text += chunk.choices.first?.delta.content ?? ""
        }
        return text.count > 100 ? text.prefix(100) + "…" : text
    }

    private struct Chunk: Decodable {
        struct Choice: Decodable {
            struct Delta: Decodable { let content: String? }
            let delta: Delta
        }
        let choices: [Choice]
    }

    private func samples(_ names: [String]) async throws(Commands.Refusal) -> [Substring] {
        let page = try await bench.get("\(addresses.metrics)/metrics", fields: []).text
        return page.split(separator: "\n").filter { line in
            names.contains { line.hasPrefix($0 + "{") } && !line.hasSuffix(" 0")
        }
    }

    private func story(of answer: ClientBench.Answer) async throws(Commands.Refusal) -> String {
        let id = answer["x-weir-exchange-id"] ?? ""
        let fields = [ReplyField("authorization", "Bearer \(setting.adminKey)")]
        // The ledger has an exchange within 200 ms of its end.
        for _ in 0..<20 {
            let reply = try await bench.get("\(addresses.admin)/api/v1/exchanges/\(id)/story", fields: fields)
            if reply.status == 200 { return reply.text }
            try? await Task.sleep(for: .milliseconds(50))
        }
        throw Commands.Refusal("The ledger does not have exchange \(id).")
    }
}
