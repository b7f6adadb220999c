/// What a line of a cost is for: a kind of token, or another billed unit.
public enum CostComponent: String, CaseIterable, Sendable {
    case input
    case cacheRead = "cache_read"
    case cacheWrite = "cache_write"
    case cacheWriteHour = "cache_write_1h"
    case output, reasoning
    case audioInput = "audio_input"
    case audioOutput = "audio_output"
    case image, request
    /// Time of the attempt, for models that Weir's operator runs; in thousandths of a second.
    case second
    /// Sound, in thousandths of a second.
    case audioSecond = "audio_second"
    case character, page
    /// Tokens of images made; and each image, where no tokens were counted.
    case imageOutput = "image_output"
    case imageEach = "image_each"

    /// Its place among all, from 0: for tables.
    @inlinable public var ordinal: Int {
        switch self {
        case .input: 0
        case .cacheRead: 1
        case .cacheWrite: 2
        case .cacheWriteHour: 3
        case .output: 4
        case .reasoning: 5
        case .audioInput: 6
        case .audioOutput: 7
        case .image: 8
        case .request: 9
        case .second: 10
        case .audioSecond: 11
        case .character: 12
        case .page: 13
        case .imageOutput: 14
        case .imageEach: 15
        }
    }
}

/// One line of a bill: units × unit price = amount, rounded once.
public struct CostLine: Sendable, Equatable {
    public let component: CostComponent
    public let units: Int64
    public let price: UnitPrice
    public let amount: Money

    public init(component: CostComponent, units: Int64, price: UnitPrice) {
        self.component = component
        self.units = units
        self.price = price
        amount = price.amount(of: units)
    }
}

/// Whether a price was known. An unknown price is a status of its own, never zero.
public enum PriceStatus: String, CaseIterable, Sendable {
    case priced, unpriced
    /// Nothing was consumed, so there was nothing to price.
    case nothing
}

/// The exact cost of one exchange: the total is the sum of its lines.
public struct Cost: Sendable, Equatable {
    public let status: PriceStatus
    public let lines: [CostLine]
    public let total: Money
    /// The service tier whose prices were used (`default`, `batch`, `flex`, `priority`, …).
    public let tier: String
    /// Identifies the catalogue and overrides that were in force: the first 12 hex digits of their SHA-256.
    public let catalogHash: String

    public init(status: PriceStatus, lines: [CostLine], tier: String, catalogHash: String) {
        self.status = status
        self.lines = lines
        self.tier = tier
        self.catalogHash = catalogHash
        total = lines.reduce(.zero) { $0 + $1.amount }
    }

    /// Something was consumed, and nobody knows what.
    public static let unknown = Cost(status: .unpriced, lines: [], tier: "", catalogHash: "")

    public static let nothing = Cost(status: .nothing, lines: [], tier: "", catalogHash: "")
}

/// Why money was spent: the `purpose` label of `weir_cost_usd_total`.
public enum CostPurpose: String, CaseIterable, Sendable {
    case served, fallback, retry, shadow, guardrail, embedding, classification, aborted
}
