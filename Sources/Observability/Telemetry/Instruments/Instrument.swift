/// What an instrument counts like.
public enum InstrumentType: String, Sendable { case counter, gauge, histogram, info }

/// The numbers that a counter's series hold.
public enum CounterNumber: Sendable {
    case count
    /// Exact US dollars.
    case money
    /// Seconds, added up in nanoseconds.
    case seconds
}

/// All that is known of one instrument: the exposition and `docs/metrics.md` are made of it.
public struct InstrumentSpec: Sendable {
    public let id: Instrument
    public let type: InstrumentType
    /// One sentence, without a full stop at the end.
    public let help: String
    /// In the words of OpenMetrics (`seconds`, `bytes`, `usd`); empty where the number is a count.
    public let unit: String
    public let labels: [String]
    /// Upper bounds of a histogram's buckets, rising, without +Inf.
    public let buckets: [Double]
    public let number: CounterNumber
    /// Whether its series carry exemplars.
    public let exemplars: Bool

    /// The name of its series in the text format 0.0.4.
    public var name: String { id.rawValue }

    /// The name of its family in OpenMetrics, which leaves out `_total` and `_info`.
    public var family: String {
        switch type {
        case .counter: name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        case .info: name.hasSuffix("_info") ? String(name.dropLast(5)) : name
        case .gauge, .histogram: name
        }
    }

    static func counter(
        _ id: Instrument, _ labels: [String], unit: String = "", number: CounterNumber = .count,
        exemplars: Bool = false, _ help: String
    ) -> InstrumentSpec {
        InstrumentSpec(
            id: id, type: .counter, help: help, unit: unit, labels: labels, buckets: [],
            number: number, exemplars: exemplars)
    }

    static func gauge(_ id: Instrument, _ labels: [String], unit: String = "", _ help: String) -> InstrumentSpec {
        InstrumentSpec(
            id: id, type: .gauge, help: help, unit: unit, labels: labels, buckets: [], number: .count, exemplars: false)
    }

    static func info(_ id: Instrument, _ labels: [String], _ help: String) -> InstrumentSpec {
        InstrumentSpec(
            id: id, type: .info, help: help, unit: "", labels: labels, buckets: [], number: .count, exemplars: false)
    }

    static func histogram(
        _ id: Instrument, _ labels: [String], unit: String = "seconds", _ buckets: [Double], exemplars: Bool = false,
        _ help: String
    ) -> InstrumentSpec {
        InstrumentSpec(
            id: id, type: .histogram, help: help, unit: unit, labels: labels, buckets: buckets, number: .count,
            exemplars: exemplars)
    }
}

/// Every instrument, by the name of its series.
public enum Instrument: String, CaseIterable, Sendable {
    case exchanges = "weir_exchanges_total"
    case exchangeDuration = "weir_exchange_duration_seconds"
    case timeToFirstToken = "weir_time_to_first_token_seconds"
    case timeToFirstVisibleToken = "weir_time_to_first_visible_token_seconds"
    case interToken = "weir_inter_token_seconds"
    case teamInference = "weir_team_inference_seconds_total"
    case gatewayOverhead = "weir_gateway_overhead_seconds"
    case hopDuration = "weir_hop_duration_seconds"
    case attempts = "weir_attempts_total"
    case attemptPhase = "weir_attempt_phase_seconds"
    case tokens = "weir_tokens_total"
    case estimatedTokens = "weir_estimated_tokens_total"
    case cost = "weir_cost_usd_total"
    case costComponent = "weir_cost_component_usd_total"
    case costDifference = "weir_cost_difference_usd_total"
    case callerCost = "weir_caller_cost_usd_total"
    case callerExchanges = "weir_caller_exchanges_total"
    case spend = "weir_spend_usd"
    case unpricedExchanges = "weir_unpriced_exchanges_total"
    case priceCatalogInfo = "weir_price_catalog_info"
    case priceCatalogAge = "weir_price_catalog_age_seconds"
    case budgetInfo = "weir_budget_info"
    case budgetLimit = "weir_budget_limit_usd"
    case budgetSpent = "weir_budget_spent_usd"
    case budgetReserved = "weir_budget_reserved_usd"
    case budgetRemaining = "weir_budget_remaining_usd"
    case budgetForecast = "weir_budget_forecast_usd"
    case budgetReset = "weir_budget_reset_timestamp_seconds"
    case budgetSignalKnown = "weir_budget_signal_known"
    case budgetRuleInfo = "weir_budget_rule_info"
    case budgetRuleState = "weir_budget_rule_state"
    case budgetRuleTransitions = "weir_budget_rule_transitions_total"
    case budgetNotifications = "weir_budget_notifications_total"
    case budgetOvershoot = "weir_budget_overshoot_usd_total"
    case rerouteActive = "weir_reroute_active"
    case reroutes = "weir_reroutes_total"
    case rerouteSaved = "weir_reroute_saved_usd_total"
    case targetAvailable = "weir_target_available"
    case breakerState = "weir_breaker_state"
    case targetOutstanding = "weir_target_outstanding_attempts"
    case targetFirstToken = "weir_target_first_token_estimate_seconds"
    case targetEjections = "weir_target_ejections_total"
    case retries = "weir_retries_total"
    case classifications = "weir_classifications_total"
    case classificationDuration = "weir_classification_duration_seconds"
    case qualityScore = "weir_quality_score"
    case feedback = "weir_feedback_total"
    case hedges = "weir_hedges_total"
    case shadows = "weir_shadows_total"
    case shadowSeconds = "weir_shadow_seconds_total"
    case shadowFirstToken = "weir_shadow_first_token_seconds_total"
    case shadowTokens = "weir_shadow_output_tokens_total"
    case canaryState = "weir_canary_state"
    case canaryHalts = "weir_canary_halts_total"
    case canaryAttempts = "weir_canary_attempts"
    case canaryErrorRatio = "weir_canary_error_ratio"
    case canaryFirstToken = "weir_canary_first_token_seconds"
    case providerHealthy = "weir_provider_healthy"
    case healthChecks = "weir_health_checks_total"
    case providerQuestions = "weir_provider_questions_total"
    case providerRateLimit = "weir_provider_ratelimit_remaining"
    case clientAborts = "weir_client_aborts_total"
    case streamsCut = "weir_streams_cut_total"
    case authenticationFailures = "weir_authentication_failures_total"
    case tokenKeysAge = "weir_jwks_age_seconds"
    case tokenKeys = "weir_jwks_keys"
    case tokenKeyFetches = "weir_jwks_fetches_total"
    case tokensRemembered = "weir_tokens_remembered"
    case providerKeyCooldown = "weir_provider_key_cooldown"
    case providerKeyRefusals = "weir_provider_key_refusals_total"
    case providerKeyAttempts = "weir_provider_key_attempts_total"
    case limitRejections = "weir_limit_rejections_total"
    case keyNewNetworks = "weir_key_new_networks_total"
    case permissionDenials = "weir_permission_denials_total"
    case storedKeys = "weir_stored_keys"
    case limitWaits = "weir_limit_waits_total"
    case limitWaitSeconds = "weir_limit_wait_seconds_total"
    case permitsInUse = "weir_permits_in_use"
    case permitsLimit = "weir_permits_limit"
    case guardrailVerdicts = "weir_guardrail_verdicts_total"
    case guardrailDuration = "weir_guardrail_duration_seconds"
    case guardrailHeld = "weir_guardrail_held_seconds"
    case guardrailWasted = "weir_guardrail_wasted_usd_total"
    case cacheRequests = "weir_cache_requests_total"
    case cacheSaved = "weir_cache_saved_usd_total"
    case cacheSavedTokens = "weir_cache_saved_tokens_total"
    case cacheSavedSeconds = "weir_cache_saved_seconds_total"
    case cacheNearMisses = "weir_cache_near_misses_total"
    case cacheEntries = "weir_cache_entries"
    case cacheBytes = "weir_cache_bytes"
    case cacheBytesMax = "weir_cache_limit_bytes"
    case cacheRemovals = "weir_cache_removals_total"
    case cacheQuestions = "weir_cache_questions"
    case promptCacheSaved = "weir_prompt_cache_saved_usd_total"
    case callouts = "weir_callouts_total"
    case calloutDuration = "weir_callout_duration_seconds"
    case exchangesInFlight = "weir_exchanges_in_flight"
    case eventLoopLag = "weir_event_loop_lag_seconds"
    case connections = "weir_connections"
    case connectionsShed = "weir_connections_shed_total"
    case queueDepth = "weir_queue_depth"
    case queueLimit = "weir_queue_limit"
    case ledgerHealthy = "weir_ledger_healthy"
    case ledgerLag = "weir_ledger_lag_seconds"
    case journalSlots = "weir_journal_slots"
    case unaccountedExchanges = "weir_unaccounted_exchanges_total"
    case auditEntries = "weir_audit_entries_total"
    case auditLost = "weir_audit_lost_total"
    case auditHead = "weir_audit_head_sequence"
    case timelinesLost = "weir_timelines_lost_total"
    case spansExported = "weir_spans_exported_total"
    case spansDropped = "weir_spans_dropped_total"
    case exportFailures = "weir_export_failures_total"
    case spoolBytes = "weir_spool_bytes"
    case spoolBytesMax = "weir_spool_limit_bytes"
    case spoolItems = "weir_spool_items"
    case spoolErrors = "weir_spool_errors_total"
    case accessLinesDropped = "weir_access_lines_dropped_total"
    case seriesOverflow = "weir_series_overflow_total"
    case tlsHandshakes = "weir_tls_handshakes_total"
    case certificateExpiry = "weir_certificate_expiry_timestamp_seconds"
    case configReloads = "weir_config_reloads_total"
    case configReloadSuccessful = "weir_config_last_reload_successful"
    case configReloadTime = "weir_config_last_reload_timestamp_seconds"
    case configInfo = "weir_config_info"
    case configVersion = "weir_config_version"
    case configRestartNeeded = "weir_config_restart_needed"
    case configResources = "weir_config_resources"
    case targetDrained = "weir_target_drained"
    case overrideActive = "weir_override_active"
    case buildInfo = "weir_build_info"
    case genAIOperationDuration = "gen_ai_client_operation_duration_seconds"
    case genAITokenUsage = "gen_ai_client_token_usage"
    case inferenceDuration = "gen_ai_client_inference_duration_seconds"
    case inferenceInputTokens = "gen_ai_client_inference_operation_input_tokens"
    case inferenceOutputTokens = "gen_ai_client_inference_operation_output_tokens"
    case inferenceInputUsage = "gen_ai_client_inference_usage_input_tokens_total"
    case inferenceOutputUsage = "gen_ai_client_inference_usage_output_tokens_total"
    case inferenceCacheReadUsage = "gen_ai_client_inference_usage_cache_read_input_tokens_total"
    case inferenceCacheWriteUsage = "gen_ai_client_inference_usage_cache_write_input_tokens_total"
    case inferenceReasoningUsage = "gen_ai_client_inference_usage_reasoning_output_tokens_total"
    case httpServerDuration = "http_server_request_duration_seconds"
    case httpClientDuration = "http_client_request_duration_seconds"
    case exporterSpans = "otel_sdk_exporter_span_exported_total"
    case exporterSpansInFlight = "otel_sdk_exporter_span_inflight"
    case exporterLogs = "otel_sdk_exporter_log_exported_total"
    case exporterLogsInFlight = "otel_sdk_exporter_log_inflight"
    case exporterPoints = "otel_sdk_exporter_metric_data_point_exported_total"
    case exporterPointsInFlight = "otel_sdk_exporter_metric_data_point_inflight"
    case exporterOperationDuration = "otel_sdk_exporter_operation_duration_seconds"
    case processorSpans = "otel_sdk_processor_span_processed_total"
    case processorSpanQueue = "otel_sdk_processor_span_queue_size"
    case processorSpanQueueCapacity = "otel_sdk_processor_span_queue_capacity"
    case processorLogs = "otel_sdk_processor_log_processed_total"
    case processorLogQueue = "otel_sdk_processor_log_queue_size"
    case processorLogQueueCapacity = "otel_sdk_processor_log_queue_capacity"
    case processCPU = "process_cpu_seconds_total"
    case processResidentMemory = "process_resident_memory_bytes"
    case processOpenFDs = "process_open_fds"
    case processMaxFDs = "process_max_fds"
    case processStartTime = "process_start_time_seconds"
    case processContextSwitches = "process_voluntary_context_switches_total"

    /// Position in the catalogue.
    var index: Int { InstrumentCatalog.positions[self, default: 0] }
    public var spec: InstrumentSpec { InstrumentCatalog.all[index] }
}
