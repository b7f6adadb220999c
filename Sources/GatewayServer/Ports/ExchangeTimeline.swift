import GatewayTypes
import Storage

/// How an exchange went on the way, for programs. Times are milliseconds from its arrival.
struct ExchangeTimeline {
    private let story: ExchangeStory

    init(_ story: ExchangeStory) { self.story = story }

    var members: [(String, JSONObject.Value?)] {
        [
            ("accounted", .boolean(story.isAccounted)),
            ("overhead_ms", .milliseconds(story.overheadNanoseconds)),
            ("hops", .list(story.hops.map(Self.hop))),
            (
                "attempt_list",
                .list(story.attempts.map { Self.attempt($0, isServed: $0.number == story.servedAttempt) })
            ),
            ("attempts_left_out", leftOut > 0 ? .number(Int64(leftOut)) : nil),
            ("rerouted_from", story.reroutedFrom.map { .string($0) }),
            ("clamped_to_output_tokens", story.clampedTo.map { .number($0) }),
            ("failure", story.failureMessage.map { .string($0) }),
            ("why", .strings(ExchangeReasons(story).lines)),
            ("dropped", .strings(story.dropped)), ("finish_reasons", .strings(story.finishReasons)),
        ]
    }

    private var leftOut: Int { story.row.attempts - story.attempts.count }

    private static func hop(_ hop: ExchangeStory.HopTime) -> JSONObject {
        JSONObject([
            ("hop", .string(hop.hop.rawValue)), ("start_ms", .milliseconds(hop.time.start)),
            ("duration_ms", .milliseconds(hop.time.nanoseconds)),
        ])
    }

    private static func attempt(_ attempt: ExchangeStory.Attempt, isServed: Bool) -> JSONObject {
        var members: [(String, JSONObject.Value?)] = [
            ("attempt", .number(Int64(attempt.number))), ("provider", .string(attempt.provider)),
            ("served_model", .string(attempt.model)), ("key_alias", .string(attempt.keyAlias)),
            ("start_ms", .milliseconds(attempt.time.start)), ("duration_ms", .milliseconds(attempt.time.nanoseconds)),
            ("served", .boolean(isServed)), ("status", attempt.status > 0 ? .number(Int64(attempt.status)) : nil),
            ("reason", attempt.reason.map { .string($0) }), ("failure", attempt.message.map { .string($0) }),
            ("retryable", attempt.reason == nil ? nil : .boolean(attempt.isRetryable)),
            ("retry_count", .number(Int64(attempt.resendCount))),
            ("provider_request_id", attempt.providerRequestID.map { .string($0) }),
            ("connection_reused", .boolean(attempt.isReused)),
            ("phases", .list(attempt.phases.map(phase))),
            ("first_token_ms", attempt.firstToken.map { .milliseconds($0) }),
            ("first_visible_token_ms", attempt.firstVisibleToken.map { .milliseconds($0) }),
        ]
        members += TokenType.allCases.map { type in
            ("\(type.rawValue)_tokens", attempt.usage[type].map { .number($0) })
        }
        members += [
            ("usage_source", .string(attempt.usage.source.rawValue)),
            ("cost_status", .string(attempt.cost.status.rawValue)),
            ("cost_usd", .decimal(attempt.cost.total.description)),
            ("cost_lines", .list(attempt.cost.lines.map(ExchangeReport.line))),
        ]
        return JSONObject(members)
    }

    private static func phase(_ phase: ExchangeStory.Phase) -> JSONObject {
        JSONObject([
            ("phase", .string(phase.name)), ("start_ms", .milliseconds(phase.time.start)),
            ("duration_ms", .milliseconds(phase.time.nanoseconds)),
        ])
    }
}

extension ExchangeStory {
    /// A part of an attempt, in the words of the label `phase`.
    struct Phase {
        let name: String
        let time: Stretch
    }
}

extension ExchangeStory.Attempt {
    /// Those that occurred. Their lengths were measured one after the other from the attempt's start; the stream ends it.
    var phases: [ExchangeStory.Phase] {
        var phases: [ExchangeStory.Phase] = []
        var at = time.start
        for (name, nanoseconds) in [("dns", dns), ("connect", connect), ("tls", tls), ("wait", wait)]
        where nanoseconds > 0 {
            phases.append(.init(name: name, time: .init(start: at, nanoseconds: nanoseconds)))
            at += nanoseconds
        }
        if stream > 0 {
            let start = max(at, time.start + time.nanoseconds - stream)
            phases.append(.init(name: "stream", time: .init(start: start, nanoseconds: stream)))
        }
        return phases
    }
}
