import Budgets
import Crypto
import GatewayTypes
import Notifications
import Storage

/// The admin API under `/api/v1/`; every request needs a key, reads too.
struct AdminPort: RequestHandler {
    private let house: House
    private let keyDigests: [[UInt8]]

    init(house: House, keys: [Secret]) {
        self.house = house
        keyDigests = keys.compactMap { $0.exposed.map { SHA256.digest(Array($0.utf8)) } }
    }

    func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        do throws(Failure) {
            try authenticate(request.head)
            await writer.send(try await reply(to: request.head))
        } catch {
            await writer.send(render(error))
        }
    }

    func render(_ failure: Failure) -> Reply {
        .json(
            failure.reason.status,
            JSONObject([("error", .string(failure.reason.rawValue)), ("message", .string(failure.message))]).text)
    }

    private func authenticate(_ head: RequestHead) throws(Failure) {
        guard let value = head["authorization"], value.lowercased().hasPrefix("bearer ") else {
            throw Failure(.unauthenticated, "Send an admin key as \"Authorization: Bearer <key>\".")
        }
        let digest = SHA256.digest(Array(value.dropFirst(7).utf8))
        // Every key is compared, so that the time tells nothing about which one nearly fitted.
        let matches = keyDigests.filter { ConstantTime.equals($0, digest) }
        guard !matches.isEmpty else {
            throw Failure(.unauthenticated, "The admin key is not known here; see admin.key.")
        }
    }

    private func reply(to head: RequestHead) async throws(Failure) -> Reply {
        let parts = head.path.split(separator: "/")
        guard parts.starts(with: ["api", "v1"]), (3...5).contains(parts.count) else { throw Self.notFound }
        switch (parts[2], parts.count, head.method) {
        case ("exchanges", _, .get): return try await exchanges(parts, head)
        case ("budgets", 3, .get): return .json(200, BudgetReport(engine: house.budgets).json)
        case ("budgets", 4, .post) where parts[3] == "test-notify":
            return .json(200, BudgetReport.test(await house.messenger.notifier.test()))
        case ("exchanges", _, _), ("budgets", _, _): throw Self.notServed
        case _: throw Self.notFound
        }
    }

    private static let notFound = Failure(
        .notFound,
        "Served here: GET /api/v1/exchanges, /api/v1/exchanges/{id}, /api/v1/exchanges/{id}/story, /api/v1/budgets; "
            + "POST /api/v1/budgets/test-notify.")
    private static let notServed = Failure(.methodNotAllowed, "Reads are GET; test-notify is POST.")

    private func exchanges(_ parts: [Substring], _ head: RequestHead) async throws(Failure) -> Reply {
        guard parts.count > 3 else { return try await recent(head) }
        guard let id = ExchangeID(parts[3]) else {
            throw Failure(.badRequest, "\"\(parts[3])\" is not an exchange id; it is the value of x-weir-exchange-id.")
        }
        let row = try await row(id)
        switch parts.dropFirst(4).first {
        case nil: return .json(200, ExchangeReport(row).json.text)
        case "story": return .text(200, ExchangeReport(row).story)
        case .some(let other): throw Failure(.notFound, "An exchange has a story, but no \(other).")
        }
    }

    private func recent(_ head: RequestHead) async throws(Failure) -> Reply {
        let asked = head.query?.split(separator: "&").first { $0.hasPrefix("limit=") }?.dropFirst(6)
        guard let limit = Int(asked ?? "20"), (1...1000).contains(limit) else {
            throw Failure(.badRequest, "limit must be a number from 1 to 1000.", param: "limit")
        }
        let rows = try await reading { ledger throws(StorageError) in try ledger.recent(limit) }
        return .json(200, "[" + rows.map { ExchangeReport($0).json.text }.joined(separator: ",\n") + "]")
    }

    private func row(_ id: ExchangeID) async throws(Failure) -> LedgerRow {
        let row = try await reading { ledger throws(StorageError) in try ledger.exchange(id) }
        guard let row else {
            throw Failure(
                .notFound,
                "The ledger has no exchange \(id). One that just ended arrives within 200 ms; one that tried no provider is only in the access log."
            )
        }
        return row
    }

    /// Reads off the event loop: SQLite blocks.
    private func reading<Value: Sendable>(
        _ query: @escaping @Sendable (Ledger) throws(StorageError) -> Value
    ) async throws(Failure) -> Value {
        let ledger = house.storage.ledger
        let result: Result<Value, StorageError> = await Task.detached {
            do throws(StorageError) { return .success(try query(ledger)) } catch { return .failure(error) }
        }.value
        do { return try result.get() } catch { throw Failure(.internalError, "The ledger cannot be read: \(error).") }
    }
}
