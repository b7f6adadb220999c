import ArgumentParser
import GatewayServer

/// `weir ledger`.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "The ledger and its audit log.",
        discussion: "  weir ledger verify\n  weir ledger audit",
        subcommands: [VerifyLedger.self, ListAudit.self])
}

struct VerifyLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies the chain of the audit log, entry by entry.",
        discussion:
            "Reads the file itself; the gateway may be running. Exit 0: the chain is sound; 1: it is not, and the first "
            + "entry that is not as it was written is named.\n\n"
            + "  weir ledger verify --config weir.yaml\n  weir ledger verify --path /backup/weir.db --expect 9f86d081…")
    @OptionGroup var file: ConfigurationOption
    @Option(help: "The ledger's file; without it, storage.path of the configuration.") var path: String?
    @Option(help: "A hash that an entry must have: the head's as it was said before.") var expect: String?
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        do {
            let (text, isSound) = try Commands.verifyLedger(
                configuration: file.path, path: path, expected: expect, json: output == "json")
            print(text)
            if !isSound { throw ExitCode.failure }
        } catch let refusal as Commands.Refusal {
            Weir.complain(refusal.description)
            throw ExitCode.misuse
        }
    }
}

struct ListAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Who changed what, and what Weir did by itself: the entries of the audit log.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir ledger audit --since 2026-11-22T00:00:00Z")
    @Option(help: "A time, or Unix seconds; without it, the last entries are listed.") var since: String?
    @Option(help: "Entries behind this sequence.") var after: Int?
    @Option(help: "Entries at most, up to 1000.") var limit = 20
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        do {
            print(
                try await Commands.listAudit(since: since, after: after, limit: limit, json: output == "json"))
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}
