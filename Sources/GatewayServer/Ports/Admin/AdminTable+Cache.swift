import Cache
import GatewayTypes
import NIOCore
import Storage
import Telemetry

extension AdminTable {
    static let cache: [AdminOperation] = [
        AdminOperation(
            id: "getCache", method: .get, path: "/api/v1/cache", tag: "cache",
            summary: "What the tiers of the cache hold, and how many questions each model remembers", role: .viewer,
            replies: [
                .json(
                    200, "The tiers",
                    Schema.object([
                        (
                            "tiers",
                            Schema.list(
                                Schema.object([
                                    ("tier", Schema.words(["memory", "disk"])), ("entries", Schema.integer),
                                    ("bytes", Schema.integer), ("bytes_max", Schema.integer),
                                    ("evicted", Schema.integer), ("expired", Schema.integer),
                                ]))
                        ),
                        (
                            "questions",
                            Schema.list(Schema.object([("model", Schema.text), ("count", Schema.integer)]))
                        ),
                    ]))
            ],
            respond: AdminPort.readCache),
        AdminOperation(
            id: "purgeCache", method: .post, path: "/api/v1/cache/purge", tag: "cache",
            summary: "Throws stored replies away: of a model, of a team, of both together, or all", role: .operator,
            query: [
                AdminParameter("model", .text, "Replies of this model; of all when left out."),
                AdminParameter("team", .text, "Replies to this team; to all when left out."),
            ],
            replies: [
                .json(
                    200, "How many went",
                    Schema.object([("memory", Schema.integer), ("disk", Schema.integer)]))
            ],
            respond: AdminPort.purgeCache),
    ]
}

extension AdminPort {
    func readCache(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let caching = house.blueprint.caching
        var tiers = [Self.tier("memory", house.cache.reading, most: caching.memoryBytesMax)]
        if let archive = house.cache.archive {
            tiers.append(Self.tier("disk", archive.reading, most: caching.diskBytesMax ?? 0))
        }
        let questions = house.cache.questions.sorted { $0.route < $1.route }.map { questions in
            JSONObject([("model", .string(questions.route)), ("count", .number(Int64(questions.count)))])
        }
        return .json(200, JSONObject([("tiers", .list(tiers)), ("questions", .list(questions))]).text)
    }

    private static func tier(_ name: String, _ reading: CacheReading, most: Int) -> JSONObject {
        JSONObject([
            ("tier", .string(name)), ("entries", .number(Int64(reading.entries))),
            ("bytes", .number(Int64(reading.bytes))), ("bytes_max", .number(Int64(most))),
            ("evicted", .number(Int64(clamping: reading.evicted))),
            ("expired", .number(Int64(clamping: reading.expired))),
        ])
    }

    /// A name that is not known is refused: a typo would otherwise look like an empty cache.
    func purgeCache(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let (model, team) = (request.query["model"], request.query["team"])
        let blueprint = house.blueprint
        if let model, blueprint.routes.byName[model] == nil {
            throw AdminProblem(.badRequest, "There is no model \(Words.quoted(model)).", field: "model")
        }
        if let team, !blueprint.declared.teams.contains(where: { $0.text == team }) {
            throw AdminProblem(.badRequest, "There is no team \(Words.quoted(team)).", field: "team")
        }
        let gone = await house.cache.purge(route: model, team: team)
        let subject = [model.map { "model " + $0 }, team.map { "team " + $0 }].compactMap { $0 }
        audit.record(
            AuditEvent(
                actor: request.actor.name, action: .cachePurge,
                subject: subject.isEmpty ? "all" : subject.joined(separator: ", "),
                after: "\(gone.memory) of memory, \(gone.archive) of the disk", reason: request.origin,
                traceID: request.traceID))
        await audit.drain()
        return .json(
            200,
            JSONObject([("memory", .number(Int64(gone.memory))), ("disk", .number(Int64(gone.archive)))]).text)
    }
}
