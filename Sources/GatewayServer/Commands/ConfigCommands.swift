import Foundation
import GatewayTypes

extension Commands {
    // MARK: config

    /// What a running gateway would change if `file` were its configuration file; nil: what a reload would change now.
    public static func rehearse(file: String?, json: Bool) async throws(Refusal) -> String {
        var body: String?
        if let file {
            let text: String
            do throws(BoundedFile.Fault) {
                text = String(decoding: try BoundedFile.read(file, bytesMax: YAMLDocument.bytesMax), as: UTF8.self)
            } catch {
                throw Refusal("\(file) cannot be read: \(error)")
            }
            body = JSONObject([("yaml", .string(text))]).text
        }
        let text = try await AdminClient.reply(.post, "/api/v1/config/validate", json: body)
        return json ? text : try ReloadRow.text(text, verb: "would change")
    }

    public static func reloadConfiguration(json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.post, "/api/v1/config/reload")
        return json ? text : try ReloadRow.text(text, verb: "changed")
    }

    /// The whole configuration in force, as YAML or JSON.
    public static func exportConfiguration(json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/config/export?format=\(json ? "json" : "yaml")")
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    public static func configurationHistory(limit: Int, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/config/history?limit=\(limit)")
        if json { return text }
        let page: AuditPage = try decoded(text)
        return page.entries.isEmpty ? "There are no entries." : page.entries.map(\.line).joined(separator: "\n")
    }
}

/// What a reload, or the rehearsal of one, answers.
private struct ReloadRow: Decodable {
    struct Change: Decodable {
        let path: String
        let change: String
        let before: String?
        let after: String?

        var line: String {
            guard let before, let after else { return "  \(change) \(path)" }
            return "  \(change) \(path): \(before) → \(after)"
        }
    }

    struct Warning: Decodable {
        let message: String
    }

    let changes: [Change]
    let restartNeeded: [String]
    let warnings: [Warning]

    private enum CodingKeys: String, CodingKey {
        case changes, warnings
        case restartNeeded = "restart_needed"
    }

    static func text(_ json: String, verb: String) throws(Commands.Refusal) -> String {
        let row: ReloadRow = try Commands.decoded(json)
        var lines = row.warnings.map(\.message)
        lines.append(row.changes.isEmpty ? "nothing \(verb)" : "\(row.changes.count) settings \(verb):")
        lines += row.changes.map(\.line)
        if !row.restartNeeded.isEmpty {
            lines.append("only a new process takes over: " + row.restartNeeded.joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }
}
