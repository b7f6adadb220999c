import GatewayTypes

/// What clients are told who have reached a limit: which, and when to try again.
enum LimitRefusal {
    static func limit(
        _ definition: LimitDefinition, _ obstacle: LimitState.Obstacle, _ readings: LimitReadings
    ) -> Failure {
        let seconds = LimitFields.wholeSeconds(obstacle.waitNanoseconds)
        var failure = Failure(
            .rateLimited,
            "Limit \"\(definition.name.text)\" is reached: \(what(definition, obstacle)) for \(definition.whose)."
                + " Try again in \(seconds) s.",
            retryAfterSeconds: Int(seconds))
        failure.fields = LimitFields.fields(readings) + [name(definition)]
        return failure
    }

    static func body(_ definition: LimitDefinition, _ bytesMax: Int) -> Failure {
        var failure = Failure(
            .payloadTooLarge,
            "Limit \"\(definition.name.text)\" allows a body of \(bytesMax) bytes; send a smaller request.")
        failure.fields = [name(definition)]
        return failure
    }

    static func outputTokens(_ definition: LimitDefinition, _ tokensMax: Int64) -> Failure {
        var failure = Failure(
            .badRequest,
            "Limit \"\(definition.name.text)\" allows \(tokensMax) output tokens; ask for no more than that.",
            param: "max_tokens")
        failure.fields = [name(definition)]
        return failure
    }

    /// Which part of the limit it was.
    static func what(_ definition: LimitDefinition, _ obstacle: LimitState.Obstacle) -> String {
        guard let rate = obstacle.rate else { return "\(definition.concurrent ?? 0) at once" }
        return LimitDefinition.text(definition.rates[rate])
    }

    /// A field's value holds no control characters and only ASCII.
    private static func name(_ definition: LimitDefinition) -> ReplyField {
        ReplyField(
            "x-weir-limit",
            String(definition.name.text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? Character($0) : "_" }))
    }
}

/// The fields that SDKs read, in the words that OpenAI's API has for them.
enum LimitFields {
    static func fields(_ readings: LimitReadings) -> [ReplyField] {
        var fields: [ReplyField] = []
        fields.reserveCapacity(7)
        if let reading = readings.requests {
            fields.append(ReplyField("x-ratelimit-limit-requests", String(reading.limit)))
            fields.append(ReplyField("x-ratelimit-remaining-requests", String(reading.remaining)))
            fields.append(ReplyField("x-ratelimit-reset-requests", duration(reading.resetNanoseconds)))
        }
        if let reading = readings.tokens {
            fields.append(ReplyField("x-ratelimit-limit-tokens", String(reading.limit)))
            fields.append(ReplyField("x-ratelimit-remaining-tokens", String(reading.remaining)))
            fields.append(ReplyField("x-ratelimit-reset-tokens", duration(reading.resetNanoseconds)))
        }
        return fields
    }

    /// At least 1, rounded up: who waits so long finds room.
    static func wholeSeconds(_ nanoseconds: Int64) -> Int64 { max(1, (nanoseconds + 999_999_999) / 1_000_000_000) }

    /// `120ms`, `59s`, `6m0s`, `23h59m1s`; rounded up.
    static func duration(_ nanoseconds: Int64) -> String {
        // Put together from short strings, which need no memory; interpolating would.
        guard nanoseconds >= 1_000_000_000 else { return String((nanoseconds + 999_999) / 1_000_000) + "ms" }
        let seconds = wholeSeconds(nanoseconds)
        if seconds < 60 { return String(seconds) + "s" }
        let minutes = String(seconds / 60 % 60) + "m" + String(seconds % 60) + "s"
        return seconds < 3600 ? minutes : String(seconds / 3600) + "h" + minutes
    }
}
