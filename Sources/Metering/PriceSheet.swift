public import GatewayTypes

/// The prices of one model: the plain ones, those above thresholds of input tokens, and those of service tiers.
public struct PriceSheet: Sendable, Equatable {
    /// Prices, and the same where the input exceeds a number of tokens (for the whole request).
    public struct Table: Sendable, Equatable {
        public internal(set) var prices: [PriceUnit: UnitPrice] = [:]
        public internal(set) var above: [Int64: [PriceUnit: UnitPrice]] = [:]
    }

    public private(set) var plain = Table()
    public private(set) var tiers: [String: Table] = [:]

    public init() {}

    public var isEmpty: Bool { plain.prices.isEmpty && plain.above.isEmpty && tiers.isEmpty }

    /// Takes in one `[TIER.][above.N.]UNIT` with its decimal; says what is wrong with it otherwise.
    public mutating func set(_ key: String, _ value: some StringProtocol) throws(PriceError) {
        var words = key.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = words.popLast(), let unit = PriceUnit(rawValue: String(last)) else {
            throw PriceError("\(key): the last word must be one of \(Self.unitWords)")
        }
        guard let price = unit.price(value) else {
            throw PriceError(
                "\(key): \(value) is no decimal from 0 with at most \(unit.isPerMillion ? 12 : 18) fraction digits")
        }
        var threshold: Int64?
        if words.count >= 2, words[words.count - 2] == "above" {
            guard let tokens = Int64(words[words.count - 1]), tokens > 0 else {
                throw PriceError("\(key): 'above' needs a number of tokens from 1")
            }
            threshold = tokens
            words.removeLast(2)
        }
        guard words.count <= 1, words.allSatisfy({ !$0.isEmpty && $0 != "above" }) else {
            throw PriceError("\(key): must read [TIER.][above.TOKENS.]UNIT")
        }
        if let tier = words.first {
            tiers[String(tier), default: Table()].set(unit, price, above: threshold)
        } else {
            plain.set(unit, price, above: threshold)
        }
    }

    /// Takes in one plain price.
    mutating func set(_ unit: PriceUnit, _ price: UnitPrice) { plain.set(unit, price, above: nil) }

    private static let unitWords = PriceUnit.allCases.map(\.rawValue).joined(separator: ", ")
}

extension PriceSheet.Table {
    fileprivate mutating func set(_ unit: PriceUnit, _ price: UnitPrice, above threshold: Int64?) {
        if let threshold { above[threshold, default: [:]][unit] = price } else { prices[unit] = price }
    }
}

/// What is wrong with a catalogue or an override, in a sentence for people.
public struct PriceError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
