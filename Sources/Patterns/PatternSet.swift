internal import CRE2

/// Regular expressions (RE2's) that are looked for together. Its time is linear in the text, whatever the patterns.
public final class PatternSet: @unchecked Sendable {
    // Sound: the set is made in `init` and only read thereafter; RE2 guards what it learns while it matches itself.
    private let set: OpaquePointer
    public let count: Int
    /// UTF-8 bytes: a longer match may be cut.
    private let reachBytes: [Int]

    public struct Fault: Error, CustomStringConvertible {
        /// Which of the patterns; nil: all of them together.
        public let index: Int?
        public let description: String
    }

    /// Bytes that each pattern's automaton may take.
    public static let memoryBytesMax = 8 << 20

    public init(_ patterns: [(text: String, reachBytes: Int)]) throws(Fault) {
        let made = weir_re2_make(Int64(Self.memoryBytesMax))
        var fault: Fault?
        for (index, pattern) in patterns.enumerated() where fault == nil {
            fault = Self.add(pattern.text, to: made).map { Fault(index: index, description: $0) }
        }
        if fault == nil, !weir_re2_compile(made) {
            fault = Fault(index: nil, description: "the patterns take too much memory together")
        }
        if let fault {
            weir_re2_free(made)
            throw fault
        }
        set = made
        count = patterns.count
        reachBytes = patterns.map { max(1, $0.reachBytes) }
    }

    deinit { weir_re2_free(set) }

    /// Why a pattern cannot be used; nil: it can.
    private static func add(_ pattern: String, to set: OpaquePointer) -> String? {
        var (pattern, why) = (pattern, [CChar](repeating: 0, count: 256))
        let isAdded = pattern.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                guard let base = text.baseAddress else { return false }
                return weir_re2_add(set, base, text.count, &why, why.count)
            }
        }
        if isAdded { return nil }
        let text = String(decoding: why.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? "is empty" : text
    }

    /// Whether one of the patterns is somewhere in the text, if only as nothing.
    public func matches(_ text: Span<UInt8>) -> Bool {
        // An empty text has an address too, for RE2.
        guard !text.isEmpty else {
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) {
                matches(UnsafePointer($0.baseAddress), 0)
            }
        }
        return text.withUnsafeBufferPointer { matches($0.baseAddress, $0.count) }
    }

    private func matches(_ text: UnsafePointer<UInt8>?, _ bytes: Int) -> Bool {
        guard let text else { return false }
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { indices in
            guard let first = indices.baseAddress else { return false }
            return weir_re2_matching(set, text, bytes, first) > 0
        }
    }

    /// Tells of every match of every pattern that is not empty: by pattern, each pattern's in their order.
    /// Those from `start` on; what stands before is seen, too.
    public func forEachMatch(
        in text: Span<UInt8>, from start: Int = 0, _ body: (_ pattern: Int, _ range: Range<Int>) -> Void
    ) {
        guard start < text.count else { return }
        text.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { indices in
                guard let first = indices.baseAddress else { return }
                let found = weir_re2_matching(set, base, bytes.count, first)
                for index in indices[..<found] { scan(Int(index), base, start, bytes.count, body) }
            }
        }
    }

    /// Looks no further ahead than twice the reach at a time: a match that needs the whole text to be decided would else
    /// take as long again for each of its neighbours.
    private func scan(
        _ pattern: Int, _ text: UnsafePointer<UInt8>, _ first: Int, _ bytes: Int, _ body: (Int, Range<Int>) -> Void
    ) {
        let reach = reachBytes[pattern]
        let ahead = max(2 * reach, 512)
        var (from, start, end) = (first, 0, 0)
        while from < bytes {
            let to = min(bytes, from + ahead)
            guard weir_re2_find(set, Int32(pattern), text, bytes, from, to, &start, &end) else {
                // Whatever begins in the last reach might end behind it.
                from = to == bytes ? bytes : to - reach
                continue
            }
            if end == to, to < bytes, start > from {
                from = start
            } else {
                if end > start { body(pattern, start..<end) }
                from = max(end, start + 1)
            }
        }
    }
}
