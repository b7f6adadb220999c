import GatewayTypes

/// The cell of `http.server.request.duration` for one method, route, status and error.
final class HTTPServerSeries {
    let httpRoute: String
    let cell: HistogramCell

    init(_ outcome: borrowing Outcome, store: SeriesStore) {
        httpRoute = outcome.httpRoute
        let status = (100...599).contains(outcome.status) ? String(outcome.status) : ""
        cell = store.histogram(
            .httpServerDuration,
            [
                outcome.method.rawValue, outcome.urlScheme, outcome.httpRoute, status,
                outcome.serverError?.rawValue ?? "",
            ])
    }

    static func key(_ outcome: borrowing Outcome) -> Int {
        let reason = outcome.failure.map { $0.reason.ordinal + 1 } ?? 0
        let length = outcome.httpRoute.utf8.count & 0xFF
        return (outcome.isEncrypted ? 1 : 0) << 40 | outcome.status << 24 | length << 16 | outcome.method.ordinal << 8
            | reason
    }
}

extension Outcome {
    /// The attribute `url.scheme`.
    var urlScheme: String { isEncrypted ? Conventions.Value.https : Conventions.Value.http }

    /// Why the exchange counts as failed for a server: nil also where the fault is the client's, and for any status
    /// of 400 … 499, which the conventions leave unset on the server's side.
    var serverError: FailureReason? {
        guard let reason = failure?.reason, reason.side != .client, !(400..<500).contains(status) else { return nil }
        return reason
    }
}
