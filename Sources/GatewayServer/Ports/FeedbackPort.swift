import Foundation
import GatewayTypes
import NIOCore
import OTLP
import Routing
import Storage
import Telemetry

/// `POST /v1/feedback`: what somebody thinks of a reply, 0 (bad) to 1 (good). A second one takes the place of the first.
struct FeedbackPort: OwnService {
    private struct Body: Decodable {
        let exchange: String
        let score: Double
        let comment: String?
    }

    private static let bodyBytesMax = 64 << 10
    private static let commentCharactersMax = 2_000

    let storage: Storehouse
    let quality: QualityBook
    /// Nil: nobody is told.
    let exporter: OTLPService?

    /// Fills `quality` with what an earlier process was told.
    func restore(now: WallTime = .now()) throws(StorageError) {
        // After twenty half-lives nothing is left of a score.
        let since = now.advanced(byNanoseconds: -140 * 86_400 * 1_000_000_000)
        for row in try storage.ledger.feedback(since: since) {
            quality.add(QualityBook.Given(row.score, at: row.at), route: row.route, servedModel: row.servedModel)
        }
    }

    func answer(_ request: InboundRequest, from caller: Caller) async throws(Failure) -> Reply {
        do throws(Failure) {
            let body = try Self.read(request)
            return try await keep(body.exchange, score: body.score, comment: body.comment, from: caller)
        } catch {
            quality.count(.rejected, route: ConfiguredName.other.text)
            throw error
        }
    }

    private static func read(
        _ request: InboundRequest
    ) throws(Failure) -> (exchange: ExchangeID, score: Double, comment: String?) {
        guard request.body.readableBytes <= bodyBytesMax else {
            throw Failure(.payloadTooLarge, "Feedback is at most \(bodyBytesMax) bytes.")
        }
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: Data(request.body.readableBytesView))
        } catch {
            throw Failure(
                .badRequest,
                "Send a JSON object such as {\"exchange\": \"the value of x-weir-exchange-id\", \"score\": 0.8}.")
        }
        guard let exchange = ExchangeID(body.exchange) else {
            throw Failure(.badRequest, "exchange must be the value of x-weir-exchange-id.", param: "exchange")
        }
        guard (0...1).contains(body.score) else {
            throw Failure(.badRequest, "score must be from 0 (bad) to 1 (good).", param: "score")
        }
        guard body.comment?.count ?? 0 <= commentCharactersMax else {
            throw Failure(
                .badRequest, "comment must be at most \(commentCharactersMax) characters.", param: "comment")
        }
        return (exchange, body.score, body.comment)
    }

    private func keep(
        _ exchange: ExchangeID, score: Double, comment: String?, from caller: Caller
    ) async throws(Failure) -> Reply {
        let found = try await blocking { storage throws(StorageError) -> LedgerRow? in
            if let row = try storage.ledger.exchange(exchange) { return row }
            return storage.recent?.story(of: exchange)?.row
        }
        // Whose exchange it is is nobody else's business: to others there is none.
        guard let found, found.team == caller.team.text, !found.servedModel.isEmpty else {
            throw Failure(
                .notFound,
                "There is no exchange \(exchange) of your team that a model has served. One that just ended is known "
                    + "within 200 ms.", param: "exchange")
        }
        var row = FeedbackRow(exchange: exchange, at: .now(), score: score)
        row.team = found.team
        row.caller = caller.name.text
        row.route = found.route
        row.provider = found.provider
        row.servedModel = found.servedModel
        row.comment = comment
        let given = row
        let earlier = try await blocking { storage throws(StorageError) in try storage.ledger.keep(given) }
        quality.add(
            QualityBook.Given(score, at: given.at),
            replacing: earlier.map { QualityBook.Given($0.score, at: $0.at) }, route: given.route,
            servedModel: given.servedModel)
        quality.count(earlier == nil ? .new : .replaced, route: given.route)
        await exporter?.offer([LogRecord(feedback: score, on: found, isReplaced: earlier != nil, at: given.at)])
        return .json(
            200,
            JSONObject([
                ("exchange", .string(exchange.description)), ("score", .decimal("\(score)")),
                ("replaced", .boolean(earlier != nil)),
            ]).text)
    }

    /// SQLite blocks: off the event loop.
    private func blocking<Value: Sendable>(
        _ work: @escaping @Sendable (Storehouse) throws(StorageError) -> Value
    ) async throws(Failure) -> Value {
        let storage = storage
        let result: Result<Value, StorageError> = await Task.detached {
            do throws(StorageError) { return .success(try work(storage)) } catch { return .failure(error) }
        }.value
        do { return try result.get() } catch {
            throw Failure(.internalError, "Feedback cannot be kept now; try again later.")
        }
    }
}

extension LogRecord {
    /// What somebody thought of an exchange, on the exchange's own span. Without the comment.
    fileprivate init(feedback score: Double, on row: LedgerRow, isReplaced: Bool, at time: WallTime) {
        self.init(
            at: time, severity: .info, eventName: Self.feedbackEvent,
            body: "feedback \(score) on \(row.route), served by \(row.servedModel)",
            attributes: [
                (WeirKey.exchangeID, row.id.description), (WeirKey.team, row.team), (WeirKey.route, row.route),
                (WeirKey.provider, row.provider), (WeirKey.servedModel, row.servedModel),
                (WeirKey.feedbackScore, "\(score)"), (WeirKey.feedbackReplaced, isReplaced ? "true" : "false"),
            ],
            span: Span(traceHigh: row.traceHigh, traceLow: row.traceLow, spanID: row.spanID, flags: 0))
    }
}
