import ArgumentParser
import GatewayServer

/// `weir guardrails`.
struct GuardrailsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guardrails",
        abstract: "What the guardrails of a running gateway find.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir guardrails report",
        subcommands: [ReportGuardrails.self])
}

struct ReportGuardrails: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "What each guardrail looked at, blocked and masked since the start, or would have in shadow.",
        discussion: "  weir guardrails report --output json")
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        do {
            print(try await Commands.reportGuardrails(json: output == "json"))
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}
