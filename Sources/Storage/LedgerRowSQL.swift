import GRDB
import GatewayTypes

extension LedgerRow {
    /// In the order of `LedgerSchema.exchangeColumns`.
    var databaseValues: [DatabaseValue] {
        let amount = LedgerAmount(cost.total)
        var values: [DatabaseValue] = []
        values.reserveCapacity(LedgerSchema.exchangeColumns.count)
        values += [
            id.description.databaseValue, arrivedAt.nanoseconds.databaseValue, durationNanoseconds.databaseValue,
            Int64(bitPattern: instance).databaseValue, worker.databaseValue, operation.databaseValue,
            surface.databaseValue, route.databaseValue, team.databaseValue, caller.databaseValue,
            keyAlias.databaseValue, provider.databaseValue, providerKeyAlias.databaseValue, askedModel.databaseValue,
            servedModel.databaseValue, responseModel.databaseValue, providerRequestID.databaseValue,
            outcome.databaseValue, status.databaseValue, moved.databaseValue, stream.databaseValue,
            attempts.databaseValue,
        ]
        for type in TokenType.allCases { values.append(usage[type].databaseValue) }
        values += [
            usage.cacheWriteHourTokens.databaseValue, usage.reportedTotal.databaseValue,
            usage.source.rawValue.databaseValue, amount.hi.databaseValue, amount.lo.databaseValue,
            cost.status.rawValue.databaseValue, CostLinesText.text(cost.lines).databaseValue, cost.tier.databaseValue,
            cost.catalogHash.databaseValue, purpose.databaseValue, abortBilling.databaseValue,
            firstTokenNanoseconds.databaseValue, (Hex.text(traceHigh) + Hex.text(traceLow)).databaseValue,
            Hex.text(spanID).databaseValue, (usage.reportedCost?.description).databaseValue,
            (reserved?.description).databaseValue,
        ]
        return values
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
    }
}
