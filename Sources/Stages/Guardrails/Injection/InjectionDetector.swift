/// Finds attempts to have a model follow a text instead of its instructions, by points.
///
/// Words are folded (case, accents, look-alike letters, digits for letters, hidden characters, letters set apart) and
/// looked up; rules over classes of words, marks, hidden characters, encoded texts and links give points. What stands close together
/// adds up, and words of everyday work beside it ("git", "recipe") take some away. A stretch with enough points is a finding.
/// It is a heuristic: it sees wordings that are known, in some twenty languages, and misses what nobody wrote down before.
public struct InjectionDetector: TextDetector {
    public enum Sensitivity: String, CaseIterable, Sendable {
        case low, medium, high

        /// Points that make a finding.
        var threshold: Int {
            switch self {
            case .low: 130
            case .medium: 100
            case .high: 70
            }
        }
    }

    /// Bytes between the beginnings of pieces of evidence that add up.
    static let nearBytes = 256
    /// Bytes that a single piece of evidence may be long.
    static let evidenceBytesMax = 1024
    /// Points that everyday words take away, once.
    private static let everydayDiscount = 40

    public let kinds: Set<InjectionKind>
    private let threshold: Int
    private let words: InjectionWords

    public init(kinds: Set<InjectionKind> = Set(InjectionKind.allCases), sensitivity: Sensitivity = .medium) {
        self.kinds = kinds
        threshold = sensitivity.threshold
        words = .shared
    }

    public var reasons: [Reason] { InjectionKind.allCases.filter(kinds.contains).map(\.reason) }

    /// The evidence itself, what adds up on either side, and one piece more that it may be long.
    public var reachBytes: Int { 2 * Self.evidenceBytesMax + Self.nearBytes }

    public func find(in text: Span<UInt8>, into findings: inout [Finding]) {
        var evidence: [InjectionEvidence] = []
        var everyday: [Int] = []
        words.collect(text, into: &evidence, everyday: &everyday)
        HiddenCharacters.collect(text, into: &evidence)
        ConversationMarkers.collect(text, into: &evidence)
        ExfiltrationLinks.collect(text, into: &evidence)
        EncodedPayloads(words: words).collect(text, into: &evidence)
        guard !evidence.isEmpty else { return }
        evidence.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        for (index, sum) in Self.sums(evidence, everyday: everyday).enumerated() where sum >= threshold {
            let piece = evidence[index]
            guard kinds.contains(piece.kind) else { continue }
            // What follows cuts it short, so that findings do not overlap whatever stands before them.
            let next = index + 1 < evidence.count ? evidence[index + 1].range.lowerBound : Int.max
            let end = min(piece.range.upperBound, next)
            if end > piece.range.lowerBound {
                findings.append(Finding(piece.range.lowerBound..<end, piece.kind.reason))
            }
        }
    }

    /// For each piece of evidence the points of all that is near it.
    private static func sums(_ evidence: [InjectionEvidence], everyday: [Int]) -> [Int] {
        var sums: [Int] = []
        sums.reserveCapacity(evidence.count)
        var window = EvidenceWindow()
        var (first, behind) = (0, 0)
        var (firstWord, behindWord) = (0, 0)
        for piece in evidence {
            let start = piece.range.lowerBound
            while behind < evidence.count, evidence[behind].range.lowerBound <= start + nearBytes {
                window.add(evidence[behind])
                behind += 1
            }
            while evidence[first].range.lowerBound < start - nearBytes {
                window.remove(evidence[first])
                first += 1
            }
            while behindWord < everyday.count, everyday[behindWord] <= start + nearBytes { behindWord += 1 }
            while firstWord < behindWord, everyday[firstWord] < start - nearBytes { firstWord += 1 }
            sums.append(firstWord < behindWord ? window.sum - everydayDiscount : window.sum)
        }
        return sums
    }
}
