import ArgumentParser
import GatewayServer

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The gateway.",
        discussion: "SIGTERM drains; see `drain` in the configuration.\n\n  weir serve --config weir.yaml")
    @OptionGroup var file: ConfigurationOption
    @Flag(help: "Leave out what was declared through the admin API, when it keeps the gateway from starting.")
    var ignoreStored = false

    func run() async throws {
        do {
            try await Commands.serve(path: file.path, ignoresStored: ignoreStored)
        } catch {
            Weir.complain(error.description)
            throw ExitCode.misuse
        }
    }
}

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a configuration and says what it means.",
        discussion:
            "All problems are printed at once. Exit 0: none; 2: at least one.\n\n  weir check weir.yaml --no-secrets")
    @Argument(help: "The configuration file.") var path: String?
    @OptionGroup var file: ConfigurationOption
    @Flag(help: "Leave env: and file: secrets unread, for machines that do not have them.") var noSecrets = false

    func run() async throws {
        let (lines, isSound) = Commands.check(path: path ?? file.path, resolveSecrets: !noSecrets)
        for line in lines { print(line) }
        if !isSound { throw ExitCode.misuse }
    }
}

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes an annotated configuration and one admin key.",
        discussion: "Nothing that exists is overwritten.\n\n  weir init --config weir.yaml")
    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        do {
            for line in try Commands.initialise(path: file.path) { print(line) }
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Weir with a simulated provider and sample traffic; needs no API key and no other server.",
        discussion: "Keeps serving until Ctrl-C.\n\n  weir demo")
    @Option(help: "Seconds to keep serving after the tour; without it, until Ctrl-C.") var `for`: Double?

    func run() async throws {
        do {
            try await Commands.demo(forSeconds: self.for)
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}

struct Docs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the generated pages of the documentation.", shouldDisplay: false)
    @Option(help: "The directory to write into.") var directory = "docs"

    func run() async throws {
        do {
            for line in try Commands.writeDocs(into: directory) { print(line) }
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}
