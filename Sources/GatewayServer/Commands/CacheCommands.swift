import Foundation
import GatewayTypes

extension Commands {
    // MARK: cache

    /// What the tiers of a running gateway hold, as a table or as the admin API's JSON.
    public static func cacheStats(json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/cache")
        if json { return text }
        let report: CacheReport = try decoded(text)
        return report.table
    }

    /// Nil: of all models, of all teams.
    public static func purgeCache(model: String?, team: String?) async throws(Refusal) -> String {
        let query = [("model", model), ("team", team)].compactMap { name, value in
            value.map { name + "=" + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "") }
        }
        let path = "/api/v1/cache/purge" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let gone: Purged = try decoded(try await AdminClient.reply(.post, path))
        return "\(gone.memory) replies went from memory, \(gone.disk) from the disk."
    }

    private struct Purged: Decodable {
        let memory: Int
        let disk: Int
    }
}

/// What the admin API says of the cache.
private struct CacheReport: Decodable {
    struct Tier: Decodable {
        let tier: String
        let entries: Int
        let bytes: Int
        let bytesMax: Int
        let evicted: Int
        let expired: Int

        private enum CodingKeys: String, CodingKey {
            case tier, entries, bytes, evicted, expired
            case bytesMax = "bytes_max"
        }
    }

    struct Questions: Decodable {
        let model: String
        let count: Int
    }

    let tiers: [Tier]
    let questions: [Questions]

    var table: String {
        let rows = tiers.map { tier in
            [
                tier.tier, "\(tier.entries)", "\(tier.bytes)", ByteSize.text(tier.bytesMax), "\(tier.evicted)",
                "\(tier.expired)",
            ]
        }
        let tiers = TextTable.render([["tier", "replies", "bytes", "most", "made room", "too old"]] + rows)
        guard !questions.isEmpty else { return tiers }
        return tiers + "\n"
            + TextTable.render([["model", "questions"]] + questions.map { [$0.model, "\($0.count)"] })
    }
}
