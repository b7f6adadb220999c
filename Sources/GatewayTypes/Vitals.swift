import Synchronization

/// The signs of life of one provider: what is asked of it, and when it was last heard. All event loops write into it.
public final class Vitals: Sendable {
    /// Of the requests under way, since when nobody has heard anything; nil where none is under way.
    public struct Signs: Sendable {
        public var waitingSince: Moment?
        /// `.zero`: never.
        public var lastHeard: Moment

        public init(waitingSince: Moment?, lastHeard: Moment) {
            self.waitingSince = waitingSince
            self.lastHeard = lastHeard
        }
    }

    /// Nobody needs to know more exactly, and loops that all hear of one provider should not write all the time.
    private static let stepNanoseconds: UInt64 = 50_000_000

    private let underWay = Atomic<Int>(0)
    private let firstAsked = Atomic<UInt64>(0)
    private let lastHeard = Atomic<UInt64>(0)

    public init() {}

    /// A request is on its way; `ended` follows once.
    public func asked(now: Moment) {
        if underWay.wrappingAdd(1, ordering: .relaxed).oldValue == 0 {
            firstAsked.store(now.nanoseconds, ordering: .relaxed)
        }
    }

    /// Something came: a head, or a piece of a reply.
    public func heard(now: Moment) {
        guard now.nanoseconds > lastHeard.load(ordering: .relaxed) &+ Self.stepNanoseconds else { return }
        lastHeard.store(now.nanoseconds, ordering: .relaxed)
    }

    public func ended() { underWay.wrappingSubtract(1, ordering: .relaxed) }

    public var signs: Signs {
        let heard = lastHeard.load(ordering: .relaxed)
        guard underWay.load(ordering: .relaxed) > 0 else {
            return Signs(waitingSince: nil, lastHeard: Moment(nanoseconds: heard))
        }
        let asked = firstAsked.load(ordering: .relaxed)
        return Signs(
            waitingSince: Moment(nanoseconds: max(asked, heard)), lastHeard: Moment(nanoseconds: heard))
    }
}
