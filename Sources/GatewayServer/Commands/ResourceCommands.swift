import Foundation
import GatewayTypes

extension Commands {
    /// What the admin API lists, shows, changes and deletes by name.
    public enum Noun: String, CaseIterable, Sendable {
        case teams, callers, plans, limits, guardrails, providers, routes, reroutes, budgets, notify, overrides, drains

        /// One of them, in words.
        public var one: String { self == .notify ? "channel" : String(rawValue.dropLast()) }

        fileprivate func path(_ name: String) -> String { "/api/v1/\(rawValue)/\(PercentEncoding.encode(name))" }
    }

    public static func list(_ noun: Noun, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/\(noun.rawValue)")
        if json { return text }
        let rows: [NamedRow] = try decoded(text)
        guard !rows.isEmpty else { return "There are no \(noun.rawValue)." }
        // What a thing says is of any form, which the tree of settings keeps.
        let specs: [String]
        do throws(JSONReader.Fault) {
            specs = try JSONReader.read(Array(text.utf8)).items.map { Words.shortened($0["spec"]?.json ?? "") }
        } catch {
            throw Refusal("The admin API's answer cannot be read: \(error.message)")
        }
        return TextTable.render([NamedRow.head] + zip(rows, specs).map { $0.cells + [$1] })
    }

    public static func get(_ noun: Noun, _ name: String) async throws(Refusal) -> String {
        try await AdminClient.reply(.get, noun.path(name))
    }

    /// Makes it, or changes it as it is now. `spec` is YAML or JSON.
    public static func set(_ noun: Noun, _ name: String, spec: String) async throws(Refusal) -> String {
        let document = YAMLDocument(spec)
        if let fault = document.faults.first { throw Refusal("The text is wrong: \(fault.message).") }
        let current = try await AdminClient.ask(.get, noun.path(name))
        guard current.status == 200 || current.status == 404 else { throw AdminClient.refusal(current) }
        let answer = try await AdminClient.ask(
            .put, noun.path(name), json: document.tree.json, ifMatch: current["etag"])
        guard answer.status == 200 || answer.status == 201 else { throw AdminClient.refusal(answer) }
        return "\(noun.one) \(name) \(answer.status == 201 ? "made" : "changed"), in force"
    }

    public static func delete(_ noun: Noun, _ name: String) async throws(Refusal) -> String {
        let answer = try await AdminClient.ask(.delete, noun.path(name), ifMatch: "*")
        guard answer.status == 204 else { throw AdminClient.refusal(answer) }
        return "\(noun.one) \(name) deleted"
    }

    /// A mapping of YAML, of those members that are there.
    public static func spec(_ members: [(String, String?)]) -> String {
        JSONObject(members.map { ($0, $1.map { .string($0) }) }).text
    }
}

/// One thing in a list of the admin API.
private struct NamedRow: Decodable {
    let name: String
    let origin: String?
    let version: Int?
    let changedBy: String?
    let expiresAt: String?

    private enum CodingKeys: String, CodingKey {
        case name, origin, version
        case changedBy = "changed_by"
        case expiresAt = "expires_at"
    }

    static let head = ["name", "origin", "version", "changed by", "expires", "says"]

    var cells: [String] {
        [name, origin ?? "", version.map { "\($0)" } ?? "", changedBy ?? "", expiresAt ?? ""]
    }
}
