import GatewayTypes
import JSON

/// How much a model on Bedrock should think, in the words of its maker. Only Claude is told.
enum ConverseThinking: Equatable {
    /// Nothing is asked for, or the model does as is asked anyway.
    case unsaid
    case unsupported
    case off
    case budget(Int64)
    case adaptive(effort: String?)

    /// Claude takes no smaller budget.
    static let budgetMin: Int64 = 1024

    init(_ wish: ReasoningWish?, model: BedrockModel, outputTokensMax: Int64?) {
        guard let wish, wish.effort != nil || wish.tokensMax != nil else {
            self = .unsaid
            return
        }
        let wantsNone = wish.effort == ReasoningWish.Effort.none || wish.tokensMax == 0
        guard model.family == .anthropic else {
            self = wantsNone ? .unsaid : .unsupported
            return
        }
        if wantsNone {
            self = .off
        } else if model.thinksAdaptively {
            self = .adaptive(effort: Self.effort(wish))
        } else {
            self = Self.budget(wish, outputTokensMax)
        }
    }

    /// The budget counts into the reply's tokens and must be less than they.
    private static func budget(_ wish: ReasoningWish, _ outputTokensMax: Int64?) -> Self {
        let wanted = wish.tokensMax ?? tokens(wish.effort)
        let most = outputTokensMax.map { $0 - 1 } ?? .max
        return most < budgetMin ? .unsupported : .budget(max(budgetMin, min(wanted, most)))
    }

    private static func tokens(_ effort: ReasoningWish.Effort?) -> Int64 {
        switch effort {
        case nil, ReasoningWish.Effort.none?, .minimal?: budgetMin
        case .low?: 2048
        case .medium?: 4096
        case .high?: 8192
        case .xhigh?: 16_384
        case .max?: 32_768
        }
    }

    private static func effort(_ wish: ReasoningWish) -> String {
        switch wish.effort {
        case ReasoningWish.Effort.none?, .minimal?, .low?: "low"
        case .medium?: "medium"
        case .high?, .xhigh?: "high"
        case .max?: "max"
        case nil:
            switch wish.tokensMax ?? 0 {
            case ...2048: "low"
            case ...8192: "medium"
            default: "high"
            }
        }
    }

    var isSaid: Bool {
        switch self {
        case .unsaid, .unsupported: false
        case .off, .budget, .adaptive: true
        }
    }

    func write(into json: inout JSONBuilder) {
        guard isSaid else { return }
        json.openObject("thinking")
        switch self {
        case .unsaid, .unsupported: break
        case .off: json.member("type", "disabled")
        case .budget(let tokens):
            json.member("type", "enabled")
            json.member("budget_tokens", tokens)
        case .adaptive: json.member("type", "adaptive")
        }
        json.closeObject()
        guard case .adaptive(let effort?) = self else { return }
        json.openObject("output_config")
        json.member("effort", effort)
        json.closeObject()
    }
}
