import ArgumentParser
import GatewayServer

/// `weir telemetry`.
struct TelemetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "telemetry",
        abstract: "Where observations go.",
        discussion: "  weir telemetry test --config weir.yaml",
        subcommands: [TestTelemetry.self])
}

struct TestTelemetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Sends one span, log record or metric point to each destination and prints each answer.",
        discussion:
            "Reads the configuration and the OTEL_* variables; needs no running gateway. Exit 0: every destination "
            + "took it; 1: at least one did not; 2: the configuration is wrong.\n\n  weir telemetry test --output json")
    @OptionGroup var file: ConfigurationOption
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        let result: (text: String, isTaken: Bool)
        do {
            result = try await Commands.testTelemetry(path: file.path, json: output == "json")
        } catch {
            Weir.complain(error.description)
            throw ExitCode.misuse
        }
        print(result.text)
        if !result.isTaken { throw ExitCode.failure }
    }
}
