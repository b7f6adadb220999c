/// Finds patterns in a text. The roof implements it.
public protocol PatternFinder: Sendable {
    /// Tells of every match: by pattern, each pattern's in their order. Linear in the text.
    /// Those from `start` on; what stands before is seen, too.
    func forEachMatch(in text: Span<UInt8>, from start: Int, _ body: (_ pattern: Int, _ range: Range<Int>) -> Void)
}

/// What regular expressions match.
public struct PatternDetector: TextDetector {
    public let reasons: [Reason]
    public let reachBytes: Int
    private let finder: any PatternFinder

    /// `reasons` are those of the finder's patterns, in their order.
    public init(_ finder: any PatternFinder, reasons: [Reason], reachBytes: Int) {
        self.finder = finder
        self.reasons = reasons
        // What stands beside a match may decide it: a scalar.
        self.reachBytes = reachBytes + 4
    }

    public var contextBytes: Int { 4 }

    public func find(in text: Span<UInt8>, into findings: inout [Finding]) {
        _ = find(in: text, from: 0, isEnd: true, into: &findings)
    }

    /// Undecided is what a match may begin in: all of the reach.
    public func find(in text: Span<UInt8>, from start: Int, isEnd: Bool, into findings: inout [Finding]) -> Int {
        let first = findings.count
        finder.forEachMatch(in: text, from: start) { findings.append(Finding($1, reasons[$0])) }
        findings.merge(from: first)
        return isEnd ? text.count : findings.keep(from: first, until: max(start, text.count - reachBytes))
    }
}
