import GatewayTypes

/// How a wish for reasoning is said to one of Anthropic's models: newer ones are told an effort and think as they see
/// fit, older ones are given a budget of tokens.
struct AnthropicThinking {
    enum Mode: Equatable {
        case off
        /// Nothing is written: the model's own default.
        case unsaid
        case adaptive(display: String?)
        case budget(Int64)
    }

    private(set) var mode = Mode.unsaid
    private(set) var effort: String?
    private(set) var isUnsupported = false

    /// The least that Anthropic takes as a budget.
    static let budgetMin: Int64 = 1024

    /// `tokensMax`: the reply's `max_tokens`, which the budget is a part of.
    init(_ wish: ReasoningWish?, model: String, tokensMax: Int64) {
        guard let wish else { return }
        let version = Self.version(of: model)
        if wish.effort == ReasoningWish.Effort.none || wish.tokensMax == 0 {
            mode = version < 406 ? .unsaid : .off
        } else if version < 307 {
            isUnsupported = wish.effort != nil || wish.tokensMax != nil
        } else if let tokens = wish.tokensMax, tokens > 0 {
            grant(tokens, of: tokensMax)
        } else if version >= 406 {
            mode = .adaptive(display: wish.shows.map { $0 ? "summarized" : "omitted" })
            effort = wish.effort.map { Self.word($0, version) }
        } else if let effort = wish.effort {
            grant(Self.budget(effort), of: tokensMax)
        }
    }

    /// Leaves a quarter of the reply for what the client sees.
    private mutating func grant(_ tokens: Int64, of tokensMax: Int64) {
        guard tokensMax > Self.budgetMin else { return isUnsupported = true }
        mode = .budget(max(Self.budgetMin, min(tokens, tokensMax / 4 * 3)))
    }

    private static func word(_ effort: ReasoningWish.Effort, _ version: Int) -> String {
        switch effort {
        case .none, .minimal, .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .xhigh: version < 407 ? "high" : "xhigh"
        case .max: "max"
        }
    }

    private static func budget(_ effort: ReasoningWish.Effort) -> Int64 {
        switch effort {
        case .none, .minimal: budgetMin
        case .low: 2048
        case .medium: 8192
        case .high: 16_384
        case .xhigh, .max: 32_000
        }
    }

    /// The model's version, times 100: `claude-sonnet-4-5-20250929` is 405, `claude-3-7-sonnet` is 307. A name that
    /// tells none is taken for a new model's.
    static func version(of model: String) -> Int {
        guard let start = model.firstRange(of: "claude-")?.upperBound else { return .max }
        var numbers: [Int] = []
        for word in model[start...].split(whereSeparator: { "-@.:".contains($0) }) {
            if let number = Int(word), number < 100 {
                numbers.append(number)
                if numbers.count == 2 { break }
            } else if !numbers.isEmpty {
                break
            }
        }
        guard let major = numbers.first else { return .max }
        return major * 100 + (numbers.count > 1 ? numbers[1] : 0)
    }
}
