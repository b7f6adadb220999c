/// Items in the order in which they came, in the pieces in which they came: on its way to a batch none is copied.
struct ItemQueue<Item: Sendable>: Sendable {
    private var pieces: [ArraySlice<Item>] = []
    private(set) var count = 0

    mutating func append(_ piece: ArraySlice<Item>) {
        guard !piece.isEmpty else { return }
        pieces.append(piece)
        count += piece.count
    }

    /// The oldest items, `countMax` at the most.
    mutating func take(_ countMax: Int) -> ItemBatch<Item> {
        var taken: [ArraySlice<Item>] = []
        var room = countMax
        var whole = 0
        while whole < pieces.count, pieces[whole].count <= room {
            room -= pieces[whole].count
            taken.append(pieces[whole])
            whole += 1
        }
        pieces.removeFirst(whole)
        if room > 0, !pieces.isEmpty {
            taken.append(pieces[0].prefix(room))
            pieces[0] = pieces[0].dropFirst(room)
        }
        let batch = ItemBatch(pieces: taken)
        count -= batch.count
        return batch
    }

    /// Puts back what was taken last.
    mutating func putBack(_ batch: ItemBatch<Item>) {
        pieces.insert(contentsOf: batch.pieces, at: 0)
        count += batch.count
    }

    mutating func removeAll() { self = ItemQueue() }
}

/// Items that are sent together.
struct ItemBatch<Item: Sendable>: Sendable {
    fileprivate let pieces: [ArraySlice<Item>]
    let count: Int

    fileprivate init(pieces: [ArraySlice<Item>]) {
        self.pieces = pieces
        count = pieces.reduce(0) { $0 + $1.count }
    }

    init(_ items: [Item]) { self.init(pieces: [items[...]]) }

    func map<Made>(_ make: (Item) -> Made) -> [Made] {
        var made: [Made] = []
        made.reserveCapacity(count)
        for piece in pieces {
            for position in piece.indices { made.append(make(piece[position])) }
        }
        return made
    }
}
