import Crypto
import GatewayTypes
import Storage

/// Which version of a stored thing a change is meant for: `If-Match` (RFC 9110, section 13.1.1).
enum VersionCondition: Sendable, Equatable {
    /// Nothing is said: only what does not exist yet may be made.
    case none
    /// `*`: whatever is there.
    case any
    case tags([String])

    /// Nil: it is not a list of entity tags.
    init?(_ text: String?) {
        guard let text else {
            self = .none
            return
        }
        let parts = text.split(separator: ",").map { part in
            part.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
        }.map { String($0) }
        if parts == ["*"] {
            self = .any
        } else if !parts.isEmpty, parts.allSatisfy({ $0.utf8.count > 2 && $0.hasPrefix("\"") && $0.hasSuffix("\"") }) {
            self = .tags(parts)
        } else {
            return nil
        }
    }

    /// Whether a thing that is there with this tag may be changed, where a change need not say which version it means.
    func allows(_ tag: String) -> Bool {
        switch self {
        case .none, .any: true
        case .tags(let tags): tags.contains(tag)
        }
    }

    /// Refuses a change of what is not the version that was meant. `existing`: nil where there is nothing yet.
    func check(_ existing: StoredResource?) throws(AdminProblem) {
        switch (self, existing) {
        case (.none, nil), (.any, .some): break
        case (.none, .some(let existing)):
            throw AdminProblem(
                .preconditionRequired,
                "There is one; send If-Match with the ETag of the version that you mean, now \(existing.tag).",
                field: "if-match")
        case (.any, nil), (.tags, nil):
            throw AdminProblem(
                .preconditionFailed, "It does not exist; leave If-Match out to make it.", field: "if-match")
        case (.tags(let tags), .some(let existing)):
            guard tags.contains(existing.tag) else {
                throw AdminProblem(
                    .preconditionFailed,
                    "It was changed by \(existing.changedBy) meanwhile and is \(existing.tag) now; read it again.",
                    field: "if-match")
            }
        }
    }
}

extension StoredResource {
    /// Its `ETag`. The digest tells versions apart where the thing was deleted and made again.
    var tag: String {
        "\"\(version)-\(Hex.text(SHA256.digest(Array(spec.utf8)).prefix(4)))\""
    }

    /// The version after this one, or the first.
    static func next(
        after existing: StoredResource?, kind: String, name: String, spec: SettingTree, by actor: String,
        expiresAt: WallTime? = nil
    ) -> StoredResource {
        StoredResource(
            kind: kind, name: name, version: (existing?.version ?? 0) + 1, spec: spec.json, changedAt: .now(),
            changedBy: actor, expiresAt: expiresAt)
    }

    /// What it says.
    var tree: SettingTree {
        do throws(JSONReader.Fault) { return try JSONReader.read(Array(spec.utf8)) } catch { return .nothing }
    }
}
