import ArgumentParser
import Foundation
import GatewayServer

/// Which things a command is about.
protocol NamedThings {
    static var noun: Commands.Noun { get }
}

enum Teams: NamedThings { static let noun = Commands.Noun.teams }
enum Callers: NamedThings { static let noun = Commands.Noun.callers }
enum Plans: NamedThings { static let noun = Commands.Noun.plans }
enum Limits: NamedThings { static let noun = Commands.Noun.limits }
enum Guardrails: NamedThings { static let noun = Commands.Noun.guardrails }
enum Providers: NamedThings { static let noun = Commands.Noun.providers }
enum Routes: NamedThings { static let noun = Commands.Noun.routes }
enum Reroutes: NamedThings { static let noun = Commands.Noun.reroutes }
enum Budgets: NamedThings { static let noun = Commands.Noun.budgets }
enum Channels: NamedThings { static let noun = Commands.Noun.notify }
enum Overrides: NamedThings { static let noun = Commands.Noun.overrides }
enum Drains: NamedThings { static let noun = Commands.Noun.drains }

/// `weir teams`, `weir routes`, …
struct ThingsCommand<Things: NamedThings>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plural = Things.noun.rawValue
        return CommandConfiguration(
            commandName: plural,
            abstract: "The \(plural) of a running gateway.",
            discussion: "Those of the file are changed in the file; those declared here are kept by the gateway.\n\n"
                + "  weir \(plural) list",
            subcommands: [
                ListThings<Things>.self, GetThing<Things>.self, SetThing<Things>.self, DeleteThing<Things>.self,
            ])
    }
}

struct ListThings<Things: NamedThings>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: "All of them, and where they are declared.",
            discussion: "  weir \(Things.noun.rawValue) list --output json")
    }
    @OptionGroup var output: OutputOption

    func run() async throws {
        let json = output.isJSON
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.list(Things.noun, json: json) }
    }
}

struct GetThing<Things: NamedThings>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "get", abstract: "One of them, as JSON.",
            discussion: "  weir \(Things.noun.rawValue) get NAME")
    }
    @Argument(help: "Its name.") var name: String

    func run() async throws {
        let name = name
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.get(Things.noun, name) }
    }
}

struct SetThing<Things: NamedThings>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "set", abstract: "Makes one, or changes it; in force at once, and after a restart.",
            discussion: "What it says has the grammar of the configuration file.\n\n"
                + "  weir \(Things.noun.rawValue) set NAME --spec '{ … }'\n"
                + "  weir \(Things.noun.rawValue) set NAME --file spec.yaml")
    }
    @Argument(help: "Its name.") var name: String
    @Option(help: "What it says, as YAML or JSON.") var spec: String?
    @Option(help: "A file with what it says; - reads standard input.") var file: String?

    func validate() throws {
        guard (spec == nil) != (file == nil) else { throw ValidationError("Write --spec or --file.") }
    }

    func run() async throws {
        let name = name
        let text: String
        if let spec {
            text = spec
        } else if file == "-" {
            text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        } else {
            text = try String(contentsOfFile: file ?? "", encoding: .utf8)
        }
        try await Weir.say { () async throws(Commands.Refusal) in
            try await Commands.set(Things.noun, name, spec: text)
        }
    }
}

struct DeleteThing<Things: NamedThings>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "delete", abstract: "Deletes one that the gateway keeps.",
            discussion: "  weir \(Things.noun.rawValue) delete NAME")
    }
    @Argument(help: "Its name.") var name: String

    func run() async throws {
        let name = name
        try await Weir.say { () async throws(Commands.Refusal) in try await Commands.delete(Things.noun, name) }
    }
}
