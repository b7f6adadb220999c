/// Why a strategy put a target first. It is written out only where somebody reads it: most exchanges are read by nobody.
public struct RouteChoice: Sendable {
    /// A target, and what the strategy held against the others' figure; nil where it compared nothing, or knows none.
    public struct Candidate: Sendable {
        public let target: Target
        public let figure: Double?

        public init(_ target: Target, figure: Double? = nil) {
            self.target = target
            self.figure = figure
        }
    }

    public let strategy: Route.Strategy
    /// What the label `moved` says when this target serves.
    public let moved: Moved
    public let chosen: Candidate
    /// The one that would have come next.
    public let next: Candidate?
    /// What was compared, in words with its unit.
    public let measure: String

    public init(
        strategy: Route.Strategy, moved: Moved, chosen: Candidate, next: Candidate? = nil, measure: String
    ) {
        self.strategy = strategy
        self.moved = moved
        self.chosen = chosen
        self.next = next
        self.measure = measure
    }

    /// `lowest_latency: openai/gpt-5 (0.21) before local/llama (0.5), by seconds to the first token`
    public var text: String {
        let rest = next.map { " before " + Self.text($0) } ?? ""
        return "\(strategy.rawValue): \(Self.text(chosen))\(rest), by \(measure)"
    }

    private static func text(_ candidate: Candidate) -> String {
        let name = "\(candidate.target.provider.text)/\(candidate.target.servedModel.text)"
        guard let figure = candidate.figure, figure.isFinite else { return name }
        // Six places: a microdollar, a microsecond.
        return "\(name) (\((figure * 1e6).rounded() / 1e6))"
    }
}
