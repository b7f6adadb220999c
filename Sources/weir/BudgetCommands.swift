import ArgumentParser
import GatewayServer

/// `weir budgets`.
struct BudgetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budgets",
        abstract: "The budgets of a running gateway.",
        discussion: "Asks the admin API at WEIR_ADMIN_URL (default http://127.0.0.1:9465) with WEIR_ADMIN_KEY.\n\n"
            + "  weir budgets list",
        subcommands: [
            ListBudgets.self, GetThing<Budgets>.self, SetThing<Budgets>.self, DeleteThing<Budgets>.self,
            TestNotify.self,
        ])
}

struct ListBudgets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "What each budget has spent and has left, in USD, and the states of its rules.",
        discussion: "  weir budgets list --output json")
    @Option(help: "table, or json for programs.") var output = "table"

    func run() async throws {
        do {
            print(try await Commands.listBudgets(json: output == "json"))
        } catch {
            Weir.complain(error.description)
            throw ExitCode.failure
        }
    }
}

struct TestNotify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-notify",
        abstract: "Sends a test through every channel of notify and prints each answer.",
        discussion: "Exit 0: every channel took it; 1: at least one did not.\n\n  weir budgets test-notify")

    func run() async throws {
        do {
            let (lines, isDelivered) = try await Commands.testNotify()
            for line in lines { print(line) }
            if !isDelivered { throw ExitCode.failure }
        } catch let refusal as Commands.Refusal {
            Weir.complain(refusal.description)
            throw ExitCode.failure
        }
    }
}
