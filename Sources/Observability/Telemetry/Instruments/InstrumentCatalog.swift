import GatewayTypes

/// The one list of instruments. What is not here is not measured.
public enum InstrumentCatalog {
    public static let all: [InstrumentSpec] =
        exchange + money + caching + budgets + records + access + authentication + gateway + conventions + inference
        + exporters
        + process

    static let positions = Dictionary(
        all.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })

    private static let target = ["provider", "served_model"]

    private static let exchange: [InstrumentSpec] = [
        .counter(
            .exchanges, ["operation", "route", "team"] + target + ["outcome", "moved"],
            "Exchanges that ended, by how they ended"),
        .histogram(
            .exchangeDuration, ["operation"] + target, Buckets.duration, exemplars: true,
            "Time from the first byte of the request to the end of the reply"),
        .histogram(
            .timeToFirstToken, ["operation"] + target + ["side"], Buckets.firstToken, exemplars: true,
            "Time to the first token that the model generated, in streamed replies; "
                + "upstream: from the attempt's start to its being read; client: from the request's arrival to its "
                + "being handed to the client's connection"),
        .histogram(
            .timeToFirstVisibleToken, ["operation"] + target + ["side"], Buckets.firstToken, exemplars: true,
            "Time to the first token that a reader sees (neither reasoning nor tool call), in streamed replies"),
        .histogram(
            .interToken, ["operation"] + target, TokenGaps.bounds,
            "Time from one piece of generated text to the next as read from the provider, in streamed replies; "
                + "reasoning and tool calls count as text, pieces that arrive in one read as one"),
        .histogram(
            .gatewayOverhead, ["operation"], Buckets.overhead,
            "Time that Weir itself held bytes: everything but waiting for upstream and client"),
        .histogram(
            .hopDuration, ["hop"], Buckets.hop,
            "Time spent in a hop of the path; attempt and stream include the upstream's time"),
        .counter(
            .attempts, target + ["outcome", "reason"],
            "Attempts at targets; outcome is completed or failed, reason is empty when completed"),
        .histogram(
            .attemptPhase, ["provider", "phase"], Buckets.phase,
            "Phases of attempts; those that a reused connection skips are not recorded"),
        .counter(
            .clientAborts, ["billing"],
            "Exchanges whose client left before the end, by where their bill came from"),
        .counter(.streamsCut, ["side"], "Replies that broke off after they had begun, by whose side broke them off"),
        .counter(
            .unaccountedExchanges, [],
            "Exchanges that made an attempt and that the ledger does not know (journal full, continue_unaccounted)"),
        .counter(.callerExchanges, ["team", "caller", "outcome"], "Exchanges that ended, by caller"),
    ]

    private static let money: [InstrumentSpec] = [
        .counter(
            .tokens, ["team", "route"] + target + ["type"],
            "Tokens by disjoint type; the types of an exchange add up to the provider's total"),
        .counter(
            .teamInference, ["team", "route", "served_model"], unit: "seconds", number: .seconds,
            "Time that attempts at models took, from start to last byte, those that failed too"),
        .counter(.estimatedTokens, target + ["type"], "Of weir_tokens_total, the tokens that no provider reported"),
        .counter(
            .cost, ["team", "route"] + target + ["purpose"], unit: "usd", number: .money, exemplars: true,
            "Exact cost in US dollars"),
        .counter(
            .costComponent, target + ["component"], unit: "usd", number: .money,
            "Exact cost in US dollars by what was billed"),
        .counter(
            .costDifference, target + ["sign"], unit: "usd", number: .money,
            "Absolute difference between the provider's own cost and Weir's, where the provider gave one; "
                + "sign over: the provider's was higher. The net difference is over minus under"),
        .counter(.callerCost, ["team", "caller"], unit: "usd", number: .money, "Exact cost in US dollars by caller"),
        .gauge(
            .spend, ["team", "window"], unit: "usd",
            "Spend of the current calendar window in US dollars, from the ledger"),
        .counter(.unpricedExchanges, target, "Exchanges that consumed something whose price is unknown"),
        .info(.priceCatalogInfo, ["version", "hash"], "The price catalogue in force"),
        .gauge(.priceCatalogAge, [], unit: "seconds", "Time since the price catalogue's source date"),
        .gauge(.ledgerHealthy, [], "1 when the ledger's last write succeeded, else 0"),
        .gauge(
            .ledgerLag, [], unit: "seconds", "Age of the oldest outcome that is in the journal and not in the ledger"),
        .gauge(.journalSlots, ["state"], "Places of the journal by state: open, closed, free"),
    ]

    private static let records: [InstrumentSpec] = [
        .counter(.auditEntries, ["action"], "Entries written to the audit log, by what was done"),
        .counter(.auditLost, [], "Events that the audit log could not keep while the ledger took nothing"),
        .gauge(.auditHead, [], "Sequence of the last entry of the audit log; it never falls"),
        .counter(.timelinesLost, [], "Exchanges whose timeline for weir explain could not be written"),
    ]

    private static let access: [InstrumentSpec] = [
        .counter(
            .keyNewNetworks, ["team"],
            "Uses of a key from a network (a /24 or /48) that it had not been used from; the first one of a key does not count"
        ),
        .counter(
            .permissionDenials, ["team", "permission"], "Exchanges that a permission refused, by what it speaks of"),
        .gauge(
            .storedKeys, ["state"],
            "Keys made while the gateway ran: active, expiring (within a week), expired, revoked, orphaned"),
    ]

    private static let gateway: [InstrumentSpec] = [
        .gauge(.targetAvailable, target, "1 when the target may be tried, else 0"),
        .gauge(.breakerState, target + ["state"], "1 for the state that the target's breaker is in, else 0"),
        .gauge(.targetOutstanding, target, "Attempts under way at the target"),
        .gauge(
            .targetFirstToken, target,
            "What routing expects of the target: seconds to the first token of a stream, lately and at its worst"),
        .counter(
            .targetEjections, target + ["reason"],
            "Times that a target was left alone or put behind others: its breaker opened (breaker), its provider gave no sign "
                + "of life to anybody (silence) or failed its health checks (health), it failed more often than its siblings (outlier), its provider asked for a "
                + "pause (pause)"),
        .counter(
            .hedges, ["route", "result"],
            "First attempts that were slow to speak: the second one beside it served (won), did not (lost), both failed (failed), or "
                + "none was made because there had been too many (budget) or the next target was not to be tried (refused)"
        ),
        .counter(
            .shadows, ["route", "result"],
            "Copies for a route's shadow: how they and what clients got ended (both_completed, shadow_failed, original_failed, "
                + "both_failed), refused by a gate, or dropped because too many were under way"),
        .counter(
            .shadowSeconds, ["route", "side"], unit: "seconds",
            "Of the pairs that both completed, the time of the original and of the copy; divide by their number"),
        .counter(
            .shadowFirstToken, ["route", "side"], unit: "seconds",
            "Likewise, the time to the first token of streams"),
        .counter(.shadowTokens, ["route", "side"], "Likewise, the tokens of output"),
        .gauge(.canaryState, ["route"] + target + ["state"], "1 for the state that the route's canary is in, else 0"),
        .counter(.canaryHalts, ["route", "cause"], "Times that a canary was halted: by errors, or by its first_token"),
        .gauge(
            .canaryAttempts, ["route", "arm"],
            "First attempts that are compared, at the canary and at the baseline; older ones count half"),
        .gauge(.canaryErrorRatio, ["route", "arm"], "The part of the compared attempts that failed"),
        .gauge(
            .canaryFirstToken, ["route", "arm"],
            "Typical seconds to the first token of the compared attempts, their geometric mean"),
        .gauge(.providerHealthy, ["provider"], "1 when a provider that is checked passes its health checks, else 0"),
        .counter(.healthChecks, ["provider", "result"], "Health checks of providers: passed or failed"),
        .counter(
            .providerQuestions, ["provider", "result"],
            "Questions whether a provider from which nothing came is there: answered, by whatever, or unanswered"),
        .counter(
            .retries, ["route", "result"],
            "Failed attempts that could be made again at the same target: made, or not because the retry budget was spent "
                + "(budget) or the deadline too near (deadline)"),
        .counter(
            .classifications, ["classifier", "class", "result"],
            "Requests that were classified; result: decided, cached (a model's verdict of earlier), or the default class because "
                + "nothing fitted (default), or the model that decides did not answer in time (timeout) or at all (error)"
        ),
        .histogram(
            .classificationDuration, ["classifier"], Buckets.hop,
            "Time that classifying a request took, the asked model's included"),
        .gauge(
            .qualityScore, ["route", "served_model"],
            "Mean of the scores that feedback gave, 0 to 1; older ones count less"),
        .counter(
            .feedback, ["route", "result"],
            "Feedback that was sent: new, replaced (a score given before), or rejected"),
        .gauge(
            .providerRateLimit, ["provider", "kind"],
            "What the provider last said is left of its limit; where several models have limits, the least"),
        .counter(.limitRejections, ["limit", "team"], "Exchanges that a limit refused"),
        .counter(
            .limitWaits, ["limit", "result"],
            "Exchanges that waited in a limit's queue, or found it full: served, refused after their time (timeout), pushed out "
                + "by others (shed), refused at once (full), or left by their client (gone)"),
        .counter(
            .limitWaitSeconds, ["limit"], unit: "seconds", number: .seconds,
            "Time that exchanges waited in a limit's queue"),
        .gauge(
            .permitsInUse, ["limit"],
            "Exchanges under way that hold a permit of the limit; where it counts each caller, team … apart, of the fullest"
        ),
        .gauge(
            .permitsLimit, ["limit"], "Exchanges that may be under way at once, for each that the limit counts apart"),
        .counter(
            .guardrailVerdicts, ["guardrail", "phase", "verdict", "action", "reason", "team"],
            "Verdicts of guardrails; action: what followed, none where it passes, is only told of or only tried out; one with "
                + "several reasons counts for each"),
        .histogram(
            .guardrailDuration, ["guardrail", "phase"], Buckets.hop,
            "Time that a guardrail's check of an exchange took, all pieces of a stream together"),
        .histogram(
            .guardrailHeld, [], Buckets.hop,
            "Longest time that a piece of a reply was held back for guardrails; the provider's own times do not count it"
        ),
        .counter(
            .guardrailWasted, ["guardrail"], unit: "usd", number: .money,
            "Exact cost in US dollars of replies that a guardrail ended"),
        .counter(
            .callouts, ["callout", "hop", "result"],
            "Questions to callouts by what came of them: allow, deny, annotate, rewrite; or why there was no answer"),
        .histogram(
            .calloutDuration, ["callout", "hop"], Buckets.phase, "Time from a question to a callout to its answer"),
        .gauge(.exchangesInFlight, [], "Exchanges under way"),
        .histogram(.eventLoopLag, [], Buckets.lag, "How late an event loop ran a timer"),
        .gauge(
            .connections, ["side", "state"],
            "Open connections of clients, and to providers; of HTTP/2's, each counts as active that may carry an exchange"
        ),
        .gauge(
            .queueDepth, ["queue"],
            "What waits in a queue: outcomes to be rendered, exchanges in the journal for the ledger, alerts for "
                + "notifications, what callouts are to be told, exchanges for their limit (limit/NAME, the fullest of its queues), and by signal/destination what is to be exported"
        ),
        .gauge(.queueLimit, ["queue"], "Most that may wait in the queue"),
        .counter(.connectionsShed, [], "Connections turned away before descriptors ran out"),
        .counter(
            .spansExported, ["signal", "destination"],
            "Spans, log records or metric points, by signal, that a destination accepted"),
        .counter(
            .spansDropped, ["signal", "destination", "reason"],
            "Spans of sampled traces, log records or metric points, by signal, that did not reach a destination"),
        .counter(
            .exportFailures, ["signal", "destination", "reason"], "Export requests that failed, retried ones too"),
        .gauge(
            .spoolBytes, ["signal", "destination"], unit: "bytes",
            "Disk that batches take which wait for their destination"
        ),
        .gauge(.spoolBytesMax, ["signal", "destination"], unit: "bytes", "Most that such batches may take"),
        .gauge(
            .spoolItems, ["signal", "destination"],
            "Spans, log records or metric points, by signal, that wait on disk for their destination"),
        .counter(
            .spoolErrors, ["signal", "destination", "kind"],
            "What the disk refused: a batch to write, one to read, a file with a damaged record in it"),
        .counter(.accessLinesDropped, ["reason"], "Access lines that were not written"),
        .counter(
            .seriesOverflow, ["metric"],
            "Label sets beyond the limit of an instrument, once per event loop; they share a series named _other"),
        .counter(
            .tlsHandshakes, ["result"],
            "TLS handshakes of clients: completed, failed, timed_out, or abandoned by the client"),
        .gauge(
            .certificateExpiry, ["certificate"], unit: "seconds",
            "When a certificate of Weir's ports, named by its file, ceases to be valid, in Unix time"),
        .counter(.configReloads, ["result"], "Attempts to reload the configuration"),
        .gauge(.configReloadSuccessful, [], "1 when the last load of the configuration succeeded, else 0"),
        .gauge(
            .configReloadTime, [], unit: "seconds", "When the configuration was last loaded with success, in Unix time"),
        .info(.configInfo, ["hash"], "The configuration in force, by the digest of what it says"),
        .gauge(.configVersion, [], "Configurations that this process has had in force"),
        .gauge(
            .configRestartNeeded, [],
            "Settings that were changed since the start and that only a new process takes over"),
        .gauge(.configResources, ["kind"], "What is declared through the admin API, by kind"),
        .gauge(.targetDrained, target, "1 when an operator has taken the target out, else 0"),
        .gauge(
            .overrideActive, ["override", "action"],
            "1 for each override of an operator in force: reroute moves traffic, hold keeps a budget's reroutes from doing so"
        ),
        .info(.buildInfo, ["version", "revision", "swift"], "What this program was built from"),
    ]

    private static let conventions: [InstrumentSpec] = [
        .histogram(
            .genAIOperationDuration,
            [
                Conventions.Label.operation, Conventions.Label.provider, Conventions.Label.requestModel,
                Conventions.Label.serverAddress, Conventions.Label.serverPort, Conventions.Label.errorType,
            ], Buckets.duration, "gen_ai.client.operation.duration: one attempt at a provider"),
        .histogram(
            .genAITokenUsage,
            [
                Conventions.Label.operation, Conventions.Label.provider, Conventions.Label.requestModel,
                Conventions.Label.serverAddress, Conventions.Label.serverPort, Conventions.Label.tokenType,
            ], unit: "", Buckets.tokens, "gen_ai.client.token.usage: tokens of one exchange, input and output"),
        .histogram(
            .httpServerDuration,
            [
                Conventions.Label.httpMethod, Conventions.Label.urlScheme, Conventions.Label.httpRoute,
                Conventions.Label.httpStatus, Conventions.Label.errorType,
            ], Buckets.http, "http.server.request.duration: requests of clients"),
        .histogram(
            .httpClientDuration,
            [
                Conventions.Label.httpMethod, Conventions.Label.serverAddress, Conventions.Label.serverPort,
                Conventions.Label.httpStatus, Conventions.Label.errorType,
            ], Buckets.http, "http.client.request.duration: requests to providers"),
    ]

    private static let process: [InstrumentSpec] = [
        .counter(.processCPU, [], unit: "seconds", "User and system time of this process"),
        .gauge(.processResidentMemory, [], unit: "bytes", "Memory that this process has resident"),
        .gauge(.processOpenFDs, [], "Open file descriptors"),
        .gauge(.processMaxFDs, [], "Most file descriptors that this process may open"),
        .gauge(.processStartTime, [], unit: "seconds", "When this process started, in Unix time"),
        .counter(.processContextSwitches, [], "Times that this process gave up the processor of its own accord"),
    ]
}
