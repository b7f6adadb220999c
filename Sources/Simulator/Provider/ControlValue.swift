/// A control that cannot be read: a sentence that says what is wrong and what to write.
public struct ControlProblem: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// The value of a control as text, read by kind.
struct ControlValue {
    let key: ControlKey
    let text: String

    private var problem: ControlProblem {
        ControlProblem(description: "'\(key.rawValue)=\(text)' cannot be read; write \(key.rawValue)=\(key.help.form)")
    }

    func count(max: Int = 1_000_000) throws(ControlProblem) -> Int {
        guard let number = Int(text), (0...max).contains(number) else { throw problem }
        return number
    }

    /// A decimal as it was written, so that it stays exact.
    func decimal() throws(ControlProblem) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard isNumber, parts.count <= 2, text.utf8.count <= 20, parts[0] == "0" || !parts[0].hasPrefix("0") else {
            throw problem
        }
        return text
    }

    func flag() throws(ControlProblem) -> Bool {
        switch text {
        case "1", "true", "yes": return true
        case "0", "false", "no": return false
        case _: throw problem
        }
    }

    /// Nanoseconds; at most one hour.
    func duration() throws(ControlProblem) -> UInt64 {
        let units: [(suffix: String, nanoseconds: Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
        if text == "0" { return 0 }
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Double(text.dropLast(unit.suffix.count)), number >= 0, number * unit.nanoseconds <= 3600e9
        else { throw problem }
        return UInt64(number * unit.nanoseconds)
    }

    func usage() throws(ControlProblem) -> SimulatedBehaviour.UsageReporting {
        guard let usage = SimulatedBehaviour.UsageReporting(rawValue: text) else { throw problem }
        return usage
    }

    func errors() throws(ControlProblem) -> [SimulatedBehaviour.InjectedError] {
        var errors: [SimulatedBehaviour.InjectedError] = []
        for word in text.split(separator: "+") {
            if word == "quota" {
                errors.append(.quota)
            } else if let status = Int(word), (400...599).contains(status) {
                errors.append(.status(status))
            } else {
                throw problem
            }
        }
        if errors.isEmpty { throw problem }
        return errors
    }
}

extension SimulatedBehaviour {
    /// Reads `ttft=200ms, gap=20ms, tokens=64` on top of another behaviour; later ones win.
    public init(controls: some StringProtocol, over base: SimulatedBehaviour = .init()) throws(ControlProblem) {
        self = base
        for part in controls.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.trimming(" \t")
            }
            guard pair.count == 2, let key = ControlKey(rawValue: pair[0]) else {
                let known = ControlKey.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlProblem(
                    description: "'\(part.trimming(" \t"))' is no control; write key=value with one of: \(known)")
            }
            try key.apply(pair[1], to: &self)
        }
    }
}

extension StringProtocol {
    func trimming(_ characters: String) -> String {
        String(drop { characters.contains($0) }.reversed().drop { characters.contains($0) }.reversed())
    }
}
