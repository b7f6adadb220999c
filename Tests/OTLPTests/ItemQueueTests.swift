import NIOCore
import Telemetry
import Testing

@testable import OTLP

/// Against a plain array: whatever the pieces, the items come out in the order in which they went in.
@Suite struct ItemQueueTests {
    /// Each item is a byte.
    private func piece(_ items: Range<Int>) -> PackedItems {
        PackedItems(ByteBuffer(bytes: items.map { UInt8($0) }), count: items.count, of: nil)
    }

    private func items(_ batch: ItemBatch) -> [Int] {
        batch.pieces.flatMap { $0.bytes.readableBytesView.map(Int.init) }
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `Batches hold the oldest exchanges, none of them in part`(countMax: Int) {
        var queue = ItemQueue()
        var plain: [[Int]] = []
        var next = 0
        var taken: [[Int]] = []
        for size in [0, 1, 5, 3, 0, 12, 2, 0, 0, 0, 0, 0] {
            queue.append(piece(next..<next + size))
            if size > 0 { plain.append(Array(next..<next + size)) }
            next += size
            let batch = queue.take(countMax)
            #expect(batch.count <= max(countMax, batch.pieces.count == 1 ? 12 : 0))
            taken += batch.pieces.map { $0.bytes.readableBytesView.map(Int.init) }
            #expect(queue.count == plain.dropFirst(taken.count).reduce(0) { $0 + $1.count })
            #expect(taken == Array(plain.prefix(taken.count)))
        }
        while queue.count > 0 {
            let batch = queue.take(countMax)
            #expect(batch.count > 0)
            taken += batch.pieces.map { $0.bytes.readableBytesView.map(Int.init) }
        }
        #expect(taken == plain && queue.take(countMax).count == 0)
    }

    @Test func `A batch is filled as far as whole exchanges fill it`() {
        var queue = ItemQueue()
        for start in 0..<4 { queue.append(piece(start * 3..<start * 3 + 3)) }
        #expect(queue.take(7).count == 6 && queue.take(2).count == 3 && queue.count == 3)
    }

    @Test func `What is put back comes first again`() {
        var queue = ItemQueue()
        queue.append(piece(1..<3))
        queue.append(piece(3..<5))
        queue.putBack(queue.take(2))
        #expect(queue.count == 4 && items(queue.take(10)) == [1, 2, 3, 4])
    }

    @Test func `There is room as long as the bound is kept, and for anything where nothing waits`() {
        var queue = ItemQueue()
        #expect(queue.hasRoom(for: piece(0..<9), max: 5))
        queue.append(piece(0..<3))
        #expect(queue.hasRoom(for: piece(3..<5), max: 5) && !queue.hasRoom(for: piece(3..<6), max: 5))
    }
}
