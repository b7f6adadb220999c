import ArgumentParser
import GatewayServer

@main
struct Weir: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "An AI gateway that measures every hop.",
        version: Build.version,
        subcommands: [
            Init.self, Serve.self, Check.self, Demo.self, Simulate.self, Load.self, Explain.self, RouteCommand.self,
            ConfigCommand.self, ThingsCommand<Teams>.self, ThingsCommand<Callers>.self, ThingsCommand<Plans>.self,
            ThingsCommand<Limits>.self, ThingsCommand<Providers>.self, ThingsCommand<Routes>.self,
            ThingsCommand<Reroutes>.self, BudgetsCommand.self,
            KeysCommand.self, ThingsCommand<Channels>.self, OverridesCommand.self, DrainsCommand.self,
            GuardrailsCommand.self, CacheCommand.self,
            LedgerCommand.self, TelemetryCommand.self, Docs.self,
        ])
}

/// `--config`, everywhere the same.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .customLong("config"), help: "The configuration file.")
    var path = "weir.yaml"
}

extension ExitCode {
    /// Bad usage or configuration.
    static let misuse = ExitCode(2)
}

extension Weir {
    /// Prints to standard error.
    static func complain(_ text: String) { Terminal.complain(text) }
}
