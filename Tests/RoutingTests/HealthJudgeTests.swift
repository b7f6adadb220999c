import GatewayTypes
import Testing

@testable import Routing

@Suite struct HealthJudgeTests {
    @Test func `It checks at its pace, one at a time`() {
        var judge = HealthJudge(intervalSeconds: 10, failures: 2)
        var looks: [Bool] = [judge.look(now: .at(0)), judge.look(now: .at(11))]
        #expect(looks == [true, false], "the first has not come back")
        _ = judge.settle(passed: true)
        looks = [judge.look(now: .at(9)), judge.look(now: .at(11)), judge.look(now: .at(12))]
        #expect(looks == [false, true, false])
    }

    @Test func `Failures in a row make it ill, one that passes heals it`() {
        var judge = HealthJudge(intervalSeconds: 1, failures: 3)
        let verdicts = [false, false, true, false, false, false, false, true, true].map { judge.settle(passed: $0) }
        #expect(
            verdicts == [
                .doubtful, .doubtful, .healthy, .doubtful, .doubtful, .fellIll, .ill, .recovered, .healthy,
            ])
        #expect(judge.isHealthy)
    }

    @Test func `A breaker that is held stays open longer than its cool-down`() {
        var settings = Breaker.Settings()
        settings.cooldownSeconds = 1
        var breaker = Breaker(settings)
        breaker.open(now: .at(0), seconds: 5)
        let early = breaker.admit(now: .at(3))
        #expect(early == nil && breaker.secondsUntilProbe(now: .at(3)) == 2)
        let late = breaker.admit(now: .at(5))
        #expect(late != nil)
    }
}
