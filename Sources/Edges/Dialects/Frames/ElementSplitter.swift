/// Finds the elements of one JSON array as they come; the array's own brackets and commas are passed over.
struct ElementSplitter {
    /// Bytes looked at of those that are not consumed.
    private var scanned = 0
    private var depth = 0
    private var quotes = JSONQuotes()
    private var start: Int?

    /// Hands on each element that is complete; returns how many bytes need not be shown again.
    mutating func read(_ bytes: UnsafeRawBufferPointer, _ element: (UnsafeRawBufferPointer) -> Void) -> Int {
        var consumed = 0
        while scanned < bytes.count {
            let byte = bytes[scanned]
            scanned += 1
            if quotes.take(byte) { continue }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 2, start == nil { start = scanned - 1 }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth == 1, let begun = start else { break }
                element(UnsafeRawBufferPointer(rebasing: bytes[begun..<scanned]))
                start = nil
            default: break
            }
            if start == nil { consumed = scanned }
        }
        scanned -= consumed
        if let begun = start { start = begun - consumed }
        return consumed
    }
}
