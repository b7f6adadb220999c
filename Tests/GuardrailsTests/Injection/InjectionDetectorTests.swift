import Foundation
import Guardrails
import Testing

@Suite struct InjectionDetectorTests {
    private let detector = InjectionDetector()

    @Test func `attacks of the half that judges are found, and benign look-alikes are not`() throws {
        let corpus = try InjectionCorpus().entries
        #expect(corpus.count(where: \.isAttack) >= 200)
        #expect(corpus.count { !$0.isAttack } >= 200)
        let verbose = ProcessInfo.processInfo.environment["WEIR_SHOW_FITTING"] != nil
        for isForFitting in [true, false] {
            let half = corpus.filter { $0.isForFitting == isForFitting }
            let name = isForFitting ? "fitted" : "judged"
            var lines = ["injection, \(name) half:"]
            var (attacks, found, benign, alarms) = (0, 0, 0, 0)
            for kind in InjectionKind.allCases {
                let mine = half.filter { $0.kind == kind && $0.isAttack }
                let others = half.filter { $0.kind == kind && !$0.isAttack }
                let missed = mine.filter { detector.findings(in: $0.text).isEmpty }
                let wrong = others.filter { !detector.findings(in: $0.text).isEmpty }
                lines.append(
                    "  \(kind.rawValue): \(mine.count - missed.count) of \(mine.count), alarms \(wrong.count) of \(others.count)")
                if verbose, isForFitting {
                    lines += missed.map { "    missed \($0.text.debugDescription)" }
                    lines += wrong.map { "    alarm \($0.text.debugDescription)" }
                }
                attacks += mine.count
                found += mine.count - missed.count
                benign += others.count
                alarms += wrong.count
            }
            let detection = Double(found) / Double(attacks)
            let falseAlarms = Double(alarms) / Double(benign)
            lines.append("  detection \(detection), false alarms \(falseAlarms)")
            print(lines.joined(separator: "\n"))
            if !isForFitting {
                #expect(detection >= 0.95)
                #expect(falseAlarms <= 0.03)
            }
        }
    }
}
