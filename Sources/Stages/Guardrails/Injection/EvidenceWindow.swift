/// The points of the evidence that stands close together; of one source, once.
struct EvidenceWindow {
    private(set) var sum = 0
    private var counts: [Int32] = Array(repeating: 0, count: InjectionEvidence.sourcesMax)

    mutating func add(_ piece: InjectionEvidence) {
        counts[piece.source] += 1
        if piece.source == 0 || counts[piece.source] == 1 { sum += piece.weight }
    }

    mutating func remove(_ piece: InjectionEvidence) {
        counts[piece.source] -= 1
        if piece.source == 0 || counts[piece.source] == 0 { sum -= piece.weight }
    }
}
