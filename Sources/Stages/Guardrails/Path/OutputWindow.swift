import GatewayTypes

/// One text of a reply that comes in pieces, held back only as far as what is still to come could change what is found in it.
struct OutputWindow {
    /// What may go on, now that nothing that still comes can change it.
    struct Step {
        var text = ""
        /// Whose finding ended the reply.
        var blockedBy: Found?
    }

    /// Bytes that have gone on, as far as they decide about the next ones, and those that wait.
    private var bytes: [UInt8] = []
    private var gone = 0
    /// Up to where each detector has decided.
    private var decided: [Int]
    /// Found, and not gone on yet; in order.
    private var waiting: [Found] = []
    /// Whether the last step let something go on.
    private(set) var hasJustMoved = false

    /// More does not wait, however long a finding grows.
    private static let heldBytesMax = 256 * 1024

    init(detectors: Int) { decided = Array(repeating: 0, count: detectors) }

    var isHolding: Bool { gone < bytes.count }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Looks at what has come. `find` looks from where each detector has decided, and moves that; `note` is told of each finding
    /// once.
    mutating func advance(
        isFinal: Bool, _ set: DetectorSet, find: (Span<UInt8>, inout [Int], inout [Found]) -> Void,
        note: (Found, ArraySlice<UInt8>) -> Void
    ) -> Step {
        hasJustMoved = false
        guard isHolding else { return Step() }
        var found: [Found] = []
        let seen = bytes
        find(seen.span, &decided, &found)
        for index in decided.indices { decided[index] = boundary(decided[index]) }
        if !found.isEmpty {
            waiting += found
            waiting.sort { $0.range.lowerBound < $1.range.lowerBound }
        }
        var end = isFinal ? bytes.count : decided.min() ?? bytes.count
        if bytes.count - gone > Self.heldBytesMax { end = max(end, boundary(bytes.count - Self.heldBytesMax / 2)) }
        // One that another detector has not decided past yet may be a part of a longer one.
        for finding in waiting.reversed() where finding.range.lowerBound < end && finding.range.upperBound > end {
            end = finding.range.lowerBound
        }
        return pass(until: max(gone, end), set, note)
    }

    private mutating func pass(
        until end: Int, _ set: DetectorSet, _ note: (Found, ArraySlice<UInt8>) -> Void
    ) -> Step {
        var (step, result, position, taken) = (Step(), [UInt8](), gone, 0)
        for finding in waiting {
            guard finding.range.lowerBound < end else { break }
            taken += 1
            note(finding, bytes[finding.range])
            switch set.effects[finding.check] {
            case .block:
                result += bytes[position..<max(position, finding.range.lowerBound)]
                step.text = String(decoding: result, as: UTF8.self)
                step.blockedBy = finding
                return step
            case .mask:
                // One that overlaps the one before is covered by that one's mark.
                if finding.range.lowerBound >= position {
                    result += bytes[position..<finding.range.lowerBound]
                    result += Array(Placeholders.mark(of: finding.reason).utf8)
                }
                position = max(position, finding.range.upperBound)
            case .none, .failOpen, .failClosed: break
            }
        }
        waiting.removeFirst(taken)
        if position < end { result += bytes[position..<end] }
        hasJustMoved = end > gone
        gone = max(position, end)
        step.text = String(decoding: result, as: UTF8.self)
        forget(set.contextBytes)
        return step
    }

    /// What decides about nothing any more.
    private mutating func forget(_ contextBytes: [Int]) {
        var keep = gone
        for (end, context) in zip(decided, contextBytes) { keep = min(keep, end - context) }
        keep = boundary(max(0, keep))
        guard keep >= 1_024 else { return }
        bytes.removeFirst(keep)
        gone -= keep
        for index in decided.indices { decided[index] -= keep }
        for index in waiting.indices {
            waiting[index].range = waiting[index].range.lowerBound - keep..<waiting[index].range.upperBound - keep
        }
    }

    /// The beginning of the scalar that a byte belongs to: only whole ones go on, and are shown.
    private func boundary(_ index: Int) -> Int {
        var index = index
        while index > 0, index < bytes.count, bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }
}
