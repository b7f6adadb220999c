import ArgumentParser
import GatewayServer

/// `weir config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "The configuration of a running gateway.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir config diff weir.yaml\n  weir config reload",
        subcommands: [
            ValidateConfig.self, DiffConfig.self, ReloadConfig.self, ExportConfig.self, ConfigHistory.self,
        ])
}

/// `--output`, everywhere the same.
struct OutputOption: ParsableArguments {
    enum Form: String, ExpressibleByArgument { case table, json }

    @Option(name: .customLong("output"), help: "table, or json for programs.") var form = Form.table

    var isJSON: Bool { form == .json }
}

extension Weir {
    /// Prints what a command has to say; a refusal ends the program with 1.
    static func say(_ work: () async throws(Commands.Refusal) -> String) async throws {
        do throws(Commands.Refusal) {
            print(try await work())
        } catch {
            complain(error.description)
            throw ExitCode.failure
        }
    }
}

struct ValidateConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks a file against a running gateway, with what its admin API declares.",
        discussion: "Changes nothing. Exit 0: it is sound; 1: it is not.\n\n  weir config validate weir.yaml")
    @Argument(help: "The file; the gateway's own, as it is now, when left out.") var file: String?
    @OptionGroup var output: OutputOption

    func run() async throws {
        let (file, json) = (file, output.isJSON)
        try await Weir.say { () async throws(Commands.Refusal) in
            let text = try await Commands.rehearse(file: file, json: json)
            return json ? text : "sound\n" + text
        }
    }
}

struct DiffConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "What a file would change in a running gateway, setting by setting.",
        discussion: "Secrets are never shown, and nothing is changed.\n\n  weir config diff weir.yaml")
    @Argument(help: "The file; the gateway's own, as it is now, when left out.") var file: String?
    @OptionGroup var output: OutputOption

    func run() async throws {
        let (file, json) = (file, output.isJSON)
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.rehearse(file: file, json: json) }
    }
}

struct ReloadConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Has the gateway read its file again; a bad file changes nothing.",
        discussion: "Exit 0: it is in force; 1: it is not sound.\n\n  weir config reload")
    @OptionGroup var output: OutputOption

    func run() async throws {
        let json = output.isJSON
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.reloadConfiguration(json: json) }
    }
}

struct ExportConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints the whole configuration in force: the file and what the admin API declares.",
        discussion: "YAML, which weir check accepts; secrets stay env:NAME and file:PATH.\n\n"
            + "  weir config export > whole.yaml")
    @OptionGroup var output: OutputOption

    func run() async throws {
        let json = output.isJSON
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.exportConfiguration(json: json) }
    }
}

struct ConfigHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "The last reloads and changes, from the audit log.",
        discussion: "  weir config history --limit 10")
    @Option(help: "Entries, at most 1000.") var limit = 20
    @OptionGroup var output: OutputOption

    func run() async throws {
        let (limit, json) = (limit, output.isJSON)
        try await Weir.say { () async throws(Commands.Refusal) in
            try await Commands.configurationHistory(limit: limit, json: json)
        }
    }
}
