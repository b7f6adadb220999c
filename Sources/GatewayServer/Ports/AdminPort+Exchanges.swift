import GatewayTypes
import Storage

extension AdminPort {
    func exchanges(_ parts: [Substring], _ head: RequestHead) async throws(Failure) -> Reply {
        guard parts.count > 3 else { return try await recent(head) }
        let report = parts[3] == "last" ? try await last() : try await report(beginningWith: String(parts[3]))
        switch parts.dropFirst(4).first {
        case nil: return .json(200, report.json.text)
        case "story": return .text(200, report.text)
        case .some(let other): throw Failure(.notFound, "An exchange has a story, but no \(other).")
        }
    }

    private func recent(_ head: RequestHead) async throws(Failure) -> Reply {
        let limit = try number("limit", of: head, 1...1000, default: 20)
        let rows = try await reading { storage throws(StorageError) in try storage.ledger.recent(limit) }
        return .json(
            200, "[" + rows.map { ExchangeReport($0, kept: 0).row.text }.joined(separator: ",\n") + "]")
    }

    private func last() async throws(Failure) -> ExchangeReport {
        let report = try await reading { storage throws(StorageError) -> ExchangeReport? in
            if let story = storage.recent?.last { return ExchangeReport(story) }
            return try storage.ledger.recent(1).first.map { ExchangeReport($0, kept: storage.recent?.capacity ?? 0) }
        }
        guard let report else { throw Failure(.notFound, "There has been no exchange yet.") }
        return report
    }

    private func report(beginningWith text: String) async throws(Failure) -> ExchangeReport {
        guard let prefix = IDPrefix(text) else {
            throw Failure(
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
            throw Failure(
                .badRequest,
                "More than one exchange begins with \(text): "
                    + ids.prefix(Self.candidatesMax).map(\.description).joined(separator: ", ") + "; write more digits."
            )
        }
        guard let id = ids.first, let report = try await report(of: id) else {
            throw Failure(
                .notFound,
                "There is no exchange \(text) in the ledger, nor among the recent ones. One that just ended arrives "
                    + "within 200 ms; an older one that tried no provider is only in the access log.")
        }
        return report
    }

    private func report(of id: ExchangeID) async throws(Failure) -> ExchangeReport? {
        try await reading { storage throws(StorageError) in
            if let story = storage.recent?.story(of: id) { return ExchangeReport(story) }
            return try storage.ledger.exchange(id).map { ExchangeReport($0, kept: storage.recent?.capacity ?? 0) }
        }
    }

    private static var candidatesMax: Int { 5 }
}
