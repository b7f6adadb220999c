import GatewayTypes
import Testing

/// Hours of the week, by the clock of a time zone.
@Suite struct WeeklyHoursTests {
    /// 2026-11-23 was a Monday.
    private func time(day: Int, _ hour: Int, _ minute: Int) -> WallTime {
        let monday: Int64 = 1_795_392_000
        return WallTime(nanoseconds: (monday + Int64(day) * 86_400 + Int64(hour * 3600 + minute * 60)) * 1_000_000_000)
    }

    struct Case: Sendable {
        let text: String
        let day: Int
        let hour: Int
        let minute: Int
        let holds: Bool
    }

    @Test(arguments: [
        Case(text: "mon-fri 07:00-20:00", day: 0, hour: 7, minute: 0, holds: true),
        Case(text: "mon-fri 07:00-20:00", day: 0, hour: 6, minute: 59, holds: false),
        Case(text: "mon-fri 07:00-20:00", day: 4, hour: 19, minute: 59, holds: true),
        Case(text: "mon-fri 07:00-20:00", day: 4, hour: 20, minute: 0, holds: false),
        Case(text: "mon-fri 07:00-20:00", day: 5, hour: 12, minute: 0, holds: false),
        Case(text: "sat,sun", day: 6, hour: 23, minute: 59, holds: true),
        Case(text: "sat,sun", day: 0, hour: 0, minute: 0, holds: false),
        Case(text: "fri-mon", day: 0, hour: 12, minute: 0, holds: true),
        Case(text: "fri-mon", day: 1, hour: 12, minute: 0, holds: false),
        Case(text: "22:00-06:00", day: 2, hour: 5, minute: 59, holds: true),
        Case(text: "22:00-06:00", day: 2, hour: 6, minute: 0, holds: false),
        Case(text: "Fri 22:00-06:00", day: 5, hour: 5, minute: 0, holds: true),
        Case(text: "fri 22:00-06:00", day: 4, hour: 5, minute: 0, holds: false),
        Case(text: "sun 22:00-06:00", day: 0, hour: 5, minute: 0, holds: true),
        Case(text: "00:00-24:00", day: 3, hour: 23, minute: 59, holds: true),
    ]) func `Hours hold when they say`(one: Case) throws {
        let hours = try #require(WeeklyHours(one.text))
        #expect(hours.hold(at: time(day: one.day, one.hour, one.minute), offsetSeconds: 0) == one.holds)
    }

    @Test func `The clock is that of the zone`() throws {
        let hours = try #require(WeeklyHours("mon 07:00-08:00"))
        #expect(hours.hold(at: time(day: 0, 6, 30), offsetSeconds: 3600))
        #expect(!hours.hold(at: time(day: 0, 7, 30), offsetSeconds: 3600))
        #expect(hours.hold(at: time(day: 0, 12, 30), offsetSeconds: -5 * 3600))
    }

    @Test(arguments: [
        "", "mo", "mon-", "07:00", "7:00-8:00", "07:00-07:00", "24:00-01:00", "07:60-08:00", "mon 25:00-26:00",
        "mon-fri 07:00-20:00 x", "07:00-20:00 mon", "mon fri",
    ]) func `What is no such text is refused`(text: String) { #expect(WeeklyHours(text) == nil) }

    @Test func `A zone's offset changes when its clocks do`() {
        let zone = ZoneOffsets(changes: [(100, 3600), (200, 7200), (300, 3600)])
        let found = [0, 99, 100, 199, 200, 299, 300, 10_000].map {
            zone.seconds(at: WallTime(nanoseconds: $0 * 1_000_000_000))
        }
        #expect(found == [3600, 3600, 3600, 3600, 7200, 7200, 3600, 3600])
        #expect(ZoneOffsets.utc.seconds(at: WallTime(nanoseconds: 5)) == 0)
    }
}
