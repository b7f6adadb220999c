import Testing

@testable import OTLP

/// Against a plain array: whatever the pieces, the items come out in the order in which they went in.
@Suite struct ItemQueueTests {
    @Test(arguments: [1, 2, 3, 7, 100])
    func `Batches hold the oldest items, however they came`(countMax: Int) {
        var queue = ItemQueue<Int>()
        var plain: [Int] = []
        var next = 0
        for size in [0, 1, 5, 3, 0, 12, 2] {
            let piece = Array(next..<next + size)
            next += size
            queue.append(piece[...])
            plain += piece
            let taken = queue.take(countMax).map { $0 }
            #expect(taken == Array(plain.prefix(countMax)))
            plain.removeFirst(taken.count)
            #expect(queue.count == plain.count)
        }
        while queue.count > 0 {
            let taken = queue.take(countMax).map { $0 }
            #expect(!taken.isEmpty && taken == Array(plain.prefix(countMax)))
            plain.removeFirst(taken.count)
        }
        #expect(plain.isEmpty && queue.take(countMax).count == 0)
    }

    @Test func `What is put back comes first again`() {
        var queue = ItemQueue<Int>()
        queue.append([1, 2, 3][...])
        queue.append([4][...])
        let batch = queue.take(2)
        queue.putBack(batch)
        #expect(queue.count == 4 && queue.take(10).map { $0 } == [1, 2, 3, 4])
    }
}
