/// A target that gets a small share of a route's requests first, and loses it when it does worse than the others.
public struct Canary: Sendable {
    public let target: Target
    /// Of the route's requests, 0 … 1.
    public let share: Double
    public let halt: Halt

    /// When it is halted.
    public struct Halt: Sendable, Equatable {
        /// By how much more of its attempts may fail than of the others', 0 … 1; nil: errors halt nothing.
        public var errorsMax: Double?
        /// By what part longer its typical time to the first token may be, 0.3 being 30 %; nil: time halts nothing.
        public var firstTokenMax: Double?
        /// Attempts that it, and the others, must have had before they are judged; at least 1.
        public var minimum: Int

        public init(errorsMax: Double?, firstTokenMax: Double?, minimum: Int) {
            self.errorsMax = errorsMax
            self.firstTokenMax = firstTokenMax
            self.minimum = minimum
        }
    }

    public init(target: Target, share: Double, halt: Halt) {
        self.target = target
        self.share = share
        self.halt = halt
    }
}
