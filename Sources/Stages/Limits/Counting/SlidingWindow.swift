import GatewayTypes

/// How much was counted in the last stretch of time, in fixed memory: 50 slots and a part of the one that is just leaving.
///
/// Within a slot the counts are taken as evenly spread, so that the sum is off by what that one slot holds at most.
struct SlidingWindow: Sendable {
    static let slotCount: Int64 = 50
    private static let ringCount = Int(slotCount) + 1

    /// The most that may be counted in any stretch.
    let amount: Int64
    /// Nanoseconds.
    let slotWidth: Int64
    private var slots = [Int64](repeating: 0, count: ringCount)
    /// Number of the slot that is being filled, counted from the clock's zero.
    private var newest: Int64 = 0
    private var sum: Int64 = 0

    init(_ rate: LimitRate) {
        amount = rate.amount
        slotWidth = rate.period.nanoseconds / Self.slotCount
    }

    /// What counts at `now`.
    mutating func used(at now: Moment) -> Int64 {
        advance(to: now)
        return sum - gone(at: now)
    }

    mutating func fits(_ cost: Int64, at now: Moment) -> Bool {
        let used = used(at: now)
        return used + max(1, min(cost, amount)) <= amount
    }

    mutating func take(_ cost: Int64, at now: Moment) {
        advance(to: now)
        slots[Self.place(newest)] += cost
        sum += cost
    }

    /// Puts a reservation made at `reserved` right: what was too much is given back there, what was too little counts now.
    mutating func correct(by delta: Int64, reserved: Moment, at now: Moment) {
        if delta > 0 { return take(delta, at: now) }
        advance(to: now)
        let slot = Int64(bitPattern: reserved.nanoseconds) / slotWidth
        // Its slot has left already: nothing counts any more.
        guard slot >= newest - Self.slotCount, slot <= newest else { return }
        let given = min(-delta, slots[Self.place(slot)])
        slots[Self.place(slot)] -= given
        sum -= given
    }

    /// Nanoseconds until `cost` fits if nothing else is counted; 0 where it fits now.
    mutating func wait(for cost: Int64, at now: Moment) -> Int64 {
        var need = used(at: now) + max(1, min(cost, amount)) - amount
        guard need > 0 else { return 0 }
        let offset = offset(of: now)
        var passed: Int64 = 0
        for slot in (newest - Self.slotCount)...newest {
            let isOldest = slot == newest - Self.slotCount
            let held = slots[Self.place(slot)]
            let left = isOldest ? held - gone(at: now) : held
            let time = isOldest ? slotWidth - offset : slotWidth
            if need <= left {
                return passed + min(time, Self.scaled(time, need, over: max(1, left)) + 1)
            }
            need -= left
            passed += time
        }
        return passed
    }

    /// Nanoseconds until nothing counts any more.
    mutating func reset(at now: Moment) -> Int64 {
        advance(to: now)
        guard sum > 0 else { return 0 }
        var slot = newest
        while slot > newest - Self.slotCount, slots[Self.place(slot)] == 0 { slot -= 1 }
        return (slot + 1 - newest + Self.slotCount) * slotWidth - offset(of: now)
    }

    /// Forgets the slots that have left. A clock that is behind another thread's counts as theirs.
    private mutating func advance(to now: Moment) {
        let slot = Int64(bitPattern: now.nanoseconds) / slotWidth
        guard slot > newest else { return }
        if sum > 0 {
            if slot - newest >= Int64(Self.ringCount) {
                for index in slots.indices { slots[index] = 0 }
                sum = 0
            } else {
                for leaving in (newest + 1)...slot {
                    sum -= slots[Self.place(leaving)]
                    slots[Self.place(leaving)] = 0
                }
            }
        }
        newest = slot
    }

    /// Of the oldest slot, what lies before the window.
    private func gone(at now: Moment) -> Int64 {
        let oldest = slots[Self.place(newest - Self.slotCount)]
        return oldest > 0 ? Self.scaled(oldest, offset(of: now), over: slotWidth) : 0
    }

    /// Nanoseconds of the newest slot that have passed.
    private func offset(of now: Moment) -> Int64 {
        max(0, min(Int64(bitPattern: now.nanoseconds) - newest * slotWidth, slotWidth))
    }

    private static func place(_ slot: Int64) -> Int { Int((slot + slotCount + 1) % Int64(ringCount)) }

    /// value × part ÷ whole, rounded down; `part` at most `whole`, all positive.
    private static func scaled(_ value: Int64, _ part: Int64, over whole: Int64) -> Int64 {
        let product = UInt64(value).multipliedFullWidth(by: UInt64(part))
        return Int64(UInt64(whole).dividingFullWidth(product).quotient)
    }
}
