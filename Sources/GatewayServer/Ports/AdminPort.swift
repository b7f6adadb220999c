import Budgets
import Crypto
import GatewayTypes
import Notifications
import Storage

/// The admin API under `/api/v1/`; every request needs a key, reads too.
struct AdminPort: RequestHandler {
    let house: House
    let audit: AuditLog
    let keeper: KeyKeeper
    private let keys: [(digest: [UInt8], name: String)]

    init(house: House, keys: [Secret], audit: AuditLog) {
        self.house = house
        self.audit = audit
        keeper = KeyKeeper(registry: house.keys, ledger: house.storage.ledger)
        self.keys = keys.compactMap { key in key.exposed.map { (SHA256.digest(Array($0.utf8)), key.origin) } }
    }

    func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        do throws(Failure) {
            let actor = try authenticate(request.head)
            await writer.send(try await reply(to: request, from: actor))
        } catch {
            await writer.send(render(error))
        }
    }

    func render(_ failure: Failure) -> Reply {
        .json(
            failure.status,
            JSONObject([("error", .string(failure.reason.rawValue)), ("message", .string(failure.message))]).text)
    }

    /// Who asks: where the key that was shown comes from.
    private func authenticate(_ head: RequestHead) throws(Failure) -> String {
        guard let value = head["authorization"], value.lowercased().hasPrefix("bearer ") else {
            throw Failure(.unauthenticated, "Send an admin key as \"Authorization: Bearer <key>\".")
        }
        let digest = SHA256.digest(Array(value.dropFirst(7).utf8))
        // Every key is compared, so that the time tells nothing about which one nearly fitted.
        let matches = keys.filter { ConstantTime.equals($0.digest, digest) }
        guard let match = matches.first else {
            throw Failure(.unauthenticated, "The admin key is not known here; see admin.key.")
        }
        return "key:" + match.name
    }

    private func reply(to request: InboundRequest, from actor: String) async throws(Failure) -> Reply {
        let head = request.head
        let parts = head.path.split(separator: "/")
        guard parts.starts(with: ["api", "v1"]), (3...5).contains(parts.count) else { throw Self.notFound }
        switch (parts[2], parts.count, head.method) {
        case ("exchanges", _, .get): return try await exchanges(parts, head)
        case ("budgets", 3, .get): return .json(200, BudgetReport(engine: house.budgets).json)
        case ("budgets", 4, .post) where parts[3] == "test-notify":
            return try await testNotify(head, actor)
        case ("audit", 3, .get): return try await audit(head)
        case ("keys", _, _): return try await keys(parts, request, from: actor)
        case ("routes", 4, .post) where parts[3] == "explain":
            return try await RouteExplainer.reply(to: request.body, house: house)
        case ("exchanges", _, _), ("budgets", _, _), ("audit", _, _), ("routes", _, _): throw Self.notServed
        case _: throw Self.notFound
        }
    }

    private static let notFound = Failure(
        .notFound,
        "Served here: GET /api/v1/exchanges, /api/v1/exchanges/{id}, /api/v1/exchanges/{id}/story, /api/v1/budgets, "
            + "/api/v1/audit, /api/v1/keys; POST /api/v1/budgets/test-notify, /api/v1/routes/explain.")
    private static let notServed = Failure(.methodNotAllowed, "Reads are GET; test-notify and routes/explain are POST.")

    /// A number of the query, within bounds.
    func number(
        _ name: String, of head: RequestHead, _ bounds: ClosedRange<Int>, default standard: Int
    ) throws(Failure) -> Int {
        guard let text = Self.parameter(name, of: head) else { return standard }
        guard let number = Int(text), bounds.contains(number) else {
            throw Failure(
                .badRequest, "\(name) must be a number from \(bounds.lowerBound) to \(bounds.upperBound).", param: name)
        }
        return number
    }

    static func parameter(_ name: String, of head: RequestHead) -> String? {
        head.query?.split(separator: "&").first { $0.hasPrefix(name + "=") }.map {
            PercentEncoding.decode($0.dropFirst(name.count + 1))
        }
    }

    /// Reads off the event loop: SQLite blocks.
    func reading<Value: Sendable>(
        _ query: @escaping @Sendable (Storehouse) throws(StorageError) -> Value
    ) async throws(Failure) -> Value {
        let storage = house.storage
        let result: Result<Value, StorageError> = await Task.detached {
            do throws(StorageError) { return .success(try query(storage)) } catch { return .failure(error) }
        }.value
        do { return try result.get() } catch { throw Failure(.internalError, "The ledger cannot be read: \(error).") }
    }
}
