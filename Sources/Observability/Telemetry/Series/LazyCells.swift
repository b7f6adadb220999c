/// Cells of one series family by a position in a closed set, made when first needed.
struct LazyCells<Cell: AnyObject> {
    private var cells: [Cell?]

    init(count: Int) { cells = Array(repeating: nil, count: count) }

    mutating func at(_ position: Int, _ make: () -> Cell) -> Cell {
        if let cell = cells[position] { return cell }
        let cell = make()
        cells[position] = cell
        return cell
    }
}
