import Foundation
import Guardrails

/// What `weir guardrails try` was asked for.
public struct TryOrder: Sendable {
    public var kind: String
    public var types: [String] = []
    public var countries: [String] = []
    public var allowed: [String] = []
    /// Texts are separated by NUL bytes.
    public var isMany = false

    public init(kind: String) { self.kind = kind }
}

extension Commands {
    // MARK: guardrails try

    /// Hands `say` a line of JSON for each finding in standard input; never what was found.
    public static func tryGuardrail(_ order: TryOrder, say: (String) -> Void) throws(Refusal) {
        guard order.kind == Configuration.GuardrailKind.pii.rawValue else {
            throw Refusal("\(Words.quoted(order.kind)) cannot be tried without a configuration; write --kind pii.")
        }
        var personal = Configuration.Guardrail.Personal()
        personal.types = try chosen(order.types, as: "type")
        personal.countries = try chosen(order.countries, as: "country")
        personal.allowed = order.allowed
        let input = FileHandle.standardInput.readDataToEndOfFile()
        let texts = order.isMany ? input.split(separator: 0, omittingEmptySubsequences: false) : [input]
        let detector = personal.detector
        var findings: [Finding] = []
        for (number, text) in texts.enumerated() {
            findings.removeAll(keepingCapacity: true)
            text.withUnsafeBytes { detector.find(in: $0.bindMemory(to: UInt8.self).span, into: &findings) }
            for finding in findings {
                let place = #""start":\#(finding.range.lowerBound),"end":\#(finding.range.upperBound)"#
                say(#"{"text":\#(number),\#(place),"reason":"\#(finding.reason.text)"}"#)
            }
        }
    }

    private static func chosen<Word: CaseIterable & RawRepresentable<String>>(
        _ words: [String], as what: String
    ) throws(Refusal) -> [Word] {
        var chosen: [Word] = []
        for word in words {
            guard let value = Word(rawValue: word) else {
                let all = Word.allCases.map(\.rawValue)
                throw Refusal("Unknown \(what) \(Words.quoted(word)); write one of \(Words.list(all, last: "or")).")
            }
            chosen.append(value)
        }
        return chosen
    }
}
