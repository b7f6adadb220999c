import GatewayTypes

/// One text of a reply that comes in pieces, held back only as far as what is still to come could change what is found in it.
struct OutputWindow {
    /// What was found, once nothing that still comes can change it.
    struct Step {
        var text = ""
        /// Whose finding ended the reply.
        var blockedBy: Found?
    }

    /// The last bytes that have gone on, as far as they decide about the next, and those that wait.
    private var bytes: [UInt8] = []
    private var gone = 0
    private var looked = 0
    /// Whether the last step let something go on.
    private(set) var hasJustMoved = false
    private let reach: Int
    /// Bytes that must have come before it is looked again.
    private let stride: Int

    /// More waits for no finding, however long it grows.
    private static let heldBytesMax = 64 * 1024

    init(reachBytes: Int) {
        reach = reachBytes
        stride = max(1, reachBytes / 4)
    }

    var isHolding: Bool { gone < bytes.count }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// What may go on. `find` looks at the bytes; `note` is told of each finding once.
    mutating func advance(
        isFinal: Bool, _ effects: [GuardrailAction], find: (Span<UInt8>, inout [Found]) -> Void,
        note: (Found, ArraySlice<UInt8>) -> Void
    ) -> Step {
        hasJustMoved = false
        guard isHolding, isFinal || (bytes.count - gone > reach && bytes.count - max(looked, gone) >= stride) else {
            return Step()
        }
        looked = bytes.count
        var found: [Found] = []
        find(bytes.span, &found)
        found.sort { $0.range.lowerBound < $1.range.lowerBound }
        var end = isFinal ? bytes.count : boundary(bytes.count - reach)
        if !isFinal { end = decided(by: found, until: end) }
        return pass(found, until: end, effects, note)
    }

    /// Findings may still grow as long as what follows is not there.
    private func decided(by found: [Found], until end: Int) -> Int {
        guard bytes.count - gone < Self.heldBytesMax else { return end }
        var end = end
        var covered: Range<Int>?
        for finding in found where finding.range.upperBound > gone {
            guard finding.range.lowerBound < end || finding.range.lowerBound < (covered?.upperBound ?? 0) else { break }
            if let before = covered, finding.range.lowerBound < before.upperBound {
                covered = before.lowerBound..<max(before.upperBound, finding.range.upperBound)
            } else {
                covered = finding.range
            }
            if let covered, covered.upperBound + reach > bytes.count { end = min(end, max(covered.lowerBound, gone)) }
        }
        return end
    }

    private mutating func pass(
        _ found: [Found], until end: Int, _ effects: [GuardrailAction], _ note: (Found, ArraySlice<UInt8>) -> Void
    ) -> Step {
        var (step, result, position) = (Step(), [UInt8](), gone)
        for finding in found where finding.range.lowerBound < end && finding.range.upperBound > gone {
            if finding.range.lowerBound >= gone { note(finding, bytes[finding.range]) }
            switch effects[finding.check] {
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
        result += bytes[min(position, max(end, gone))..<max(end, gone)]
        step.text = String(decoding: result, as: UTF8.self)
        go(to: max(position, end), found)
        return step
    }

    /// Forgets what decides about nothing any more: never a part of a finding alone, which would be another one.
    private mutating func go(to end: Int, _ found: [Found]) {
        hasJustMoved = end > gone
        gone = max(gone, end)
        var keep = boundary(max(0, gone - reach))
        for finding in found.reversed() where finding.range.lowerBound < keep && finding.range.upperBound > keep {
            keep = finding.range.lowerBound
        }
        guard keep > 3 * reach + 256 else { return }
        bytes.removeFirst(keep)
        gone -= keep
        looked -= keep
    }

    /// The beginning of the scalar that a byte belongs to.
    private func boundary(_ index: Int) -> Int {
        var index = index
        while index > 0, index < bytes.count, bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }
}
