extension [Finding] {
    /// In the order in which they begin, those that overlap as one with the first one's reason. Which bytes are covered is
    /// then decided close by, however many of them overlap in a row.
    mutating func merge(from start: Int = 0) {
        guard count - start > 1 else { return }
        self[start...].sort { ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound) }
        var last = start
        for index in (start + 1)..<count {
            let (before, next) = (self[last], self[index])
            if next.range.lowerBound < before.range.upperBound {
                let end = Swift.max(before.range.upperBound, next.range.upperBound)
                self[last] = Finding(before.range.lowerBound..<end, before.reason)
            } else {
                last += 1
                self[last] = next
            }
        }
        removeLast(count - last - 1)
    }

    /// Drops what is not decided before `end`, which moves before a finding that lies across it; returns it.
    mutating func keep(from start: Int, until end: Int) -> Int {
        var end = end
        for finding in self[start...].reversed() where finding.range.upperBound > end {
            end = Swift.min(end, finding.range.lowerBound)
        }
        while count > start, self[count - 1].range.upperBound > end { removeLast() }
        return end
    }
}
