import GatewayTypes

/// Every name that a configuration declares, once: what may become a metric label.
struct NameBook {
    private(set) var teams = NameTable()
    private(set) var callers = NameTable()
    private(set) var routes = NameTable()
    private(set) var providers = NameTable()
    private(set) var models = NameTable()
    private(set) var plans = NameTable()
    private(set) var limits = NameTable()
    private(set) var templates = NameTable()
    private(set) var callouts = NameTable()
    private(set) var guardrails = NameTable()
    private(set) var budgets = NameTable()
    private(set) var rules = NameTable()
    private(set) var classifiers = NameTable()
    private(set) var classes = NameTable()

    /// Who calls without a key, and the team that pays for it.
    static let anonymous = "anonymous"

    /// The route of a provider's own API.
    static func door(to provider: String) -> String { "providers/" + provider }

    init(_ configuration: Configuration) {
        for team in configuration.teams { _ = teams.declare(team.name) }
        for caller in configuration.callers { _ = callers.declare(caller.name) }
        // Who shows a token that names none of the callers.
        for jwt in configuration.jwt { _ = callers.declare(jwt.name) }
        if configuration.anonymous {
            _ = teams.declare(Self.anonymous)
            _ = callers.declare(Self.anonymous)
        }
        for model in configuration.models {
            _ = routes.declare(model.name)
            for target in model.targets { _ = models.declare(target.model) }
            if let shadow = model.shadow { _ = models.declare(shadow.target.model) }
            if let canary = model.canary { _ = models.declare(canary.target.model) }
        }
        for provider in configuration.providers {
            _ = providers.declare(provider.name)
            _ = routes.declare(Self.door(to: provider.name))
        }
        for classifier in configuration.classifiers {
            _ = classifiers.declare(classifier.name)
            for name in classifier.classNames { _ = classes.declare(name) }
        }
        for plan in configuration.plans { _ = plans.declare(plan.name) }
        for place in LimitDesk.places(configuration) { _ = limits.declare(place.limit.name) }
        for callout in configuration.callouts { _ = callouts.declare(callout.name) }
        for guardrail in configuration.guardrails { _ = guardrails.declare(guardrail.name) }
        for template in configuration.templates { _ = templates.declare(template.name) }
        for budget in configuration.budgets {
            _ = budgets.declare(budget.name)
            for rule in budget.rules { _ = rules.declare(rule.name) }
        }
    }
}
