import GatewayTypes

/// A story as the ring keeps it: written from the outcome as it is, read as an `ExchangeStory`.
enum StoryBytes {
    /// How much is written: from all to what always fits.
    private struct Extent {
        var attemptsMax = Int.max
        let textBytesMax: Int
        /// Of notes, dropped fields and finish reasons.
        let listMax: Int

        static let all = [
            Extent(textBytesMax: 256, listMax: 16), Extent(textBytesMax: 96, listMax: 8),
            Extent(textBytesMax: 32, listMax: 4), Extent(attemptsMax: 3, textBytesMax: 32, listMax: 4),
            Extent(attemptsMax: 3, textBytesMax: 16, listMax: 2), Extent(attemptsMax: 2, textBytesMax: 16, listMax: 1),
        ]
    }

    /// Writes the story and says how many bytes it took. Texts are cut, and at the last attempts left out, as far as it
    /// takes to fit; 0 when even that did not do.
    static func encode(_ outcome: Outcome, into memory: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = memory.baseAddress else { return 0 }
        let row = LedgerRow(outcome, instance: 0, worker: 0)
        for extent in Extent.all {
            var sink = ByteSink(memory, base: base, stringBytesMax: extent.textBytesMax)
            write(outcome, row, extent, to: &sink)
            if sink.fits { return sink.count }
        }
        return 0
    }

    private static func write(_ outcome: Outcome, _ row: LedgerRow, _ extent: Extent, to sink: inout ByteSink) {
        row.write(to: &sink)
        sink.put(outcome.accounted ? 1 : 0 as UInt8)
        sink.put(outcome.overheadNanoseconds)
        writeHops(outcome, to: &sink)
        sink.put(Int8(truncatingIfNeeded: outcome.servedAttempt.map { $0 + 1 } ?? 0))
        let count = outcome.attempts.count
        let first = min(count, extent.attemptsMax) - (count > extent.attemptsMax ? 1 : 0)
        sink.put(UInt8(truncatingIfNeeded: min(count, extent.attemptsMax)))
        for index in outcome.attempts.indices where index < first || index == count - 1 {
            write(outcome.attempts[index], index + 1, outcome, to: &sink)
        }
        writeReasons(outcome, listMax: extent.listMax, to: &sink)
    }

    private static func writeHops(_ outcome: Outcome, to sink: inout ByteSink) {
        var entered: UInt16 = 0
        for hop in hops where outcome.hops[hop].entered { entered |= 1 << UInt16(hop.index) }
        sink.put(entered)
        for hop in hops where outcome.hops[hop].entered {
            sink.put(outcome.hops[hop].began.nanoseconds(since: outcome.arrived))
            sink.put(outcome.hops[hop].nanoseconds)
        }
    }

    private static func write(
        _ attempt: AttemptOutcome, _ number: Int, _ outcome: Outcome, to sink: inout ByteSink
    ) {
        sink.put(UInt8(truncatingIfNeeded: number))
        sink.put(attempt.began.nanoseconds(since: outcome.arrived))
        sink.put(attempt.ended.nanoseconds(since: attempt.began))
        sink.put(attempt.target.provider.text)
        sink.put(attempt.target.servedModel.text)
        sink.put(attempt.keyAlias)
        sink.put(attempt.phases.dns)
        sink.put(attempt.phases.connect)
        sink.put(attempt.phases.tls)
        sink.put(attempt.phases.wait)
        sink.put(attempt.phases.stream)
        sink.put(attempt.phases.reused ? 1 : 0 as UInt8)
        sink.put(optional: attempt.firstToken?.nanoseconds(since: outcome.arrived))
        sink.put(optional: attempt.firstVisibleToken?.nanoseconds(since: outcome.arrived))
        sink.put(Int16(truncatingIfNeeded: attempt.status))
        sink.put(UInt8(truncatingIfNeeded: attempt.resendCount))
        sink.put(optional: attempt.providerRequestID)
        sink.put(optional: attempt.failure?.reason.rawValue)
        if let failure = attempt.failure {
            sink.put(failure.message)
            sink.put(failure.retryable ? 1 : 0 as UInt8)
        }
        writeMoney(attempt, outcome, to: &sink)
    }

    /// What an attempt consumed: mostly nothing, or what the row says of the exchange.
    private enum Money: UInt8 { case nothing, asTheRow, own }

    private static func writeMoney(_ attempt: AttemptOutcome, _ outcome: Outcome, to sink: inout ByteSink) {
        if attempt.usage.isEmpty && attempt.cost.status == .nothing {
            sink.put(Money.nothing.rawValue)
        } else if attempt.usage == outcome.wholeUsage && attempt.cost == outcome.wholeCost {
            sink.put(Money.asTheRow.rawValue)
        } else {
            sink.put(Money.own.rawValue)
            attempt.usage.write(to: &sink)
            attempt.cost.write(to: &sink)
        }
    }

    private static func writeReasons(_ outcome: Outcome, listMax: Int, to sink: inout ByteSink) {
        switch outcome.override?.action {
        case .reroute(let from, _):
            sink.put(optional: from.text)
            sink.put(optional: nil as Int64?)
        case .clamp(let outputTokensMax):
            sink.put(optional: nil as String?)
            sink.put(optional: outputTokensMax)
        case nil:
            sink.put(optional: nil as String?)
            sink.put(optional: nil as Int64?)
        }
        sink.put(optional: outcome.failure?.message)
        let notes = outcome.explanations.prefix(listMax)
        sink.put(UInt8(notes.count))
        for note in notes {
            sink.put(UInt8(note.hop.index))
            sink.put(note.text)
        }
        write(outcome.dropped.prefix(listMax), to: &sink)
        write(outcome.reply.finishReasons.prefix(listMax), to: &sink)
    }

    private static func write(_ texts: ArraySlice<String>, to sink: inout ByteSink) {
        sink.put(UInt8(texts.count))
        for text in texts { sink.put(text) }
    }

    // MARK: Reading

    /// Nil when the bytes are not exactly one story.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> ExchangeStory? {
        var source = ByteSource(bytes)
        guard let row = LedgerRow(from: &source) else { return nil }
        var story = ExchangeStory(row: row)
        story.isAccounted = source.integer(UInt8.self) != 0
        story.overheadNanoseconds = source.integer()
        let entered = source.integer(UInt16.self)
        for hop in hops where entered & (1 << UInt16(hop.index)) != 0 {
            story.hops.append(
                ExchangeStory.HopTime(hop: hop, time: .init(start: source.integer(), nanoseconds: source.integer())))
        }
        let served = source.integer(Int8.self)
        story.servedAttempt = served == 0 ? nil : Int(served)
        for _ in 0..<source.integer(UInt8.self) {
            guard let attempt = attempt(from: &source, row) else { return nil }
            story.attempts.append(attempt)
        }
        story.reroutedFrom = source.optionalText()
        story.clampedTo = source.optional()
        story.failureMessage = source.optionalText()
        for _ in 0..<source.integer(UInt8.self) {
            let index = Int(source.integer(UInt8.self))
            guard index < hops.count else { return nil }
            story.notes.append(ExchangeStory.Remark(hop: hops[index], text: source.text()))
        }
        story.dropped = texts(from: &source)
        story.finishReasons = texts(from: &source)
        return source.failed || !source.isAtEnd ? nil : story
    }

    private static func attempt(from source: inout ByteSource, _ row: LedgerRow) -> ExchangeStory.Attempt? {
        var attempt = ExchangeStory.Attempt()
        attempt.number = Int(source.integer(UInt8.self))
        attempt.time = .init(start: source.integer(), nanoseconds: source.integer())
        attempt.provider = source.text()
        attempt.model = source.text()
        attempt.keyAlias = source.text()
        attempt.dns = source.integer()
        attempt.connect = source.integer()
        attempt.tls = source.integer()
        attempt.wait = source.integer()
        attempt.stream = source.integer()
        attempt.isReused = source.integer(UInt8.self) != 0
        attempt.firstToken = source.optional()
        attempt.firstVisibleToken = source.optional()
        attempt.status = Int(source.integer(Int16.self))
        attempt.resendCount = Int(source.integer(UInt8.self))
        attempt.providerRequestID = source.optionalText()
        attempt.reason = source.optionalText()
        if attempt.reason != nil {
            attempt.message = source.text()
            attempt.isRetryable = source.integer(UInt8.self) != 0
        }
        switch Money(rawValue: source.integer()) {
        case .nothing: break
        case .asTheRow:
            attempt.usage = row.usage
            attempt.cost = row.cost
        case .own:
            guard let usage = Usage(from: &source), let cost = Cost(from: &source) else { return nil }
            attempt.usage = usage
            attempt.cost = cost
        case nil: return nil
        }
        return source.failed ? nil : attempt
    }

    private static func texts(from source: inout ByteSource) -> [String] {
        (0..<source.integer(UInt8.self)).map { _ in source.text() }
    }

    private static let hops = Hop.allCases
}
