import GatewayTypes
import Synchronization

/// What was learned of how many tokens a model makes of its text. Lives as long as the process: every configuration's
/// `PriceBook` is given the same one, so that a reload forgets nothing.
public final class TokenEstimator: Sendable {
    private struct Key: Hashable {
        let providerKind: String
        let model: String
    }

    private let known = Mutex<[Key: TokenRatios]>([:])

    public init() {}

    /// The ratios by target index, up to `count`. Targets of one kind and model share theirs.
    func ratios(for targets: [Target], count: Int) -> [TokenRatios] {
        known.withLock { known in
            var ratios = (0..<count).map { _ in TokenRatios() }
            for target in targets {
                let key = Key(providerKind: target.providerKind, model: target.servedModel.text)
                if let learned = known[key] {
                    ratios[target.index] = learned
                } else {
                    known[key] = ratios[target.index]
                }
            }
            return ratios
        }
    }
}

/// A model's two ratios: prompts are other text than replies.
struct TokenRatios: Sendable {
    let input = TokenRatio()
    let output = TokenRatio()
}
