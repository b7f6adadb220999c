import ArgumentParser
import GatewayServer

/// `weir guardrails`.
struct GuardrailsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guardrails",
        abstract: "The guardrails of a running gateway, and what they find.",
        discussion:
            "All but try ask the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir guardrails report\n  weir guardrails try --kind pii < prompt.txt",
        subcommands: [
            ListThings<Guardrails>.self, GetThing<Guardrails>.self, SetThing<Guardrails>.self,
            DeleteThing<Guardrails>.self, ReportGuardrails.self, TryGuardrail.self,
        ])
}

struct TryGuardrail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "What a guardrail would find in standard input: a line of JSON for each finding.",
        discussion: "Tells where, in bytes, and why; never what. Nothing else is started or asked.\n\n"
            + "  weir guardrails try --kind pii --type email --type phone --country de < prompt.txt")
    @Option(help: "The kind of guardrail: pii.") var kind: String
    @Option(help: "What to look for; may be repeated. All when left out.") var type: [String] = []
    @Option(help: "Whose numbers to look for; may be repeated. All when left out.") var country: [String] = []
    @Option(help: "A value or domain to leave alone; may be repeated.") var allow: [String] = []
    @Flag(help: "Standard input is many texts, separated by NUL bytes.") var many = false

    func run() async throws {
        var order = TryOrder(kind: kind)
        order.types = type
        order.countries = country
        order.allowed = allow
        order.isMany = many
        do {
            try Commands.tryGuardrail(order) { print($0) }
        } catch {
            Weir.complain(error.description)
            throw ExitCode.misuse
        }
    }
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
