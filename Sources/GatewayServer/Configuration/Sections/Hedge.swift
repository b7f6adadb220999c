public import GatewayTypes

extension Configuration {
    /// A second attempt beside a first one that is slow.
    public struct Hedge: Sendable {
        public internal(set) var after = HedgeRule.Delay.percentile(0.95)
        public internal(set) var atMostPercent = 5

        static let section = Section<Hedge>(
            "hedge",
            "Asks the next target too when the first one has said nothing for a while; whoever gives the first token serves, and "
                + "the other one is cancelled and paid for. Chat, completions, embeddings, moderation and reranking only.",
            empty: { Hedge() },
            fields: [
                Field(
                    "after", \.after, .hedgeDelay,
                    "A time, or the percentile of what the target has taken of late: `p95` waits for what 95 % of its replies "
                        + "took (of twenty at least; before that, nothing is hedged)."),
                Field(
                    "at_most", \.atMostPercent, .percent(1...100),
                    "Second attempts for each request of the model in the long run; ten may be saved up."),
            ])
    }
}

extension Kind where Value == HedgeRule.Delay {
    static var hedgeDelay: Kind {
        let words = "duration, or `p50` to `p99`"
        let pattern = #"^(p[5-9][0-9]|([0-9]+(d|h|ms|m|s))+)$"#
        return .scalar(
            .text(words, pattern: pattern), expected: "a percentile such as p95, or a duration such as 800ms"
        ) {
            text, _ in
            if text.first == "p" {
                guard text.count == 3, let percent = Int(text.dropFirst()), percent >= 50 else {
                    return .wrong("\(Words.quoted(text)) is no percentile; write p50 to p99, such as p95")
                }
                return .value(.percentile(Double(percent) / 100))
            }
            guard let milliseconds = DurationText.milliseconds(text) else {
                return .wrong("\(Words.quoted(text)) is neither a percentile nor a duration; write p95 or 800ms")
            }
            guard (1...3_600_000).contains(milliseconds) else {
                return .wrong("\(Words.shortened(text)) is out of bounds; write 1ms to 1h")
            }
            return .value(.seconds(Double(milliseconds) / 1000))
        } write: {
            switch $0 {
            case .percentile(let part): "p\(Int((part * 100).rounded()))"
            case .seconds(let seconds): DurationText.text(seconds: seconds)
            }
        }
    }
}
