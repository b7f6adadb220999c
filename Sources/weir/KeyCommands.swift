import ArgumentParser
import GatewayServer

/// `weir keys`.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Keys that are made, changed and taken back while the gateway runs.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir keys create --caller alice --expires 90d\n  weir keys list",
        subcommands: [CreateKey.self, ListKeys.self, ShowKey.self, RotateKey.self, RevokeKey.self])
}

struct CreateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a key and prints it, this one time.",
        discussion:
            "  weir keys create --caller alice --name alice-laptop --expires 90d --network 10.0.0.0/8 --model 'gpt-*'")
    @Option(help: "Whose key it is; one of callers.") var caller: String
    @Option(help: "What logs and the ledger call it; its id where this is left out.") var name: String?
    @Option(help: "The team that pays instead of the caller's.") var team: String?
    @Option(help: "The plan instead of the caller's.") var plan: String?
    @Option(help: "When it expires: a duration such as 90d, or a time; never, where this is left out.") var expires:
        String?
    @Option(help: "A network that it may be used from; may be repeated.") var network: [String] = []
    @Option(help: "A model that it may be used for, or a pattern; may be repeated.") var model: [String] = []
    @Option(help: "An operation that it may be used for; may be repeated.") var operation: [String] = []
    @Option(help: "A route that it may be used for, or a pattern; may be repeated.") var route: [String] = []
    @Option(help: "A provider whose own API it may reach, or a pattern; may be repeated.") var provider: [String] = []
    @Option(help: "A prompt template that it may name, or a pattern; may be repeated.") var template: [String] = []
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        var request = KeyRequest()
        request.caller = caller
        request.name = name
        request.team = team
        request.plan = plan
        request.expires = expires
        request.networks = network
        request.models = model
        request.operations = operation
        request.routes = route
        request.providers = provider
        request.templates = template
        let made = request
        try await KeysCommand.show { () async throws(Commands.Refusal) in
            try await Commands.createKey(made, json: output == "json")
        }
    }
}

struct ListKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All keys and how they stand: those of the file, and those that are made here.",
        discussion: "  weir keys list --output json")
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        try await KeysCommand.show { () async throws(Commands.Refusal) in
            try await Commands.listKeys(json: output == "json")
        }
    }
}

struct ShowKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "All that is known of a key, and where it was used from.",
        discussion: "  weir keys show alice-laptop")
    @Argument(help: "The key's name or id.") var key: String
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        try await KeysCommand.show { () async throws(Commands.Refusal) in
            try await Commands.showKey(key, json: output == "json")
        }
    }
}

struct RotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Gives a key a new secret and prints it, this one time.",
        discussion: "The secret before it stays valid for the overlap.\n\n  weir keys rotate alice-laptop --overlap 24h"
    )
    @Argument(help: "The key's name or id.") var key: String
    @Option(help: "How long the secret before it stays valid: 0s to 90d.") var overlap = "24h"
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        try await KeysCommand.show { () async throws(Commands.Refusal) in
            try await Commands.rotateKey(key, overlap: overlap, json: output == "json")
        }
    }
}

struct RevokeKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes a key back at once, for good.",
        discussion: "  weir keys revoke alice-laptop")
    @Argument(help: "The key's name or id.") var key: String
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        try await KeysCommand.show { () async throws(Commands.Refusal) in
            try await Commands.revokeKey(key, json: output == "json")
        }
    }
}

extension KeysCommand {
    /// Prints what a command says, or why it was refused.
    fileprivate static func show(_ text: () async throws(Commands.Refusal) -> String) async throws {
        do throws(Commands.Refusal) {
            print(try await text())
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}
