import GatewayTypes
import Storage

/// Why an exchange was served by what served it, in sentences.
struct ExchangeReasons {
    private let story: ExchangeStory
    private var row: LedgerRow { story.row }

    init(_ story: ExchangeStory) { self.story = story }

    var lines: [String] {
        [route, rule, refusal].compactMap { $0 } + story.notes.map { "\($0.hop.rawValue): \($0.text)" } + dropped
    }

    private var route: String? {
        guard !row.servedModel.isEmpty else { return nil }
        let led = "\(row.askedModel) is route \(row.route), which led to \(row.provider)/\(row.servedModel)"
        switch Moved(rawValue: row.moved) {
        case .no, nil: return led + ", its first choice."
        case .fallback: return led + " after another target had failed, or was not to be tried."
        case .budget: return led + " because of a budget."
        case .override: return led + " because of an operator's override."
        case .latency: return led + ", the quicker one."
        case .weight: return led + " by weight."
        case .content: return led + " by what the request holds."
        case .cost: return led + ", the cheaper one."
        case .load: return led + ", the one with less to do."
        case .quality: return led + ", the better scored one."
        case .hedge: return led + ", which spoke before the first one did."
        case .canary: return led + ", a canary."
        }
    }

    private var rule: String? {
        guard let budget = row.budget, let name = row.rule else { return nil }
        if let from = story.reroutedFrom, let to = row.reroutedTo {
            let demand = row.demand.map { "; unmoved it would have cost \($0) USD" } ?? ""
            if budget == Override.operators {
                return "the operator's override \(name) moved it from \(from) to \(to)\(demand)."
            }
            return "rule \(name) of budget \(budget) moved it from \(from) to \(to)\(demand)."
        }
        if let tokens = story.clampedTo {
            return "rule \(name) of budget \(budget) let it have at most \(tokens) output tokens."
        }
        return "rule \(name) of budget \(budget) was in force."
    }

    private var refusal: String? {
        story.failureMessage.map { "\(row.outcome): \($0)" }
    }

    private var dropped: [String] {
        story.dropped.isEmpty
            ? [] : ["left out, because the target cannot do it: " + story.dropped.joined(separator: ", ") + "."]
    }
}
