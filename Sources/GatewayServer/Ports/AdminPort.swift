import Budgets
import GatewayTypes
import NIOCore
import Notifications
import Storage

/// The admin API under `/api/v1/`: what it serves is declared in `AdminTable`. Every request needs a key, reads too.
struct AdminPort: RequestHandler {
    let house: House
    let audit: AuditLog
    let keeper: KeyKeeper
    let keys: AdminKeys
    let reloader: Reloader
    let steering: Steering
    private let router = AdminRouter(AdminTable.operations)

    func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        do throws(AdminProblem) {
            await writer.send(try await reply(to: request))
        } catch {
            await writer.send(error.reply)
        }
    }

    func render(_ failure: Failure) -> Reply { AdminProblem(failure).reply }

    private func reply(to request: InboundRequest) async throws(AdminProblem) -> Reply {
        let head = request.head
        let actor = try authenticate(head)
        let match = try router.match(head)
        let operation = match.operation
        guard actor.role >= operation.role else {
            throw AdminProblem(
                .notPermitted,
                "This needs an admin key with the role \(operation.role.rawValue); this one is \(actor.role.rawValue). "
                    + "See admin.keys.")
        }
        let query = try AdminRouter.query(head, of: operation)
        try AdminRouter.check(body: request.body.readableBytes, head, of: operation)
        return try await operation.respond(self)(
            AdminRequest(head: head, body: request.body, actor: actor, path: match.path, query: query))
    }

    func openAPI(_ request: AdminRequest) async throws(AdminProblem) -> Reply { .json(200, OpenAPIDocument.text) }

    func listBudgets(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        .json(200, BudgetReport(engine: house.budgets).json)
    }

    private func authenticate(_ head: RequestHead) throws(AdminProblem) -> AdminActor {
        guard let value = head["authorization"], value.lowercased().hasPrefix("bearer ") else {
            throw AdminProblem(.unauthenticated, "Send an admin key as \"Authorization: Bearer <key>\".")
        }
        guard let actor = keys.actor(showing: value.dropFirst(7)) else {
            throw AdminProblem(
                .unauthenticated, "The admin key is not known here; see admin.key and admin.keys of the configuration.")
        }
        return actor
    }

    /// Reads off the event loop: SQLite blocks.
    func reading<Value: Sendable>(
        _ query: @escaping @Sendable (Storehouse) throws(StorageError) -> Value
    ) async throws(AdminProblem) -> Value {
        let storage = house.storage
        let result: Result<Value, StorageError> = await Task.detached {
            do throws(StorageError) { return .success(try query(storage)) } catch { return .failure(error) }
        }.value
        do {
            return try result.get()
        } catch {
            throw AdminProblem(.internalError, "The ledger cannot be read: \(error).")
        }
    }
}
