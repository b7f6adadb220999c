import ArgumentParser
import GatewayServer

/// `weir guardrails`.
struct GuardrailsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guardrails",
        abstract: "What may be said.",
        discussion: "  weir guardrails try --kind pii < prompt.txt",
        subcommands: [TryGuardrail.self])
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
