import GatewayTypes
import Storage

extension AdminPort {
    func exchange(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        .json(200, try await report(request).json.text)
    }

    func story(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        .text(200, try await report(request).text)
    }

    private func report(_ request: AdminRequest) async throws(AdminProblem) -> ExchangeReport {
        let id = request.name("id")
        return id == "last" ? try await last() : try await report(beginningWith: id)
    }

    func recent(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let limit = request.number("limit", default: 20)
        let rows = try await reading { storage throws(StorageError) in try storage.ledger.recent(limit) }
        return .json(
            200, "[" + rows.map { ExchangeReport($0, kept: 0).row.text }.joined(separator: ",\n") + "]")
    }

    private func last() async throws(AdminProblem) -> ExchangeReport {
        let report = try await reading { storage throws(StorageError) -> ExchangeReport? in
            if let story = storage.recent?.last { return ExchangeReport(story) }
            return try storage.ledger.recent(1).first.map { ExchangeReport($0, kept: storage.recent?.capacity ?? 0) }
        }
        guard let report else { throw AdminProblem(.notFound, "There has been no exchange yet.") }
        return report
    }

    private func report(beginningWith text: String) async throws(AdminProblem) -> ExchangeReport {
        guard let prefix = IDPrefix(text) else {
            throw AdminProblem(
                .badRequest,
                "\"\(text)\" is not an exchange id; it is the value of x-weir-exchange-id, or at least its first "
                    + "\(IDPrefix.digitsMin) digits.")
        }
        let ids = try await reading { storage throws(StorageError) -> [ExchangeID] in
            if let whole = prefix.whole { return [whole] }
            let recent = storage.recent?.ids(beginningWith: prefix, limit: Self.candidatesMax) ?? []
            return Set(recent + (try storage.ledger.ids(beginningWith: prefix, limit: Self.candidatesMax))).sorted {
                ($0.high, $0.low) < ($1.high, $1.low)
            }
        }
        guard ids.count < 2 else {
            throw AdminProblem(
                .badRequest,
                "More than one exchange begins with \(text): "
                    + ids.prefix(Self.candidatesMax).map(\.description).joined(separator: ", ") + "; write more digits."
            )
        }
        guard let id = ids.first, let report = try await report(of: id) else {
            throw AdminProblem(
                .notFound,
                "There is no exchange \(text) in the ledger, nor among the recent ones. One that just ended arrives "
                    + "within 200 ms; an older one that tried no provider is only in the access log.")
        }
        return report
    }

    private func report(of id: ExchangeID) async throws(AdminProblem) -> ExchangeReport? {
        try await reading { storage throws(StorageError) in
            if let story = storage.recent?.story(of: id) { return ExchangeReport(story) }
            return try storage.ledger.exchange(id).map { ExchangeReport($0, kept: storage.recent?.capacity ?? 0) }
        }
    }

    private static var candidatesMax: Int { 5 }
}
