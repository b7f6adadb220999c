import GatewayTypes
import Testing

@testable import Routing

@Suite struct SilenceTests {
    /// What a provider is like, at a moment.
    private enum Nature { case quick, thinks(seconds: Double), gone }

    private struct Report {
        var requests = 0
        /// Those that another target had to serve, and how long each had waited.
        var moved: [Double] = []
        var lost = 0
        var questions = 0
        var ejected: Double?
        var returned: Double?
    }

    /// One request every so many seconds at a provider with a sibling behind it; steps of a tenth of a second, as the
    /// gateway looks. Without any limit on the first byte.
    private func run(seconds: Double, every: Double, _ nature: (Double) -> Nature) throws -> Report {
        let settings = SilenceJudge.Settings()
        let vitals = Vitals()
        var judge = SilenceJudge(settings)
        var breaker = Breaker(Breaker.Settings())
        var report = Report()
        var flights: [(began: Double, ends: Double)] = []
        var question: (ends: Double, answered: Bool)?
        var next = 0.0
        for step in 0..<Int(seconds * 10) {
            let time = Double(step) / 10
            let now = Moment.at(time)
            while let index = flights.firstIndex(where: { $0.ends <= time }) {
                flights.remove(at: index)
                vitals.heard(now: now)
                vitals.ended()
            }
            if time >= next {
                next += every
                report.requests += 1
                if breaker.admit(now: now) != nil {
                    vitals.asked(now: now)
                    flights.append((time, Self.ends(time, nature(time))))
                } else {
                    report.moved.append(0)
                }
            }
            if let asked = question, asked.ends <= time {
                question = nil
                let was = judge.isSilent
                switch judge.settle(answered: asked.answered, now: now) {
                case .alive: if was { report.returned = time }
                case .doubtful: break
                case .fellSilent, .silent:
                    if report.ejected == nil { report.ejected = time }
                    breaker.open(now: now)
                    for flight in flights where time - flight.began >= settings.afterSeconds {
                        report.moved.append(time - flight.began)
                        vitals.ended()
                    }
                    flights.removeAll { time - $0.began >= settings.afterSeconds }
                }
            }
            if judge.look(vitals.signs, now: now) {
                report.questions += 1
                if case .gone = nature(time) {
                    question = (time + settings.answerSeconds, false)
                } else {
                    question = (time + 0.1, true)
                }
            }
        }
        report.lost = flights.count { if case .gone = nature($0.began) { true } else { false } }
        return report
    }

    private static func ends(_ time: Double, _ nature: Nature) -> Double {
        switch nature {
        case .quick: time + 0.3
        case .thinks(let seconds): time + seconds
        case .gone: .infinity
        }
    }

    @Test(arguments: [0.1, 0.5, 3.0])
    func `A black hole is left alone within five seconds, and its requests go elsewhere`(every: Double) throws {
        let report = try run(seconds: 60, every: every) { $0 < 20 || $0 >= 40 ? .quick : .gone }
        let ejected = try #require(report.ejected)
        // The first request that can be swallowed may come a while after it fell silent.
        #expect(ejected <= 20 + min(every, 1) + 4.6)
        #expect(report.lost == 0)
        #expect(report.moved.allSatisfy { $0 <= 5 })
        let returned = try #require(report.returned)
        #expect(returned >= 40 && returned <= 44)
    }

    @Test func `One that was never heard is found out as fast`() throws {
        let report = try run(seconds: 10, every: 0.2) { _ in .gone }
        #expect(try #require(report.ejected) <= 4)
        #expect(report.lost == 0)
    }

    @Test func `A model that thinks for minutes is never given up, and not pestered`() throws {
        let report = try run(seconds: 3600, every: 7) { _ in .thinks(seconds: 180) }
        #expect(report.ejected == nil && report.moved.isEmpty)
        #expect(report.questions <= 3600 / 2)
        let rapid = try run(seconds: 60, every: 0.5) { _ in .quick }
        #expect(rapid.questions == 0)
    }

    @Test func `A slow one that vanishes is found out too`() throws {
        let report = try run(seconds: 1000, every: 5) { $0 < 500 ? .thinks(seconds: 120) : .gone }
        #expect(try #require(report.ejected) <= 505)
    }

    @Test func `A single unanswered question proves nothing, and none are asked where they are turned off`() {
        var judge = SilenceJudge(SilenceJudge.Settings())
        let waiting = Vitals.Signs(waitingSince: .at(0), lastHeard: .zero)
        let (first, second) = (judge.look(waiting, now: .at(1)), judge.look(waiting, now: .at(1.5)))
        #expect(first && !second, "one at a time")
        let verdict = judge.settle(answered: false, now: .at(2))
        #expect(verdict == .doubtful)
        let heard = Vitals.Signs(waitingSince: .at(2.1), lastHeard: .at(2.1))
        let again = judge.look(heard, now: .at(2.2))
        #expect(!again, "it was heard meanwhile")
        var off = SilenceJudge.Settings()
        off.questions = 0
        var silenced = SilenceJudge(off)
        let never = silenced.look(waiting, now: .at(100))
        #expect(!never)
    }

    @Test func `A breaker that is held open lets nobody probe until it is let go`() throws {
        var breaker = Breaker(Breaker.Settings())
        let admitted = breaker.admit(now: .at(0))
        let ticket = try #require(admitted)
        breaker.open(now: .at(1))
        breaker.open(now: .at(10))
        let early = breaker.admit(now: .at(12))
        #expect(early == nil)
        let opened = breaker.settle(ticket, .succeeded, now: .at(13))
        #expect(!opened && breaker.state == .open, "begun before it was opened")
        let probe = breaker.admit(now: .at(21))
        #expect(probe != nil)
        #expect(breaker.state == .halfOpen)
    }
}
