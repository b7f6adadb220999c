/// Keeps outcomes for later questions; called off the event loops, with a few dozen at a time in the order of their ends.
public protocol OutcomeKeeper: Sendable {
    func keep(_ outcomes: ArraySlice<Outcome>)
}
