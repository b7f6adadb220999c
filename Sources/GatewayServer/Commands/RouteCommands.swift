import Foundation
import GatewayTypes

/// What `weir route explain` was asked for.
public struct RouteOrder: Sendable {
    public var path: String
    /// Nil: POST.
    public var method: String?
    public var model: String?
    public var team: String?
    public var caller: String?
    /// A file with the request's body; `-`: standard input.
    public var file: String?
    /// `name: value`
    public var headers: [String] = []
    public var asks = false

    public init(path: String) { self.path = path }
}

extension Commands {
    // MARK: route explain

    /// What a request would do and why, as tables or as the admin API's JSON.
    public static func explainRoute(_ order: RouteOrder, json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.post, "/api/v1/routes/explain", json: try question(order))
        if json { return text }
        let report: RouteReport = try decoded(text)
        return report.text
    }

    private static func question(_ order: RouteOrder) throws(Refusal) -> String {
        var members: [String: Any] = ["path": order.path, "ask": order.asks]
        if let method = order.method { members["method"] = method }
        if let model = order.model { members["model"] = model }
        if let team = order.team { members["team"] = team }
        if let caller = order.caller { members["caller"] = caller }
        if let file = order.file { members["request"] = try body(file) }
        var headers: [String: String] = [:]
        for header in order.headers {
            let parts = header.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        members["headers"] = headers
        do {
            return String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
        } catch {
            throw Refusal("The request cannot be written as JSON: \(error)")
        }
    }

    private static func body(_ file: String) throws(Refusal) -> Any {
        let data: Data
        do {
            data =
                file == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            throw Refusal("\(file) cannot be read: \(error.localizedDescription)")
        }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw Refusal("\(file) is not a JSON object; it must be the body of a request.")
        }
        return object
    }
}

/// The admin API's answer about a request that is not made.
private struct RouteReport: Decodable {
    struct Request: Decodable {
        let operation: String
        let prompt_tokens: Int
        let turns: Int
        let needs: [String]
    }

    struct Match: Decodable {
        let route: String
        let when: [String]
        let taken: Bool
        let unmet: String?

        var text: String {
            let why = taken ? "taken" : unmet.map { "not taken: \($0)" } ?? "not looked at: an earlier one is taken"
            return "match: \(route) (\(when.joined(separator: ", "))): \(why)"
        }
    }

    struct Classified: Decodable {
        let classifier: String
        let `class`: String
        let confidence: String
        let result: String
        let reason: String
    }

    struct Limit: Decodable {
        let limit: String
        let refuses: Bool
        let reason: String?
        let requests_left: Int?
        let tokens_left: Int?
    }

    struct Budget: Decodable {
        let budget: String
        let enforce: String
        let limit_usd: String
        let remaining_usd: String
        let firing: [String]
    }

    struct Target: Decodable {
        let target: String
        let tried: Int?
        let unmet: String?
        let lacks: String?
        let pause: String?
        let ejected: Bool?
        let breaker: String
        let outstanding: Int?
        let latency_seconds: String?
        let expected_cost_usd: String?
        let cost_max_usd: String?
        let no_room_in: String?
        let score: String?

        var cells: [String] {
            var marks: [String] = []
            if let unmet { marks.append("not for it: \(unmet)") }
            if let lacks { marks.append("lacks \(lacks)") }
            if let pause { marks.append(pause) }
            if ejected == true { marks.append("fails more often than its siblings") }
            if breaker != "closed" { marks.append("breaker \(breaker)") }
            if let no_room_in { marks.append("no room in budget \(no_room_in)") }
            return [
                tried.map { "\($0)" } ?? "-", target, expected_cost_usd ?? "?", cost_max_usd ?? "?",
                latency_seconds ?? "?", outstanding.map { "\($0)" } ?? "", score ?? "", marks.joined(separator: "; "),
            ]
        }
    }

    let model: String
    let route: String
    let matches: [Match]?
    let strategy: String
    let team: String
    let caller: String
    let request: Request
    let classification: Classified?
    let limits: [Limit]
    let budgets: [Budget]
    let would_be: String
    let why: String?
    let notes: [String]
    let targets: [Target]

    var text: String {
        let needs = request.needs.isEmpty ? "" : ", needs \(request.needs.joined(separator: ", "))"
        var lines = [
            "\(model)\(route == model ? "" : ", by the route \(route),") for team \(team), caller \(caller): would be \(would_be)",
            "request: \(request.operation), \(request.prompt_tokens) prompt tokens, \(request.turns) turns\(needs)",
        ]
        lines += (matches ?? []).map(\.text)
        if let classification {
            lines.append(
                "class: \(classification.class) by \(classification.classifier) (\(classification.confidence), "
                    + "\(classification.result)): \(classification.reason)")
        }
        lines.append("why: \(why ?? "\(strategy), as written")")
        lines += notes.map { "note: \($0)" }
        if !limits.isEmpty {
            let rows = limits.map { limit in
                [
                    limit.limit, limit.refuses ? "refuses: \(limit.reason ?? "")" : "has room",
                    limit.requests_left.map { "\($0)" } ?? "", limit.tokens_left.map { "\($0)" } ?? "",
                ]
            }
            lines += ["", TextTable.render([["limit", "state", "requests left", "tokens left"]] + rows)]
        }
        if !budgets.isEmpty {
            let rows = budgets.map {
                [$0.budget, $0.enforce, $0.limit_usd, $0.remaining_usd, $0.firing.joined(separator: " ")]
            }
            lines += ["", TextTable.render([["budget", "enforce", "limit", "remaining", "firing"]] + rows)]
        }
        let head = ["tried", "target", "expected USD", "at most USD", "latency s", "under way", "score", "but"]
        lines += ["", TextTable.render([head] + targets.map(\.cells))]
        return lines.joined(separator: "\n")
    }
}
