import GatewayTypes

/// The price of every component of a cost, after all fallbacks: what one exchange is charged by.
struct RateTable: Sendable {
    private var rates: [UnitPrice?] = Array(repeating: nil, count: CostComponent.allCases.count)

    /// Whether requests or time are paid, and tokens are not: then they are free, not unpriced.
    let isFlat: Bool

    subscript(component: CostComponent) -> UnitPrice? { rates[component.ordinal] }

    /// `layers` are price lists from the most specific to the plainest.
    ///
    /// A component without a price of its own is charged as its nearest kin: cached reads and writes, audio and images
    /// as input; an hour's cache write as a cache write; reasoning and spoken output as output. Its own price in a
    /// plainer layer comes before its kin's in a finer one. Reasoning is the exception: it is output in all but name,
    /// so that a tier's output price beats the plain list's reasoning price.
    init(layers: [[PriceUnit: UnitPrice]]) {
        func has(_ units: [PriceUnit]) -> Bool { layers.contains { layer in units.contains { layer[$0] != nil } } }
        isFlat = has([.request, .second]) && !has([.input, .output])
        for component in CostComponent.allCases {
            let kin = component.units
            if component == .reasoning {
                rates[component.ordinal] =
                    layers.lazy.compactMap { layer in
                        kin.lazy.compactMap { layer[$0] }.first
                    }.first
            } else {
                rates[component.ordinal] =
                    kin.lazy.compactMap { unit in
                        layers.lazy.compactMap { $0[unit] }.first
                    }.first
            }
        }
    }
}

extension CostComponent {
    /// The units whose price holds for this component, its own first.
    fileprivate var units: [PriceUnit] {
        switch self {
        case .input: [.input]
        case .cacheRead: [.cacheRead, .input]
        case .cacheWrite: [.cacheWrite, .input]
        case .cacheWriteHour: [.cacheWriteHour, .cacheWrite, .input]
        case .output: [.output]
        case .reasoning: [.reasoning, .output]
        case .audioInput: [.audioInput, .input]
        case .audioOutput: [.audioOutput, .output]
        case .image: [.imageInput, .input]
        case .request: [.request]
        case .second: [.second]
        case .audioSecond: [.secondInput, .secondOutput]
        case .character: [.characterInput]
        case .page: [.page]
        case .imageOutput: [.imageOutput, .output]
        case .imageEach: [.imageOutputEach]
        }
    }
}
