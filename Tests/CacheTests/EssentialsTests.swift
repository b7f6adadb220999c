import GatewayTypes
import TestSupport
import Testing

@testable import Cache

@Suite struct EssentialsTests {
    private func trap(_ first: String, _ second: String) -> ParaphraseTrap? {
        let (first, second) = (Essentials(of: first), Essentials(of: second))
        let there = first.trap(against: second)
        // Whichever was asked first.
        #expect((there == nil) == (second.trap(against: first) == nil))
        return there
    }

    @Test(arguments: [
        ("How do I reset my password?", "What is the best way to reset my password?"),
        ("How do I reset my password?", "how can I reset the password"),
        ("Please explain photosynthesis.", "Could you explain to me what photosynthesis is?"),
        ("What's the capital of France?", "Tell me the capital of France, please."),
        ("What's the capital of France?", "what is the capital of france"),
        ("How many kilometers are 5 miles?", "5 miles are how many km?"),
        ("Show me 3 ways to cook rice", "Three ways of cooking rice"),
        ("Why can't I log in?", "Why am I unable to login?"),
        ("How do I install \"curl\" on Debian 12?", "What are the steps to install \"curl\" on Debian 12?"),
        ("Who wrote Faust?", "who is it that wrote Faust?"),
        ("HOW DO I CANCEL MY ORDER", "How do I cancel my order?"),
        ("It costs 1,000 dollars, is that right?", "It costs $1000.00; is it right?"),
    ]) func `Questions that say the same pass`(first: String, second: String) {
        #expect(trap(first, second) == nil)
    }

    @Test(arguments: [
        ("What is 15% of 200?", "What is 50% of 200?", ParaphraseTrap.number),
        ("Convert 5 to base 3", "Convert 3 to base 5", .number),
        ("Give me three reasons", "Give me four reasons", .number),
        ("What is the capital of France?", "What is the capital of Germany?", .name),
        ("what is the capital of france", "what is the capital of germany", .name),
        ("How far is it from Paris to Lyon?", "How far is it from Lyon to Paris?", .name),
        ("Is aspirin safe for cats?", "Is aspirin safe for dogs?", .name),
        ("Is it safe?", "Is it not safe?", .negation),
        ("Can I eat it with milk?", "Can I eat it without milk?", .negation),
        ("Is it legal to park here?", "Is it illegal to park here?", .negation),
        ("How do I install it?", "How do I uninstall it?", .negation),
        ("What are opening hours on Monday?", "What are opening hours on Tuesday?", .date),
        ("Will it rain today?", "Will it rain tomorrow?", .date),
        ("Sales in March", "Sales in April", .date),
        ("Is 20 celsius hot?", "Is 20 fahrenheit hot?", .unit),
        ("What can one do in 3 days?", "What can one do in 3 weeks?", .unit),
        ("Say \"hello\" in Greek", "Say \"goodbye\" in Greek", .quote),
        ("What does foo_bar do?", "What does foo_baz do?", .code),
        ("What is in /etc/hosts.allow?", "What is in /etc/hosts.deny?", .code),
        ("How do I increase the limit?", "How do I decrease the limit?", .opposite),
        ("What happens before the vote?", "What happens after the vote?", .opposite),
        ("What is the highest mountain?", "What is the lowest mountain?", .opposite),
    ]) func `Questions that only look the same do not`(first: String, second: String, kind: ParaphraseTrap) {
        #expect(trap(first, second) == kind)
    }

    @Test func `Every text is the same as itself, and none is the same as one with a word more that means something`() {
        var random = SystemRandomNumberGenerator()
        let words = [
            "how", "is", "the", "Paris", "boat", "3", "not", "\"x\"", "a.b", "km", "monday", "—", "'", "más", "日本",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 1..<9, using: &random)).map { _ in words.randomElement(using: &random) ?? ""
            }
            .joined(separator: " ")
            let essentials = Essentials(of: text)
            #expect(essentials.trap(against: Essentials(of: text)) == nil)
            for more in ["zebra", "77", "\"y\"", "x_y", "friday"] {
                #expect(essentials.trap(against: Essentials(of: text + " " + more)) != nil, "\(text) + \(more)")
            }
        }
    }

    @Test func `A text of any bytes is read in linear time`() {
        for piece in ["'", "\"", "a-", "1,", "((((", "\u{0301}", "A ", "n't "] {
            let short = String(repeating: piece, count: 2_000)
            let long = String(repeating: piece, count: 32_000)
            let (brief, whole) = (
                cpuSeconds { _ = Essentials(of: short) }, cpuSeconds { _ = Essentials(of: long) }
            )
            // Sixteen times as long; a square would be 256 times.
            #expect(whole < brief * 100 + 0.05, "\(piece)")
        }
    }
}
