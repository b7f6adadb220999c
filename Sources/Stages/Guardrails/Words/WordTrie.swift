/// Words as a tree of their scalars, with links to the longest other beginning at every node.
struct WordTrie: Sendable {
    private struct Node {
        var link: Int32 = 0
        /// The nearest node on the way of links where a word ends; 0: none.
        var endLink: Int32 = 0
        /// The position of the word's reason; -1: none ends here.
        var reason: Int32 = -1
        var depth: Int32 = 0
    }

    private var nodes = [Node()]
    /// Edges by node and scalar: open addressing, a power of two, at most half full. 0: free.
    private var keys: [UInt64] = []
    private var targets: [Int32] = []
    private var edges = 0
    /// Edges of the root for ASCII: most text never leaves it.
    private var rootEdges = [Int32](repeating: 0, count: 128)
    private(set) var depthMax = 0

    init() {
        keys = Array(repeating: 0, count: 256)
        targets = Array(repeating: 0, count: 256)
    }

    mutating func add(_ scalars: [UInt32], reason: Int) {
        guard !scalars.isEmpty else { return }
        var node = 0
        for scalar in scalars {
            var next = Int(target(node, scalar))
            if next == 0 {
                next = nodes.count
                var made = Node()
                made.depth = nodes[node].depth + 1
                nodes.append(made)
                insert(node, scalar, Int32(next))
                if node == 0, scalar < 128 { rootEdges[Int(scalar)] = Int32(next) }
            }
            node = next
        }
        if nodes[node].reason < 0 { nodes[node].reason = Int32(reason) }
        depthMax = max(depthMax, scalars.count)
    }

    /// Once all words are in: breadth first, so that shallower nodes have their links already.
    mutating func link() {
        var children: [[(scalar: UInt32, node: Int)]] = Array(repeating: [], count: nodes.count)
        for slot in keys.indices where keys[slot] != 0 {
            let key = keys[slot] - 1
            children[Int(key >> 21)].append((UInt32(key & 0x1F_FFFF), Int(targets[slot])))
        }
        var queue = children[0].map(\.node)
        var position = 0
        while position < queue.count {
            let parent = queue[position]
            position += 1
            for (scalar, node) in children[parent] {
                let link = next(Int(nodes[parent].link), scalar)
                nodes[node].link = Int32(link)
                nodes[node].endLink = nodes[link].reason >= 0 ? Int32(link) : nodes[link].endLink
                queue.append(node)
            }
        }
    }

    /// The longest beginning of a word that the text read so far ends with.
    @inline(__always)
    func next(_ state: Int, _ scalar: UInt32) -> Int {
        var state = state
        while true {
            if state == 0 {
                return Int(scalar < 128 ? rootEdges[Int(scalar)] : target(0, scalar))
            }
            let next = target(state, scalar)
            if next != 0 { return Int(next) }
            state = Int(nodes[state].link)
        }
    }

    @inline(__always)
    func hasEnd(_ state: Int) -> Bool { nodes[state].reason >= 0 || nodes[state].endLink != 0 }

    /// Scalars of the beginning of a word that a state stands for.
    func depth(of state: Int) -> Int { Int(nodes[state].depth) }

    /// The words that end here, the longest first.
    func forEachEnd(at state: Int, _ body: (_ reason: Int, _ depth: Int) -> Void) {
        var state = nodes[state].reason >= 0 ? state : Int(nodes[state].endLink)
        while state != 0 {
            body(Int(nodes[state].reason), Int(nodes[state].depth))
            state = Int(nodes[state].endLink)
        }
    }

    // MARK: Edges

    private static func key(_ node: Int, _ scalar: UInt32) -> UInt64 { UInt64(node) << 21 + UInt64(scalar) + 1 }

    private func slot(_ key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & (keys.count - 1)
        while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    private func target(_ node: Int, _ scalar: UInt32) -> Int32 { targets[slot(Self.key(node, scalar))] }

    private mutating func insert(_ node: Int, _ scalar: UInt32, _ target: Int32) {
        if (edges + 1) * 2 > keys.count {
            let (oldKeys, oldTargets) = (keys, targets)
            keys = Array(repeating: 0, count: oldKeys.count * 2)
            targets = Array(repeating: 0, count: oldKeys.count * 2)
            for (key, target) in zip(oldKeys, oldTargets) where key != 0 {
                let place = slot(key)
                keys[place] = key
                targets[place] = target
            }
        }
        let place = slot(Self.key(node, scalar))
        keys[place] = Self.key(node, scalar)
        targets[place] = target
        edges += 1
    }
}
