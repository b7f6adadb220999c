import Foundation
import GatewayTypes

extension Commands {
    // MARK: budgets

    /// The budgets of a running gateway, as a table or as the admin API's JSON.
    public static func listBudgets(json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/budgets")
        if json { return text }
        let rows: [BudgetRow] = try decoded(text)
        return rows.isEmpty ? "There are no budgets." : BudgetRow.table(rows)
    }

    /// Tells every channel of `notify` a test; each one's answer, and whether all took it.
    public static func testNotify() async throws(Refusal) -> (lines: [String], isDelivered: Bool) {
        let channels: [ChannelRow] = try decoded(try await AdminClient.reply(.post, "/api/v1/budgets/test-notify"))
        guard !channels.isEmpty else { return (["There are no channels; add them to notify."], true) }
        return (channels.flatMap(\.lines), channels.allSatisfy(\.delivered))
    }

    static func decoded<Value: Decodable>(_ text: String) throws(Refusal) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw Refusal("The admin API's answer cannot be read; is the gateway of another version? \(error)")
        }
    }
}

/// A budget in the admin API's list.
struct BudgetRow: Decodable {
    struct Rule: Decodable {
        let rule: String
        let state: String
    }

    let budget: String
    let per: String
    let limitUSD: String
    let spentUSD: String
    let reservedUSD: String
    let remainingUSD: String
    let rules: [Rule]

    private enum CodingKeys: String, CodingKey {
        case budget, per, rules
        case limitUSD = "limit_usd"
        case spentUSD = "spent_usd"
        case reservedUSD = "reserved_usd"
        case remainingUSD = "remaining_usd"
    }

    private var cells: [String] {
        [budget, per, limitUSD, spentUSD, reservedUSD, remainingUSD]
            + [rules.map { "\($0.rule)=\($0.state)" }.joined(separator: " ")]
    }

    /// Amounts are USD.
    static func table(_ rows: [BudgetRow]) -> String {
        TextTable.render(
            [["budget", "per", "limit", "spent", "reserved", "remaining", "rules"]] + rows.map(\.cells))
    }
}

/// What a channel answered to a test.
private struct ChannelRow: Decodable {
    struct Answer: Decodable {
        let address: String
        let status: Int?
        let text: String
    }

    let channel: String
    let delivered: Bool
    let answers: [Answer]

    var lines: [String] {
        ["\(channel): \(delivered ? "delivered" : "not delivered")"]
            + answers.map {
                "  \($0.address): \([$0.status.map { "\($0)" }, $0.text].compactMap { $0 }.joined(separator: " "))"
            }
    }
}
