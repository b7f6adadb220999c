import Foundation
import GatewayTypes
import Notifications
import Storage

extension AdminPort {
    /// Entries in the order of the chain; `next` is there when there may be more: write it as `after`.
    func listAudit(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let limit = request.number("limit", default: 100)
        var query = AuditQuery(limit: limit)
        if request.query["after"] != nil { query.after = Int64(request.number("after", default: 0)) }
        if let text = request.query["since"] {
            guard let since = Self.time(text) else {
                throw AdminProblem(
                    .badRequest, "since must be a time such as 2026-11-22T17:00:00Z, or Unix seconds.", field: "since")
            }
            query.since = since
        }
        let asked = query
        let entries = try await reading { storage throws(StorageError) in try storage.ledger.audit(asked) }
        let isMore = entries.count == limit && (asked.after != nil || asked.since != nil)
        return .json(
            200,
            JSONObject([
                ("entries", .list(entries.map(Self.object))),
                ("next", isMore ? entries.last.map { .number($0.sequence) } : nil),
            ]).text)
    }

    /// A time as RFC 3339 has it, or whole Unix seconds.
    static func time(_ text: String) -> WallTime? {
        if let seconds = Int64(text), (0...4_000_000_000).contains(seconds) {
            return WallTime(nanoseconds: seconds * 1_000_000_000)
        }
        for fractions in [false, true] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: fractions)
            guard let date = try? style.parse(text) else { continue }
            let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
            guard (0...4_000_000_000_000).contains(milliseconds) else { return nil }
            return WallTime(nanoseconds: Int64(milliseconds) * 1_000_000)
        }
        return nil
    }

    /// Sends through every channel, and writes down who asked for it before the answer leaves.
    func testNotify(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let reports = await house.messenger.notifier.test()
        let answers = reports.map { "\($0.channel) \($0.answer.verdict == .delivered ? "delivered" : "not delivered")" }
        audit.record(
            AuditEvent(
                actor: request.actor.name, action: .testNotify, after: answers.joined(separator: ", "),
                reason: request.origin, traceID: request.traceID))
        await audit.drain()
        return .json(200, BudgetReport.test(reports))
    }

    static func object(_ entry: AuditEntry) -> JSONObject {
        let event = entry.event
        return JSONObject([
            ("sequence", .number(entry.sequence)), ("time", .string(Timestamp.text(event.at))),
            ("at_ns", .number(event.at.nanoseconds)), ("actor", .string(event.actor)),
            ("action", .string(event.action.rawValue)),
            ("subject", event.subject.isEmpty ? nil : .string(event.subject)),
            ("before", event.before.map { .string($0) }), ("after", event.after.map { .string($0) }),
            ("reason", event.reason.map { .string($0) }),
            ("exchange", event.exchange.map { .string($0.description) }),
            ("trace_id", event.traceID.map { .string($0) }), ("hash", .string(entry.hashText)),
        ])
    }
}
