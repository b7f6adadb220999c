public import GatewayTypes

extension Configuration {
    /// Which traces are kept. The end of the exchange decides.
    public struct Sampling: Sendable {
        /// 0 … 1.
        public internal(set) var ratio = 1.0
        public internal(set) var errors = true
        public internal(set) var clientErrors = false
        public internal(set) var blocked = true
        public internal(set) var moved = true
        public internal(set) var newModels = true
        public internal(set) var slowerThanSeconds: Double?
        public internal(set) var dearerThan: Money?

        static let section = Section<Sampling>(
            "sampling", "Which traces are kept: a share of all, and beside it what is worth a look.",
            empty: { Sampling() },
            fields: [
                Field(
                    "ratio", \.ratio, .percent,
                    "The share of traces that begin here; a client's trace is kept where the client keeps it. "
                        + "`OTEL_TRACES_SAMPLER` goes before it."),
                Field("errors", \.errors, .boolean, "Keep what failed by the gateway's or a provider's fault."),
                Field("client_errors", \.clientErrors, .boolean, "Keep what failed by the client's own mistake, too."),
                Field("blocked", \.blocked, .boolean, "Keep what was refused on purpose, by a budget for instance."),
                Field("moved", \.moved, .boolean, "Keep what was rerouted or fell back."),
                Field("new_models", \.newModels, .boolean, "Keep the first exchange with each model of a provider."),
                Field(
                    "slower_than", optional: \.slowerThanSeconds, .duration("1ms", "1d"),
                    "Keep what took longer; off when left out."),
                Field("dearer_than", optional: \.dearerThan, .dollars, "Keep what cost more; off when left out."),
            ])
    }

    /// How a request may name its trace; the words are those of `OTEL_PROPAGATORS`.
    public enum Propagator: String, CaseIterable, Sendable {
        case tracecontext, baggage, b3, b3multi

        static let standard: [Propagator] = [.tracecontext, .baggage]
    }
}

extension Kind where Value == Configuration.Telemetry.Spans {
    /// A word; a truth value for those who only want them on or off.
    static let spans = Kind(.either([Kind.choice.shape, .boolean])) { tree, path, reader in
        switch tree.content {
        case .text("true", false): .all
        case .text("false", false): .off
        case .text, .empty, .list, .map: Kind.choice.read(tree, path, reader)
        }
    } write: {
        $0.rawValue
    }
}

extension Kind where Value == Double {
    /// A share, 0 … 1: `10%`, `0.5%`.
    static let percent = Kind.scalar(
        .text("share, `0%` to `100%`", pattern: #"^[0-9]{1,3}(\.[0-9]{1,6})?%$"#), expected: "a share such as 10%"
    ) { text, _ in
        guard text.hasSuffix("%"), text.utf8.count <= 12, let value = Double(text.dropLast()), value.isFinite,
            text.utf8.first.map({ (0x30...0x39).contains($0) }) == true, !text.lowercased().contains("x")
        else { return .wrong("\(Words.quoted(text)) is not a share; write per cent, such as 10% or 0.5%") }
        guard value <= 100 else { return .wrong("\(Words.shortened(text)) is out of bounds; write 0% to 100%") }
        return .value(value / 100)
    } write: {
        let percent = $0 * 100
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}

extension Kind where Value == Money {
    /// An amount of money: `0.50 USD`.
    static let dollars = Kind.scalar(
        .text("amount, `0.50 USD`", pattern: #"^[0-9]+(\.[0-9]{1,12})? USD$"#), expected: "an amount such as 0.50 USD"
    ) { text, _ in
        guard text.hasSuffix(" USD"), let money = Money(text.dropLast(4)), money >= .zero else {
            return .wrong("\(Words.quoted(text)) is not an amount; write US dollars, such as 0.50 USD")
        }
        return .value(money)
    } write: {
        $0.description + " USD"
    }
}
