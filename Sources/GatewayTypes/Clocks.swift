#if canImport(Glibc)
    public import Glibc
#endif

/// A point on the monotonic clock, in nanoseconds: for timeouts and latency. A stepped wall clock cannot move it.
public struct Moment: Hashable, Comparable, Sendable {
    public var nanoseconds: UInt64

    @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static let zero = Moment(nanoseconds: 0)
    public static let distantFuture = Moment(nanoseconds: .max)

    @inlinable public static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    @inlinable public static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Negative when `earlier` is later than this moment.
    @inlinable public func nanoseconds(since earlier: Moment) -> Int64 {
        Int64(bitPattern: nanoseconds &- earlier.nanoseconds)
    }

    @inlinable public func seconds(since earlier: Moment) -> Double { Double(nanoseconds(since: earlier)) / 1e9 }

    @inlinable public func advanced(bySeconds seconds: Double) -> Moment {
        Moment(nanoseconds: nanoseconds &+ UInt64(max(0, seconds) * 1e9))
    }
}

/// A point on the wall clock, in nanoseconds since the Unix epoch: for windows, rules and the ledger.
public struct WallTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    @inlinable public static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    @inlinable public func advanced(byNanoseconds delta: Int64) -> WallTime {
        WallTime(nanoseconds: nanoseconds &+ delta)
    }
}
