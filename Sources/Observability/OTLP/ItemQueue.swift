import Telemetry

/// Packed items in the order in which they came. Those of one exchange stay together.
struct ItemQueue: Sendable {
    private var pieces: [PackedItems] = []
    /// Of items, not of pieces.
    private(set) var count = 0

    /// Also for a piece that is larger than the queue may be, where nothing else waits.
    func hasRoom(for piece: PackedItems, max: Int) -> Bool { count == 0 || count + piece.count <= max }

    mutating func append(_ piece: PackedItems) {
        guard piece.count > 0 else { return }
        pieces.append(piece)
        count += piece.count
    }

    /// The oldest items, about `countMax`: no piece is split.
    mutating func take(_ countMax: Int) -> ItemBatch {
        var room = countMax
        let whole = pieces.prefix { piece in
            let fits = room == countMax || piece.count <= room
            room -= piece.count
            return fits
        }
        let batch = ItemBatch(Array(whole))
        pieces.removeFirst(batch.pieces.count)
        count -= batch.count
        return batch
    }

    /// Puts back what was taken last.
    mutating func putBack(_ batch: ItemBatch) {
        pieces.insert(contentsOf: batch.pieces, at: 0)
        count += batch.count
    }

    mutating func removeAll() { self = ItemQueue() }
}

/// Items that are sent together.
struct ItemBatch: Sendable {
    let pieces: [PackedItems]
    let count: Int

    init(_ pieces: [PackedItems]) {
        self.pieces = pieces
        count = pieces.reduce(0) { $0 + $1.count }
    }
}
