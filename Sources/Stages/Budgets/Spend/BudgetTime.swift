public import GatewayTypes

/// One reading of both clocks. The wall says which calendar window it is; all lengths of time are taken from the monotonic
/// clock, so that a stepped wall clock cannot lengthen, shorten or empty them.
public struct BudgetTime: Sendable, Equatable {
    public var moment: Moment
    public var wall: WallTime

    @inlinable public init(moment: Moment, wall: WallTime) {
        self.moment = moment
        self.wall = wall
    }

    @inlinable public static func now() -> BudgetTime { BudgetTime(moment: .now(), wall: .now()) }

    /// Both clocks, so much later (or earlier).
    public func advanced(byNanoseconds delta: Int64) -> BudgetTime {
        BudgetTime(
            moment: Moment(nanoseconds: moment.nanoseconds &+ UInt64(bitPattern: delta)),
            wall: wall.advanced(byNanoseconds: delta))
    }
}
