import Foundation
import Guardrails

/// Attacks and benign look-alikes, of `Corpus/injection.tsv`.
struct InjectionCorpus {
    struct Entry {
        let isAttack: Bool
        let kind: InjectionKind
        let text: String

        /// Half of the entries, by a hash of their text: what the detector was fitted on. The others judge it.
        var isForFitting: Bool {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            return (hash ^ hash >> 32) & 1 == 0
        }
    }

    struct Unreadable: Error { let line: Substring }

    let entries: [Entry]

    init() throws {
        guard let file = Bundle.module.url(forResource: "injection", withExtension: "tsv", subdirectory: "Corpus")
        else {
            throw Unreadable(line: "no file")
        }
        entries = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: "\t", maxSplits: 2)
                guard parts.count == 3, ["attack", "benign"].contains(parts[0]),
                    let kind = InjectionKind(rawValue: String(parts[1]))
                else { throw Unreadable(line: line) }
                return Entry(isAttack: parts[0] == "attack", kind: kind, text: Self.unescaped(parts[2]))
            }
    }

    /// `\n`, `\t`, `\\` and `\u{…}`.
    private static func unescaped(_ text: Substring) -> String {
        var plain = String.UnicodeScalarView()
        var rest = text.unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                plain.append(scalar)
                continue
            }
            switch escape {
            case "n": plain.append("\n")
            case "t": plain.append("\t")
            case "u" where rest.first == "{":
                let digits = rest.dropFirst().prefix { $0 != "}" }
                rest = rest.dropFirst(digits.count + 2)
                UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init).map { plain.append($0) }
            default: plain.append(escape)
            }
        }
        return String(plain)
    }
}
