import GatewayTypes
import Guardrails
import Testing

@Suite struct GuardrailStageTests {
    private static func verdicts(_ records: [GuardrailRecord]) -> [String] {
        records.map { "\($0.name.text) \($0.phase.rawValue) \($0.verdict.rawValue) \($0.action.rawValue)" }
    }

    private static let ending: [ModelEvent] = [
        .finished(.stop, word: "stop", stopSequence: nil, choice: 0), .usage(Usage(source: .provider)), .ended,
    ]

    private static func pieces(_ text: String) -> [ModelEvent] {
        [.began(id: "r", model: "m")] + text.map { .text(String($0), choice: 0) } + ending
    }

    // MARK: On the way in

    @Test func `what is masked goes on in placeholders and comes back`() async {
        var house = GuardrailHouse()
        house.add(GuardrailHouse.words("ann", "bob", reason: "name")) { $0.action = .mask }
        let entered = await house.enter("ann, bob and Ann")
        #expect(GuardrailHouse.text(of: entered.exchange.guardian?.masked) == "[NAME_1], [NAME_2] and [NAME_3]")
        let reply = await house.reply(Self.pieces("to [NAME_1] [NAME_9] from [NAME_2][NAME"), to: "ann, bob")
        #expect(reply.events.text == "to ann [NAME_9] from bob[NAME")
        #expect(reply.events.hasEnded)
    }

    @Test func `what blocks refuses, and judges are not asked any more`() async {
        var house = GuardrailHouse()
        let judge = GuardrailHouse.FixedJudge(.success(.pass))
        house.add(.judge(judge))
        house.add(GuardrailHouse.words("ann"))
        let entered = await house.enter("ann")
        #expect(entered.refusal?.reason == .blocked)
        #expect(Self.verdicts(entered.exchange.guardian?.records ?? []) == ["g1 input block block"])
        #expect(judge.matters.isEmpty)
    }

    @Test func `judges see what was masked as the model will`() async {
        var house = GuardrailHouse()
        let judge = GuardrailHouse.FixedJudge(.success(.pass))
        house.add(.judge(judge))
        house.add(.judge(GuardrailHouse.FixedJudge(.success(.pass))))
        house.add(GuardrailHouse.words("ann", reason: "name")) { $0.action = .mask }
        let entered = await house.enter("ann")
        #expect(entered.refusal == nil && judge.matters.first?.turns.first?.text == "[NAME_1]")
        #expect(
            Self.verdicts(entered.exchange.guardian?.records ?? [])
                == ["g2 input mask mask", "g0 input pass none", "g1 input pass none"])
    }

    @Test(arguments: [
        (false, false, Guardrail.Action.block, "fail_closed"), (true, false, .block, "fail_open"),
        (false, true, .block, "none"), (false, false, .flag, "none"),
    ])
    func `who cannot decide follows its on_error`(
        failsOpen: Bool, isShadow: Bool, action: Guardrail.Action, follows: String
    ) async {
        var house = GuardrailHouse()
        house.add(.judge(GuardrailHouse.FixedJudge(.failure(GuardrailHouse.late)))) {
            $0.failsOpen = failsOpen
            $0.isShadow = isShadow
            $0.action = action
        }
        let entered = await house.enter("hi")
        #expect(Self.verdicts(entered.exchange.guardian?.records ?? []) == ["g0 input error \(follows)"])
        #expect((entered.refusal != nil) == (follows == "fail_closed"))
    }

    @Test func `a request whose words cannot be read is undecided`() async {
        var house = GuardrailHouse()
        house.texts.isReadable = false
        house.add(GuardrailHouse.words("ann"))
        #expect(await house.enter("ann").refusal?.reason == .blocked)
    }

    @Test func `shadow and flag tell and change nothing`() async {
        var house = GuardrailHouse()
        house.add(GuardrailHouse.words("ann")) { $0.isShadow = true }
        house.add(GuardrailHouse.words("ann")) { $0.action = .flag }
        house.add(GuardrailHouse.words("ann")) {
            $0.action = .mask
            $0.isShadow = true
        }
        let entered = await house.enter("ann")
        #expect(entered.refusal == nil && entered.exchange.guardian?.masked == nil)
        #expect(entered.exchange.guardian?.touchesReplies == false)
        #expect(
            Self.verdicts(entered.exchange.guardian?.records ?? [])
                == ["g0 input block none", "g1 input block none", "g2 input mask none"])
        #expect(entered.exchange.guardian?.records.map(\.isTold) == [false, true, false])
    }

    // MARK: On the way out

    @Test func `a reply is masked, or ended, by the guardrails that look at it`() async {
        var house = GuardrailHouse()
        house.add(GuardrailHouse.words("ann", reason: "name")) {
            ($0.checksInput, $0.checksOutput, $0.action) = (false, true, .mask)
        }
        house.add(GuardrailHouse.words("stop here")) { ($0.checksInput, $0.checksOutput) = (false, true) }
        let masked = await house.reply(Self.pieces("to ann and anna"))
        #expect(masked.events.text == "to [NAME] and anna" && masked.events.finish == .stop)
        let ended = await house.reply(Self.pieces("to ann. Stop here, and no further"))
        #expect(ended.events.text == "to [NAME]. " && ended.events.finish == .contentFilter && ended.events.hasEnded)
        #expect(Self.verdicts(ended.guard?.records ?? []) == ["g0 output mask mask", "g1 output block block"])
        // What is found in the arguments of a call, in thoughts and in a refusal counts as well.
        for event in [
            ModelEvent.toolArguments("stop here", index: 0, choice: 0), .reasoning("stop here", choice: 0),
            .refusal("stop here", choice: 0),
        ] {
            #expect(await house.reply([event] + Self.ending).events.finish == .contentFilter)
        }
    }

    @Test func `all of a reply waits for a judge`() async {
        for (judge, text) in [(GuardrailHouse.denies, ""), (GuardrailHouse.FixedJudge(.success(.pass)), "to ann")] {
            var house = GuardrailHouse()
            house.add(.judge(judge)) { ($0.checksInput, $0.checksOutput) = (false, true) }
            let entered = await house.enter("hi")
            guard let replyGuard = entered.exchange.guardian?.replyGuard() else {
                Issue.record("nobody looks")
                continue
            }
            var passed: [ModelEvent] = []
            for event in Self.pieces("to ann") { replyGuard.take(event, into: &passed) }
            #expect(passed.text == "" && !replyGuard.hasReleased && replyGuard.awaitsJudges)
            await replyGuard.judge()
            replyGuard.release(into: &passed)
            #expect(passed.text == text && passed.finish == (text.isEmpty ? .contentFilter : .stop) && passed.hasEnded)
            #expect(judge.matters.last?.turns.map(\.text) == ["to ann"])
        }
    }

    @Test func `what a judge says instead is said instead`() async {
        var house = GuardrailHouse()
        house.add(.judge(GuardrailHouse.FixedJudge(.success(.replace("to bob", Reason("unfit")))))) {
            ($0.checksInput, $0.checksOutput) = (false, true)
        }
        let reply = await house.reply(Self.pieces("to ann"))
        #expect(reply.events.text == "to bob" && reply.events.finish == .stop && reply.events.hasEnded)
        #expect(Self.verdicts(reply.guard?.records ?? []) == ["g0 output mask mask"])
    }

    @Test func `who only observes changes nothing and says what it saw`() async {
        var house = GuardrailHouse()
        house.add(GuardrailHouse.words("ann")) {
            ($0.checksInput, $0.checksOutput, $0.onlyObserves) = (false, true, true)
        }
        house.add(.judge(GuardrailHouse.denies)) {
            ($0.checksInput, $0.checksOutput, $0.onlyObserves) = (false, true, true)
        }
        let reply = await house.reply(Self.pieces("to ann"))
        #expect(reply.guard?.rewrites == false && reply.guard?.isBlocked == false)
        #expect(Self.verdicts(reply.guard?.records ?? []) == ["g0 output block none", "g1 output block none"])
    }

    @Test(arguments: [(Surface.openAICompletions, true), (.providerAPI, true), (.openAIEmbeddings, false)])
    func `replies whose words cannot be read are undecided, those without words are let be`(
        surface: Surface, isRefused: Bool
    ) async {
        var house = GuardrailHouse()
        house.add(GuardrailHouse.words("ann")) { ($0.checksInput, $0.checksOutput) = (false, true) }
        #expect((await house.enter("hi", surface).refusal != nil) == isRefused)
    }
}
