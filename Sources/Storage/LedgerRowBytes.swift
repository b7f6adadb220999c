import GatewayTypes

// A row as the journal keeps it: version, then the fields in a fixed order. Words instead of positions stand for closed
// sets, so that a journal survives an upgrade that adds cases.
extension LedgerRow {
    static let bytesVersion: UInt8 = 1

    /// Writes the row and says how many bytes it took. Long texts are cut as far as it takes to fit, which it always
    /// does in 1,200 bytes.
    func encode(into memory: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = memory.baseAddress else { return 0 }
        var stringBytesMax = 512
        while stringBytesMax > 0 {
            var sink = ByteSink(memory, base: base, stringBytesMax: stringBytesMax)
            write(to: &sink)
            if sink.fits { return sink.count }
            stringBytesMax = stringBytesMax * 3 / 4
        }
        return 0
    }

    /// Nil when the bytes are not exactly one row of a known version.
    init?(bytes: UnsafeRawBufferPointer) {
        var source = ByteSource(bytes)
        self.init(from: &source)
        guard source.isAtEnd else { return nil }
    }

    /// Nil when what comes next is not a row of a known version.
    init?(from source: inout ByteSource) {
        guard source.integer(UInt8.self) == Self.bytesVersion else { return nil }
        self.init(
            id: ExchangeID(high: source.integer(), low: source.integer()),
            arrivedAt: WallTime(nanoseconds: source.integer()), instance: source.integer(),
            worker: Int(source.integer(Int32.self)))
        readFacts(from: &source)
        guard let usage = Usage(from: &source), let cost = Cost(from: &source) else { return nil }
        self.usage = usage
        self.cost = cost
    }

    func write(to sink: inout ByteSink) {
        sink.put(Self.bytesVersion)
        sink.put(id.high)
        sink.put(id.low)
        sink.put(arrivedAt.nanoseconds)
        sink.put(instance)
        sink.put(Int32(truncatingIfNeeded: worker))
        sink.put(durationNanoseconds)
        sink.put(Int32(truncatingIfNeeded: status))
        sink.put(stream ? 1 : 0 as UInt8)
        sink.put(Int32(truncatingIfNeeded: attempts))
        sink.put(optional: firstTokenNanoseconds)
        sink.put(traceHigh)
        sink.put(traceLow)
        sink.put(spanID)
        sink.put(optional: reserved?.picodollars)
        sink.put(operation)
        sink.put(surface)
        sink.put(route)
        sink.put(team)
        sink.put(caller)
        sink.put(keyAlias)
        sink.put(provider)
        sink.put(providerKeyAlias)
        sink.put(askedModel)
        sink.put(servedModel)
        sink.put(optional: responseModel)
        sink.put(optional: providerRequestID)
        sink.put(outcome)
        sink.put(moved)
        sink.put(purpose)
        sink.put(optional: abortBilling)
        sink.put(optional: budget)
        sink.put(optional: rule)
        sink.put(optional: reroutedTo)
        sink.put(optional: demand?.picodollars)
        usage.write(to: &sink)
        cost.write(to: &sink)
    }

    private mutating func readFacts(from source: inout ByteSource) {
        durationNanoseconds = source.integer()
        status = Int(source.integer(Int32.self))
        stream = source.integer(UInt8.self) != 0
        attempts = Int(source.integer(Int32.self))
        firstTokenNanoseconds = source.optional()
        traceHigh = source.integer()
        traceLow = source.integer()
        spanID = source.integer()
        reserved = source.optional(Int128.self).map(Money.init(picodollars:))
        operation = source.text()
        surface = source.text()
        route = source.text()
        team = source.text()
        caller = source.text()
        keyAlias = source.text()
        provider = source.text()
        providerKeyAlias = source.text()
        askedModel = source.text()
        servedModel = source.text()
        responseModel = source.optionalText()
        providerRequestID = source.optionalText()
        outcome = source.text()
        moved = source.text()
        purpose = source.text()
        abortBilling = source.optionalText()
        budget = source.optionalText()
        rule = source.optionalText()
        reroutedTo = source.optionalText()
        demand = source.optional(Int128.self).map(Money.init(picodollars:))
    }
}

extension Usage {
    func write(to sink: inout ByteSink) {
        sink.put(source.rawValue)
        for type in TokenType.allCases { sink.put(optional: self[type]) }
        sink.put(cacheWriteHourTokens)
        sink.put(optional: reportedTotal)
        sink.put(optional: reportedCost?.picodollars)
    }

    init?(from bytes: inout ByteSource) {
        guard let source = UsageSource(rawValue: bytes.text()) else { return nil }
        self.init(source: source)
        for type in TokenType.allCases { self[type] = bytes.optional() }
        cacheWriteHourTokens = bytes.integer()
        reportedTotal = bytes.optional()
        reportedCost = bytes.optional(Int128.self).map(Money.init(picodollars:))
        if bytes.failed { return nil }
    }
}

extension Cost {
    func write(to sink: inout ByteSink) {
        sink.put(status.rawValue)
        sink.put(tier)
        sink.put(catalogHash)
        sink.put(UInt8(truncatingIfNeeded: lines.count))
        for line in lines {
            sink.put(line.component.rawValue)
            sink.put(line.units)
            sink.put(line.price.picodollarsPerMillion)
        }
    }

    init?(from bytes: inout ByteSource) {
        guard let status = PriceStatus(rawValue: bytes.text()) else { return nil }
        let tier = bytes.text()
        let hash = bytes.text()
        var lines: [CostLine] = []
        for _ in 0..<bytes.integer(UInt8.self) {
            guard let component = CostComponent(rawValue: bytes.text()) else { return nil }
            let units: Int64 = bytes.integer()
            lines.append(
                CostLine(
                    component: component, units: units, price: UnitPrice(picodollarsPerMillion: bytes.integer())))
        }
        if bytes.failed { return nil }
        self.init(status: status, lines: lines, tier: tier, catalogHash: hash)
    }
}
