import Foundation
import GatewayTypes

/// What a new key is to be, as the command line says it.
public struct KeyRequest: Sendable {
    public var name: String?
    public var caller = ""
    public var team: String?
    public var plan: String?
    /// A duration such as `90d`, or a time.
    public var expires: String?
    public var networks: [String] = []
    public var models: [String] = []
    public var operations: [String] = []
    public var routes: [String] = []
    public var providers: [String] = []
    public var templates: [String] = []

    public init() {}

    fileprivate var json: String {
        let lists = [
            ("models", models), ("operations", operations), ("routes", routes), ("providers", providers),
            ("templates", templates),
        ]
        let permissions = lists.filter { !$0.1.isEmpty }.map { ($0.0, JSONObject.Value.strings($0.1)) }
        let isLength = expires.map { DurationText.milliseconds($0) != nil } ?? false
        return JSONObject([
            ("caller", .string(caller)), ("name", name.map { .string($0) }), ("team", team.map { .string($0) }),
            ("plan", plan.map { .string($0) }),
            (isLength ? "expires_in" : "expires_at", expires.map { .string($0) }),
            ("networks", networks.isEmpty ? nil : .strings(networks)),
            ("permissions", permissions.isEmpty ? nil : .object(JSONObject(permissions))),
        ]).text
    }
}

extension Commands {
    // MARK: keys

    public static func createKey(_ request: KeyRequest, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.post, "/api/v1/keys", json: request.json)
        return json ? text : (try decoded(text) as KeyRow).made
    }

    public static func listKeys(json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/keys")
        if json { return text }
        let page: KeyPage = try decoded(text)
        return page.keys.isEmpty
            ? "There are no keys; make one with weir keys create --caller NAME." : KeyRow.table(page.keys)
    }

    public static func showKey(_ id: String, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, path(of: id))
        return json ? text : (try decoded(text) as KeyRow).lines.joined(separator: "\n")
    }

    public static func rotateKey(_ id: String, overlap: String, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(
            .post, path(of: id) + "/rotate", json: JSONObject([("overlap", .string(overlap))]).text)
        return json ? text : (try decoded(text) as KeyRow).made
    }

    public static func revokeKey(_ id: String, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.post, path(of: id) + "/revoke")
        return json ? text : "revoked \((try decoded(text) as KeyRow).name): no request passes with it any more"
    }

    private static func path(of id: String) -> String {
        "/api/v1/keys/" + (id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? id)
    }
}

/// What `GET /api/v1/keys` answers.
private struct KeyPage: Decodable {
    let keys: [KeyRow]
}

/// A key in the admin API's answers.
private struct KeyRow: Decodable {
    struct Secret: Decodable {
        let prefix: String
        let retiresAt: String?

        private enum CodingKeys: String, CodingKey {
            case prefix
            case retiresAt = "retires_at"
        }
    }

    struct Network: Decodable {
        let network: String
        let firstSeenAt: String

        private enum CodingKeys: String, CodingKey {
            case network
            case firstSeenAt = "first_seen_at"
        }
    }

    struct Permissions: Decodable {
        struct Denied: Decodable {
            let models: [String]?
            let operations: [String]?
            let routes: [String]?
            let providers: [String]?
            let templates: [String]?
        }

        let models: [String]?
        let operations: [String]?
        let routes: [String]?
        let providers: [String]?
        let templates: [String]?
        let deny: Denied?

        var words: [String] {
            let written = [
                ("models", models), ("operations", operations), ("routes", routes), ("providers", providers),
                ("templates", templates), ("not models", deny?.models), ("not operations", deny?.operations),
                ("not routes", deny?.routes),
                ("not providers", deny?.providers), ("not templates", deny?.templates),
            ]
            return written.compactMap { name, list in list.map { "\(name) \($0.joined(separator: " "))" } }
        }
    }

    let id: String
    let name: String
    let key: String?
    let origin: String
    let status: String
    let caller: String
    let team: String?
    let plan: String?
    let networks: [String]
    let permissions: Permissions
    let expiresAt: String?
    let createdAt: String?
    let createdBy: String?
    let revokedAt: String?
    let lastUsedAt: String?
    let secrets: [Secret]
    let seenNetworks: [Network]?

    private enum CodingKeys: String, CodingKey {
        case id, name, origin, key, status, caller, team, plan, networks, permissions, secrets
        case expiresAt = "expires_at"
        case createdAt = "created_at"
        case createdBy = "created_by"
        case revokedAt = "revoked_at"
        case lastUsedAt = "last_used_at"
        case seenNetworks = "seen_networks"
    }

    /// The key on a line of its own, and what to know of it.
    var made: String {
        let retiring = secrets.dropLast().compactMap(\.retiresAt).max()
        let old = retiring.map { ["The secret before it is valid until \($0)."] } ?? []
        return ([key ?? "", "", "Keep it now: it is not shown again."] + old + lines).joined(separator: "\n")
    }

    var lines: [String] {
        let facts: [(String, String?)] = [
            ("id", id), ("name", name), ("status", status), ("caller", caller), ("team", team), ("plan", plan),
            ("expires", expiresAt), ("networks", networks.isEmpty ? nil : networks.joined(separator: " ")),
            ("permissions", permissions.words.isEmpty ? nil : permissions.words.joined(separator: "; ")),
            ("created", createdAt.map { "\($0) by \(createdBy ?? "")" }),
            ("declared", origin == "file" ? "in the configuration file: change it there" : nil), ("revoked", revokedAt),
            ("last used", lastUsedAt),
            (
                "secrets",
                secrets.map { $0.prefix + "…" + ($0.retiresAt.map { " (until \($0))" } ?? "") }.joined(separator: ", ")
            ),
            ("seen from", seenNetworks.map { $0.map { "\($0.network) (\($0.firstSeenAt))" }.joined(separator: ", ") }),
        ]
        return facts.compactMap { name, value in
            guard let value, !value.isEmpty else { return nil }
            return name + String(repeating: " ", count: 12 - name.count) + value
        }
    }

    static func table(_ rows: [KeyRow]) -> String {
        TextTable.render(
            [["name", "id", "origin", "status", "caller", "team", "expires", "last used"]]
                + rows.map {
                    [
                        $0.name, $0.id, $0.origin, $0.status, $0.caller, $0.team ?? "", $0.expiresAt ?? "",
                        $0.lastUsedAt ?? "",
                    ]
                })
    }
}
