import GRDB
import GatewayTypes

extension LedgerRow {
    /// In the order of `LedgerSchema.exchangeColumns`.
    func bind(to binder: inout StatementBinder) {
        let amount = LedgerAmount(cost.total)
        binder.bind(id.description)
        binder.bind(arrivedAt.nanoseconds)
        binder.bind(durationNanoseconds)
        binder.bind(Int64(bitPattern: instance))
        binder.bind(worker)
        binder.bind(operation)
        binder.bind(surface)
        binder.bind(route)
        binder.bind(team)
        binder.bind(caller)
        binder.bind(keyAlias)
        binder.bind(provider)
        binder.bind(providerKeyAlias)
        binder.bind(askedModel)
        binder.bind(servedModel)
        binder.bind(responseModel)
        binder.bind(providerRequestID)
        binder.bind(outcome)
        binder.bind(status)
        binder.bind(moved)
        binder.bind(stream ? 1 : 0)
        binder.bind(attempts)
        for type in TokenType.allCases { binder.bind(usage[type]) }
        binder.bind(usage.cacheWriteHourTokens)
        binder.bind(usage.reportedTotal)
        binder.bind(usage.source.rawValue)
        binder.bind(amount.hi)
        binder.bind(amount.lo)
        binder.bind(cost.status.rawValue)
        binder.bind(CostLinesText.text(cost.lines))
        binder.bind(cost.tier)
        binder.bind(cost.catalogHash)
        binder.bind(purpose)
        binder.bind(abortBilling)
        binder.bind(firstTokenNanoseconds)
        binder.bind(Hex.text(traceHigh) + Hex.text(traceLow))
        binder.bind(Hex.text(spanID))
        binder.bind(usage.reportedCost?.description)
        binder.bind(reserved?.description)
        binder.bind(budget)
        binder.bind(rule)
        binder.bind(reroutedTo)
        binder.bind(demand?.description)
    }

    /// Nil when the row was not written by this Weir or an earlier one.
    init?(_ row: Row) {
        guard let id = ExchangeID(row["id"] as String), let source = UsageSource(rawValue: row["usage_source"]),
            let status = PriceStatus(rawValue: row["cost_status"]), let lines = CostLinesText.lines(row["cost_lines"]),
            let trace = ExchangeID(row["trace_id"] as String), let span = UInt64(row["span_id"] as String, radix: 16)
        else { return nil }
        self.init(
            id: id, arrivedAt: WallTime(nanoseconds: row["arrived_at_ns"]),
            instance: UInt64(bitPattern: row["instance"] as Int64), worker: row["worker"])
        durationNanoseconds = row["duration_ns"]
        operation = row["operation"]
        surface = row["surface"]
        route = row["route"]
        team = row["team"]
        caller = row["caller"]
        keyAlias = row["key_alias"]
        provider = row["provider"]
        providerKeyAlias = row["provider_key_alias"]
        askedModel = row["asked_model"]
        servedModel = row["served_model"]
        responseModel = row["response_model"]
        providerRequestID = row["provider_request_id"]
        outcome = row["outcome"]
        self.status = row["status"]
        moved = row["moved"]
        stream = row["stream"]
        attempts = row["attempts"]
        usage = Usage(source: source)
        for (type, column) in zip(TokenType.allCases, LedgerSchema.tokenColumns) { usage[type] = row[column] }
        usage.cacheWriteHourTokens = row["cache_write_1h"]
        usage.reportedTotal = row["reported_total"]
        usage.reportedCost = (row["reported_cost"] as String?).flatMap { Money($0) }
        cost = Cost(status: status, lines: lines, tier: row["tier"], catalogHash: row["catalog_hash"])
        purpose = row["purpose"]
        abortBilling = row["abort_billing"]
        firstTokenNanoseconds = row["ttft_ns"]
        traceHigh = trace.high
        traceLow = trace.low
        spanID = span
        reserved = (row["reserved"] as String?).flatMap { Money($0) }
        budget = row["budget"]
        rule = row["rule"]
        reroutedTo = row["rerouted_to"]
        demand = (row["demand"] as String?).flatMap { Money($0) }
    }
}
