import GatewayTypes
import NIOCore
import Telemetry

/// A request of the admin API that an operation has taken: its parameters are known to be declared and well-formed.
struct AdminRequest: Sendable {
    let head: RequestHead
    let body: ByteBuffer
    let actor: AdminActor
    /// By name, those of the path.
    let path: [String: String]
    /// By name, those of the query that were written.
    let query: [String: String]

    /// A parameter of the path.
    func name(_ parameter: String = "name") -> String { path[parameter] ?? "" }

    func number(_ parameter: String, default standard: Int) -> Int { query[parameter].flatMap { Int($0) } ?? standard }

    /// The body as a tree of settings; an absent one is nothing.
    func tree() throws(AdminProblem) -> SettingTree {
        guard body.readableBytes > 0 else { return .nothing }
        do throws(JSONReader.Fault) {
            return try JSONReader.read(Array(body.readableBytesView))
        } catch {
            throw AdminProblem(.badRequest, "The body is not JSON: \(error.message).", field: "body")
        }
    }

    /// Who wants to change what, and which version of it.
    func change() throws(AdminProblem) -> Reloader.Change {
        Reloader.Change(actor: actor.name, origin: origin, traceID: traceID, condition: try condition())
    }

    /// Which version is meant.
    func condition() throws(AdminProblem) -> VersionCondition {
        let written = head.all("if-match")
        guard let condition = VersionCondition(written.isEmpty ? nil : written.joined(separator: ",")) else {
            throw AdminProblem(
                .badRequest, "If-Match must be an entity tag in double quotes, as ETag has it, or *.", field: "if-match"
            )
        }
        return condition
    }

    /// The trace that the request is part of, for the audit log.
    var traceID: String? {
        head[.traceparent].flatMap { TraceParent.parse($0) }.map { Hex.text($0.high) + Hex.text($0.low) }
    }

    /// Where it came from, for the audit log.
    var origin: String { "asked from \(head.clientAddress)" }
}
