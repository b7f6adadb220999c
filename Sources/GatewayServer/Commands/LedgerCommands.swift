import Crypto
import Foundation
import GatewayTypes
import Storage

extension Commands {
    // MARK: ledger

    /// What came of verifying the audit log in a ledger's file, and whether it is sound.
    public static func verifyLedger(
        configuration: String, path: String?, expected: String?, json: Bool
    ) throws(Refusal) -> (text: String, isSound: Bool) {
        let path = if let path { path } else { try ledgerPath(configuration) }
        guard FileManager.default.fileExists(atPath: path) else {
            throw Refusal("\(path) is not there; name the ledger's file with --path.")
        }
        let expected = expected?.lowercased()
        if let expected, expected.utf8.count != 64 || !expected.utf8.allSatisfy(isHexadecimal) {
            throw Refusal("--expect wants a whole hash: 64 hexadecimal digits, as verify and the log print it.")
        }
        let result: AuditVerification
        do {
            result = try AuditVerification.run(
                path: path, chain: AuditChain(sha256: { SHA256.digest($0) }), expected: expected)
        } catch {
            throw Refusal(error.description)
        }
        return (json ? object(of: result) : sentence(of: result), result.isSound)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func ledgerPath(_ configuration: String) throws(Refusal) -> String {
        switch load(path: configuration, resolveSecrets: false) {
        case .success(let loaded): return loaded.configuration.storage.path
        case .failure(let problems): throw Refusal(problems.description)
        }
    }

    private static func sentence(of result: AuditVerification) -> String {
        let sound =
            result.entries == 0
            ? "No entry is sound." : "\(result.entries) entries are sound; the last one's hash is \(result.head)."
        guard let broken = result.firstBreak else {
            return result.entries == 0 ? "The audit log is empty." : sound
        }
        return "The audit log is broken at entry \(broken.sequence): \(broken.what).\n\(sound)"
    }

    private static func object(of result: AuditVerification) -> String {
        JSONObject([
            ("sound", .boolean(result.isSound)), ("entries", .number(result.entries)), ("head", .string(result.head)),
            ("broken_at", result.firstBreak.map { .number($0.sequence) }),
            ("problem", result.firstBreak.map { .string($0.what) }),
        ]).text
    }

    // MARK: audit

    /// Entries of a running gateway's audit log, as a table or as the admin API's JSON.
    public static func listAudit(
        since: String?, after: Int?, limit: Int, json: Bool
    ) async throws(Refusal) -> String {
        var query = ["limit=\(limit)"]
        if let since { query.append("since=" + since.filter { $0 != "&" && $0 != " " && $0 != "#" }) }
        if let after { query.append("after=\(after)") }
        let text = try await AdminClient.reply(.get, "/api/v1/audit?" + query.joined(separator: "&"))
        if json { return text }
        let page: AuditPage = try decoded(text)
        guard !page.entries.isEmpty else { return "There are no entries." }
        let more = page.next.map { ["More: weir ledger audit --after \($0)"] } ?? []
        return (page.entries.map(\.line) + more).joined(separator: "\n")
    }
}

/// What `GET /api/v1/audit` answers.
struct AuditPage: Decodable {
    struct Entry: Decodable {
        let sequence: Int
        let time: String
        let actor: String
        let action: String
        let subject: String?
        let before: String?
        let after: String?
        let reason: String?

        /// Time, sequence, action, who; below it what it was and is, and why.
        var line: String {
            var lines = ["\(time)  #\(sequence)  \(action)  by \(actor)\(subject.map { "  \($0)" } ?? "")"]
            if before != nil || after != nil {
                lines.append("    " + [before, after].map { $0 ?? "nothing" }.joined(separator: " → "))
            }
            if let reason { lines.append("    " + reason) }
            return lines.joined(separator: "\n")
        }
    }

    let entries: [Entry]
    let next: Int?
}
