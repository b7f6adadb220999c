/// Finds in a text what a guardrail is about: a card number, a forbidden word, an instruction that is not the user's.
///
/// A pure value. Its time is linear in the text's length, whatever the text. It is *local*: whether a stretch is a finding
/// depends on that stretch and at most `reachBytes` bytes on either side, so that a stream can be looked at through a window
/// and gives the same findings as the whole, wherever it was cut.
public protocol TextDetector: Sendable {
    /// The reasons that it may give: the series of its verdicts exist from start-up.
    var reasons: [Reason] { get }
    /// UTF-8 bytes: the longest finding and what has to be seen around it to decide. A stream holds back no more than this.
    var reachBytes: Int { get }
    /// Appends what it finds in well-formed UTF-8, in the order in which findings begin. They do not overlap.
    func find(in text: Span<UInt8>, into findings: inout [Finding])
    /// Bytes before a stretch that are looked at to decide about it.
    var contextBytes: Int { get }
    /// Of a stream: looks at the text from `start` on, and returns up to where it is decided, whatever follows; at the end
    /// (`isEnd`) that is all of it. What it appends lies between. Next time, `start` is what was returned, and at least
    /// `contextBytes` of what stands before are given again. So a stream holds back only what may be the beginning of something,
    /// which is never more than `reachBytes`, and seldom more than a word.
    func find(in text: Span<UInt8>, from start: Int, isEnd: Bool, into findings: inout [Finding]) -> Int
}

extension TextDetector {
    public var contextBytes: Int { reachBytes }

    /// Of detectors that do not tell how far they have decided: all but the last `reachBytes` is.
    public func find(in text: Span<UInt8>, from start: Int, isEnd: Bool, into findings: inout [Finding]) -> Int {
        let first = findings.count
        find(in: text, into: &findings)
        var decided = isEnd ? text.count : max(start, text.count - reachBytes)
        // What lies across the border may be longer than is seen yet.
        for finding in findings[first...] where finding.range.lowerBound < decided && finding.range.upperBound > decided
        {
            decided = max(start, finding.range.lowerBound)
        }
        var kept = first
        for index in first..<findings.count
        where findings[index].range.lowerBound >= start && findings[index].range.upperBound <= decided {
            findings[kept] = findings[index]
            kept += 1
        }
        findings.removeLast(findings.count - kept)
        return decided
    }

    public func findings(in text: String) -> [Finding] {
        var (findings, text) = ([Finding](), text)
        text.makeContiguousUTF8()
        find(in: text.utf8.span, into: &findings)
        return findings
    }
}

/// A stretch of a text, and what it is.
public struct Finding: Sendable, Equatable {
    /// UTF-8 bytes.
    public let range: Range<Int>
    public let reason: Reason

    public init(_ range: Range<Int>, _ reason: Reason) {
        self.range = range
        self.reason = reason
    }
}

/// Why a guardrail acts: a word of a closed list that each check declares (`email`, `iban`, `instruction_override`), the
/// `reason` label of `weir_guardrail_verdicts_total` and the name in a masked text's placeholder. Never content.
public struct Reason: Hashable, Sendable {
    /// `[a-z0-9_]+`
    public let text: String

    public init(_ text: String) { self.text = text }
}
