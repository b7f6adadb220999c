import ArgumentParser
import GatewayServer

/// `weir cache`.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "What a running gateway keeps of replies.",
        discussion: "  weir cache stats\n  weir cache purge --model smart",
        subcommands: [CacheStats.self, PurgeCache.self])
}

struct CacheStats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "How many replies there are, in memory and on the disk.",
        discussion: "  weir cache stats --output json")
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        let isJSON = output == "json"
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.cacheStats(json: isJSON) }
    }
}

struct PurgeCache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Throws stored replies away.",
        discussion: "  weir cache purge --model smart --team search\n  weir cache purge --all")
    @Option(help: "Replies of this model.") var model: String?
    @Option(help: "Replies to this team.") var team: String?
    @Flag(help: "All replies.") var all = false

    func validate() throws {
        if all != (model == nil && team == nil) {
            throw ValidationError("Say which replies: --model, --team, both, or --all.")
        }
    }

    func run() async throws {
        let (model, team) = (model, team)
        try await Weir.say { () async throws(Commands.Refusal) in
            try await Commands.purgeCache(model: model, team: team)
        }
    }
}
