/// Finds patterns in a text. The roof implements it.
public protocol PatternFinder: Sendable {
    /// Tells of every match: by pattern, each pattern's in their order. Linear in the text.
    func forEachMatch(in text: Span<UInt8>, _ body: (_ pattern: Int, _ range: Range<Int>) -> Void)
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

    public func find(in text: Span<UInt8>, into findings: inout [Finding]) {
        let first = findings.count
        finder.forEachMatch(in: text) { findings.append(Finding($1, reasons[$0])) }
        findings.merge(from: first)
    }
}
