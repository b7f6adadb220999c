import ArgumentParser
import GatewayServer

/// `weir drains`.
struct DrainsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drains",
        abstract: "Targets that are taken out of a running gateway by hand.",
        discussion: "Attempts under way go on; new ones are made elsewhere.\n\n"
            + "  weir drains add openai/gpt-5 --expires-in 1h --reason maintenance\n  weir drains delete openai/gpt-5",
        subcommands: [ListThings<Drains>.self, AddDrain.self, DeleteThing<Drains>.self])
}

struct AddDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Takes a provider, or one model of it, out.",
        discussion: "  weir drains add openai")
    @Argument(help: "provider, or provider/model.") var target: String
    @OptionGroup var note: SteeringNote

    func run() async throws {
        let (target, spec) = (target, Commands.spec(note.members))
        try await Weir.say { () async throws(Commands.Refusal) in
            try await Commands.set(.drains, target, spec: spec)
        }
    }
}

/// `weir overrides`.
struct OverridesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overrides",
        abstract: "Reroutes that are forced, or held back, by hand.",
        discussion: "  weir overrides reroute smart fast --team search --expires-in 2h\n"
            + "  weir overrides hold search --rule economy",
        subcommands: [ListThings<Overrides>.self, ForceReroute.self, HoldBudget.self, DeleteThing<Overrides>.self])
}

struct ForceReroute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reroute", abstract: "Has requests for one model served by another.",
        discussion: "  weir overrides reroute smart fast --share 50%")
    @Argument(help: "The asked model.") var from: String
    @Argument(help: "The model that serves instead.") var to: String
    @Option(help: "The override's name; from the models when left out.") var name: String?
    @Option(help: "Only this team's requests.") var team: String?
    @Option(help: "The share of requests.") var share: String?
    @OptionGroup var note: SteeringNote

    func run() async throws {
        let name = name ?? "\(from)-to-\(to)"
        let spec = Commands.spec(
            [("action", "reroute"), ("from", from), ("to", to), ("team", team), ("share", share)] + note.members)
        try await Weir.say { () async throws(Commands.Refusal) in
            try await Commands.set(.overrides, name, spec: spec)
        }
    }
}

struct HoldBudget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keeps the reroutes of a budget from moving anything; it still refuses.",
        discussion: "  weir overrides hold search --expires-in 30m")
    @Argument(help: "The budget.") var budget: String
    @Option(help: "One rule of it; all when left out.") var rule: String?
    @Option(help: "The override's name; from the budget when left out.") var name: String?
    @OptionGroup var note: SteeringNote

    func run() async throws {
        let name = name ?? "hold-\(budget)" + (rule.map { "-" + $0 } ?? "")
        let spec = Commands.spec([("action", "hold"), ("budget", budget), ("rule", rule)] + note.members)
        try await Weir.say { () async throws(Commands.Refusal) in
            try await Commands.set(.overrides, name, spec: spec)
        }
    }
}

/// Why, and for how long.
struct SteeringNote: ParsableArguments {
    @Option(help: "Why, for the others.") var reason: String?
    @Option(help: "When it ends by itself: 30m, 2h, 7d.") var expiresIn: String?

    var members: [(String, String?)] { [("reason", reason), ("expires_in", expiresIn)] }
}
