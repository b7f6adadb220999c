import ArgumentParser
import GatewayServer

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The simulated provider alone.",
        discussion: Commands.simulatorHelp + "\n\n  weir simulate --port 9090")
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port = 9090
    @Option(help: "The same seed gives the same replies.") var seed: UInt64 = 1

    func run() async throws {
        do {
            try await Commands.simulate(host: host, port: port, seed: seed)
        } catch {
            Weir.complain(error.description)
            throw ExitCode.misuse
        }
    }
}

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load for chat and streams: time to first token, gaps, percentiles.",
        discussion: "With --rate the load is open: latency counts from when a request was due.\n\n"
            + "  weir load http://127.0.0.1:8080 --model smart --rate 100 --duration 10")
    @Argument(help: "Where to send requests: scheme, host and port.") var target: String
    @Option(help: "The model to ask for.") var model: String
    @Option(help: "Requests a second; without it, each connection sends the next request after a reply.") var rate:
        Double?
    @Option(help: "Requests under way at most.") var concurrency = 16
    @Option(help: "Seconds.") var duration = 10.0
    @Option(help: "Requests at most.") var requests: Int?
    @Option(help: "Bytes of the prompt.") var promptBytes = 64
    @Option(help: "The API key; WEIR_KEY where this is left out.") var key: String?
    @Flag(inversion: .prefixedNo, help: "Ask for streamed replies.") var stream = true
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        var order = LoadOrder(target: target, model: model)
        order.rate = rate
        order.concurrency = concurrency
        order.durationSeconds = duration
        order.requestsMax = requests
        order.promptBytes = promptBytes
        order.apiKey = key
        order.stream = stream
        order.json = output == "json"
        do {
            print(try await Commands.load(order))
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The story of one exchange: its timeline, why it went where it went, and the lines of its price.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir explain 01998f1e-7c9a-7b1e-9a3c-0d7c1f5e2a44\n  weir explain --last")
    @Argument(help: "The exchange's id, the value of x-weir-exchange-id, or its first digits.") var id: String?
    @Flag(help: "The exchange that arrived last, of those that ended.") var last = false
    @Option(help: "table, or json for programs.") var output = "table"

    func validate() throws {
        if (id == nil) != last { throw ValidationError("Write the exchange's id, or --last.") }
    }

    func run() async throws {
        do {
            print(try await Commands.explain(id, json: output == "json"), terminator: "")
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}
