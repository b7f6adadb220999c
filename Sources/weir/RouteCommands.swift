import ArgumentParser
import GatewayServer

/// `weir route`.
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Where requests go.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir route explain --model smart --team search",
        subcommands: [ExplainRoute.self])
}

struct ExplainRoute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "What a request would do and why: class, limits, budgets, and each target. It changes nothing.",
        discussion: "  weir route explain --model smart --caller alice --file request.json --header 'x-tier: gold'")
    @Option(help: "The model that is asked for; else the file's own.") var model: String?
    @Option(help: "The team that would ask.") var team: String?
    @Option(help: "The caller that would ask.") var caller: String?
    @Option(help: "The body of the request, a JSON file; - reads standard input.") var file: String?
    @Option(
        help: "The path that is called, such as /v1beta/models/smart:generateContent or /providers/openai/v1/files.")
    var path = "/v1/chat/completions"
    @Option(help: "The method; POST where this is left out.") var method: String?
    @Option(help: "A header of the request, 'name: value'; may be repeated.") var header: [String] = []
    @Flag(help: "Ask the models that classify, which costs; else only what they said of the same text earlier counts.")
    var ask = false
    @Option(help: "table, or json for programs.") var output = "table"

    func validate() throws {
        if model == nil, file == nil, !path.contains("/models/"), !path.contains("/deployments/"),
            !path.hasPrefix("/providers/")
        {
            throw ValidationError("Write --model, or --file with a request, or a --path that names the model.")
        }
        for header in header where !header.contains(":") {
            throw ValidationError("Write a header as 'name: value'.")
        }
    }

    func run() async throws {
        var order = RouteOrder(path: path)
        order.model = model
        order.method = method
        order.team = team
        order.caller = caller
        order.file = file
        order.headers = header
        order.asks = ask
        do {
            print(try await Commands.explainRoute(order, json: output == "json"))
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}
