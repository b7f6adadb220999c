import GatewayTypes
import Synchronization

/// Rate cards of models that no target names: found when a provider's own API was asked for them.
final class AnyModelCards: Sendable {
    private struct Key: Hashable {
        let target: Int
        let model: String
    }

    /// Names come from clients: beyond so many, all are forgotten and found anew.
    private static let countMax = 1024

    private let shelf: PriceShelf
    private let found = Mutex<[Key: [RateCard]]>([:])

    init(_ shelf: PriceShelf) { self.shelf = shelf }

    func cards(for target: Target, model: String) -> [RateCard] {
        let key = Key(target: target.index, model: model)
        if let cards = found.withLock({ $0[key] }) { return cards }
        let cards = shelf.cards(for: target, model: model)
        found.withLock { found in
            if found.count >= Self.countMax { found.removeAll() }
            found[key] = cards
        }
        return cards
    }
}
