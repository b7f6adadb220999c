import Crypto
import Testing

@testable import Authentication

@Suite struct VirtualKeyTests {
    @Test func `A key has its form, and is found by what it begins with`() throws {
        let key = try VirtualKey(random: RandomBytes.make)
        #expect(key.text.wholeMatch(of: /wk_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}/) != nil)
        #expect(KeyPrefix(ofKey: key.text) == key.prefix)
        #expect(key.text.hasPrefix(key.prefix.description + "_"))
        #expect(KeyPrefix(key.prefix.description) == key.prefix)
    }

    @Test func `No two keys are the same, and every digit of base 62 comes as often as any other`() throws {
        var counts: [Character: Int] = [:]
        var prefixes: Set<KeyPrefix> = []
        for _ in 0..<2000 {
            let key = try VirtualKey(random: RandomBytes.make)
            prefixes.insert(key.prefix)
            for digit in key.text.dropFirst(3) where digit != "_" { counts[digit, default: 0] += 1 }
        }
        #expect(prefixes.count == 2000 && counts.count == 62)
        // 106,000 digits, 1710 of each: seven standard deviations are 290.
        #expect(counts.values.allSatisfy { abs($0 - 1710) < 290 })
    }

    @Test func `Bytes that would make some digits likelier are not used`() {
        var calls = 0
        let key = VirtualKey(random: { count in
            calls += 1
            return [UInt8](repeating: calls == 1 ? 250 : 61, count: count)
        })
        #expect(
            calls == 2
                && key.text == "wk_" + String(repeating: "z", count: 10) + "_" + String(repeating: "z", count: 43))
    }

    @Test(arguments: [
        "", "wk_", "sk-0123456789", "wk_0123456789-" + String(repeating: "a", count: 43),
        "wk_012345678é_" + String(repeating: "a", count: 42), "wk_0123456789_" + String(repeating: "a", count: 42),
        "wk_0123456789_" + String(repeating: "a", count: 42) + "-",
    ])
    func `What does not have the form is not looked for`(text: String) { #expect(KeyPrefix(ofKey: text) == nil) }
}
