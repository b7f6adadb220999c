/// Characters that readers do not see: tags, runs of selectors, zero widths within words, overrides of direction.
///
/// What writing needs passes: joiners of emoji, of Indic and Persian words, marks and isolates of Arabic and Hebrew, flags of
/// regions, selectors of emoji and of Han, soft hyphens.
enum HiddenCharacters {
    private enum Kind { case other, zeroWidth, selector, tag, override }

    /// Invisible characters in a row that no writing has.
    private static let runMin = 4

    static func collect(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence]) {
        var index = 0
        while index < text.count {
            // The first bytes of all that is looked for here.
            switch text[index] {
            case 0xCD, 0xE1, 0xE2, 0xE3, 0xEF, 0xF3: break
            default:
                index += 1
                continue
            }
            let (value, length) = Scalars.read(text, at: index)
            switch kind(value) {
            case .other: index += length
            case .override:
                add(index..<index + length, 100, &evidence)
                index += length
            case .tag:
                let end = runEnd(text, from: index) { $0 == .tag }
                if !isFlag(text, index..<end) { add(index..<end, 150, &evidence) }
                index = end
            case .selector:
                let end = runEnd(text, from: index) { $0 == .selector }
                if end > index + length { add(index..<end, 120, &evidence) }
                index = end
            case .zeroWidth:
                let end = runEnd(text, from: index) { $0 == .zeroWidth }
                zeroWidths(text, index..<end, &evidence)
                index = end
            }
        }
    }

    private static func add(_ range: Range<Int>, _ weight: Int, _ evidence: inout [InjectionEvidence]) {
        // A long run is several pieces, so that each is local.
        var start = range.lowerBound
        repeat {
            let end = min(start + 512, range.upperBound)
            evidence.append(InjectionEvidence(range: start..<end, weight: weight, kind: .hiddenCharacters))
            start = end
        } while start < range.upperBound
    }

    private static func kind(_ value: UInt32) -> Kind {
        switch value {
        case 0x200B...0x200D, 0x2060...0x2064, 0xFEFF, 0x180E, 0x34F, 0x115F, 0x1160, 0x3164, 0xFFA0: .zeroWidth
        case 0xFE00...0xFE0F, 0xE0100...0xE01EF: .selector
        case 0xE0000...0xE007F: .tag
        case 0x202D, 0x202E: .override
        case _: .other
        }
    }

    private static func runEnd(_ text: Span<UInt8>, from start: Int, _ belongs: (Kind) -> Bool) -> Int {
        var end = start
        while end < text.count {
            let (value, length) = Scalars.read(text, at: end)
            guard belongs(kind(value)) else { break }
            end += length
        }
        return end
    }

    /// The flags of England, Scotland and Wales: a black flag, some tags, the tag that ends them.
    private static func isFlag(_ text: Span<UInt8>, _ tags: Range<Int>) -> Bool {
        let flag: [UInt8] = [0xF0, 0x9F, 0x8F, 0xB4]
        guard tags.count <= 7 * 4, tags.lowerBound >= 4 else { return false }
        for (offset, byte) in flag.enumerated() where text[tags.lowerBound - 4 + offset] != byte { return false }
        return Scalars.read(text, at: tags.upperBound - 4).value == 0xE007F
    }

    private static func zeroWidths(_ text: Span<UInt8>, _ run: Range<Int>, _ evidence: inout [InjectionEvidence]) {
        var count = 0
        var index = run.lowerBound
        while index < run.upperBound {
            count += 1
            index += Scalars.read(text, at: index).length
        }
        if count >= runMin { return add(run, 120, &evidence) }
        guard run.lowerBound > 0, run.upperBound < text.count else { return }
        if Scalars.isLetter(text[run.lowerBound - 1]), Scalars.isLetter(text[run.upperBound]) {
            add(run, 50, &evidence)
        }
    }
}
