public import GatewayTypes

/// How access lines are written.
public enum AccessLineFormat: String, CaseIterable, Sendable { case json, logfmt }

/// A line that facts are put into one by one. What is nil, or an empty list, is left out.
protocol FactLine {
    /// Goes on behind `bytes`.
    init(appendingTo bytes: consuming [UInt8])
    mutating func add(_ key: String, _ value: String?)
    mutating func add(_ key: String, _ value: Int64?)
    /// A finite number.
    mutating func add(_ key: String, _ value: Double)
    mutating func add(_ key: String, _ value: Bool)
    mutating func add(_ key: String, _ values: [String])
    /// Keys up to `endObject` belong together under `key`; groups do not nest.
    mutating func begin(_ key: String)
    mutating func endObject()
    /// Ends with a line feed.
    consuming func finish() -> [UInt8]
}

/// One line per exchange, of the same facts in either format. Never holds prompts, replies or keys.
public enum AccessLine {
    /// Longest text of a client or provider that is repeated, in bytes.
    private static let textBytesMax = 256

    /// Ends with a line feed.
    public static func render(_ outcome: Outcome, as format: AccessLineFormat = .json) -> [UInt8] {
        var bytes: [UInt8] = []
        render(outcome, as: format, into: &bytes)
        return bytes
    }

    static func render(_ outcome: Outcome, as format: AccessLineFormat, into bytes: inout [UInt8]) {
        switch format {
        case .json: render(outcome, as: JSONLine.self, into: &bytes)
        case .logfmt: render(outcome, as: LogfmtLine.self, into: &bytes)
        }
    }

    /// The one list of what a line says.
    private static func render<Line: FactLine>(_ outcome: Outcome, as _: Line.Type, into bytes: inout [UInt8]) {
        // Taken out while it grows, so that it is not copied.
        var line = Line(appendingTo: exchange(&bytes, with: []))
        line.add("time", Timestamp.text(outcome.arrivedAt))
        line.add("exchange", outcome.id.description)
        line.add("trace_id", outcome.trace.traceID)
        addWho(outcome, &line)
        line.add("operation", outcome.operation?.rawValue)
        line.add("surface", outcome.surface.rawValue)
        line.add("stream", outcome.stream)
        line.add("status", Int64(outcome.status))
        line.add("outcome", outcome.result)
        line.add("moved", outcome.moved.rawValue)
        addOverride(outcome, &line)
        addClassification(outcome, &line)
        line.add("attempts", Int64(outcome.attempts.count))
        addCache(outcome, &line)
        addMoney(outcome, &line)
        addTimes(outcome, &line)
        line.add("request_bytes", Int64(outcome.requestBytes))
        line.add("reply_bytes", Int64(outcome.replyBytes))
        line.add("client_address", outcome.clientAddress)
        line.add("finish_reasons", outcome.reply.finishReasons.prefix(16).map(bounded))
        if let trail = outcome.extras?.guardrails { addGuardrails(trail, &line) }
        if !outcome.dropped.isEmpty { line.add("dropped", outcome.dropped.prefix(16).map(bounded)) }
        line.add("abort_billing", outcome.abortBilling?.rawValue)
        line.add("accounted", outcome.accounted)
        bytes = line.finish()
    }

    private static func exchange(_ bytes: inout [UInt8], with other: [UInt8]) -> [UInt8] {
        let taken = bytes
        bytes = other
        return taken
    }

    private static func addWho(_ outcome: Outcome, _ line: inout some FactLine) {
        line.add("team", outcome.caller.team.text)
        line.add("caller", outcome.caller.name.text)
        line.add("route", outcome.route.name.text)
        line.add("asked_model", outcome.askedModel.map(bounded))
        line.add("provider", outcome.target?.provider.text)
        line.add("served_model", outcome.target?.servedModel.text)
        if outcome.purpose == .shadow { line.add("purpose", CostPurpose.shadow.rawValue) }
    }

    private static func addOverride(_ outcome: Outcome, _ line: inout some FactLine) {
        guard let override = outcome.override else { return }
        line.add("budget", override.budget.text)
        line.add("rule", override.rule.text)
        guard case .reroute(let from, let to) = override.action else { return }
        line.add("rerouted_from", from.text)
        line.add("rerouted_to", to.text)
        line.add("demand_usd", outcome.wholeDemand.description)
    }

    private static func addClassification(_ outcome: Outcome, _ line: inout some FactLine) {
        if let classification = outcome.classification {
            line.add("classifier", classification.classifier.text)
            line.add("class", classification.decided.text)
            line.add("class_result", classification.result.rawValue)
        }
        guard let asked = outcome.asked else { return }
        line.add("asked_for", asked.purpose.rawValue)
        line.add("asked_by", asked.asker?.description)
    }

    /// Those that did not pass: `name:phase:verdict:action`.
    private static func addGuardrails(_ trail: GuardrailTrail, _ line: inout some FactLine) {
        let acted = trail.records.filter { $0.verdict != .pass }
        guard !acted.isEmpty else { return }
        line.add(
            "guardrails",
            acted.prefix(16).map {
                "\($0.name.text):\($0.phase.rawValue):\($0.verdict.rawValue):\($0.action.rawValue)"
            })
        line.add("guardrail_fingerprints", acted.prefix(16).compactMap(\.fingerprint))
    }

    private static func addCache(_ outcome: Outcome, _ line: inout some FactLine) {
        guard let cache = outcome.extras?.cache else { return }
        line.add("cache", cache.result.rawValue)
        guard let hit = cache.hit else { return }
        line.add("cache_kind", hit.kind.rawValue)
        line.add("cache_age_s", hit.ageSeconds)
        line.add("cache_origin", hit.reply.origin.description)
        line.add("cache_saved_usd", hit.reply.price.cost?.description)
        line.add("cached_provider", hit.reply.source.provider)
        line.add("cached_model", hit.reply.source.servedModel)
    }

    private static func addMoney(_ outcome: Outcome, _ line: inout some FactLine) {
        line.begin("tokens")
        let usage = outcome.wholeUsage
        for type in Cases.tokenTypes { line.add(type.rawValue, usage[type]) }
        line.endObject()
        line.add("usage_source", usage.source.rawValue)
        line.add("cost_usd", outcome.wholeCostText)
        line.add("cost_status", outcome.wholeCost.status.rawValue)
    }

    private static func addTimes(_ outcome: Outcome, _ line: inout some FactLine) {
        line.add("duration_ms", Double(outcome.ended.nanoseconds(since: outcome.arrived)) / 1e6)
        if let first = outcome.firstTokenSent {
            line.add("ttft_ms", Double(first.nanoseconds(since: outcome.arrived)) / 1e6)
        }
        if let waited = outcome.extras?.waitedNanoseconds, waited > 0 {
            line.add("waited_ms", Double(waited) / 1e6)
        }
        line.add("overhead_us", Double(outcome.overheadNanoseconds) / 1e3)
    }

    private static func bounded(_ text: String) -> String { BoundedText.prefix(of: text, bytesMax: textBytesMax) }
}
