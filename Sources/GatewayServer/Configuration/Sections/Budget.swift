extension Configuration {
    /// A limit on money, who it holds for, and what happens on the way to it.
    public struct Budget: Sendable {
        public enum Enforce: String, CaseIterable, Sendable { case hard, soft }
        public enum Reserve: String, CaseIterable, Sendable { case strict, expected }
        public enum Unpriced: String, CaseIterable, Sendable { case assume, refuse, allow }

        public internal(set) var name = ""
        public internal(set) var scope = BudgetScope()
        /// `500 USD`, as it is written.
        public internal(set) var limit = ""
        /// `month`, `rolling 20s`, …, as it is written.
        public internal(set) var per = "month"
        public internal(set) var enforce = Enforce.hard
        public internal(set) var reserve = Reserve.strict
        public internal(set) var unpriced = Unpriced.assume
        public internal(set) var owner = ""
        public internal(set) var rules: [BudgetRule] = []

        static let section = Section<Budget>(
            "budget", "A limit on money, who it holds for, and what happens on the way to it.",
            empty: { Budget() },
            fields: [
                Field("name", \.name, .name(of: "a budget"), required: "search", "The `budget` label of metrics."),
                Field("scope", \.scope, .section(BudgetScope.section), "Whose exchanges count; all when left out."),
                Field("limit", \.limit, .text("an amount"), required: "500 USD", "The most that may be spent."),
                Field(
                    "per", \.per, .text("a window"),
                    "`hour`, `day`, `week`, `month` (UTC), `rolling DURATION` of at least 10 s, or `lifetime`."),
                Field(
                    "enforce", \.enforce, .choice,
                    "`hard` refuses what would go beyond the limit; `soft` only counts and fires its rules."),
                Field(
                    "reserve", \.reserve, .choice,
                    "What an attempt reserves: `strict`, the most it can cost, so that the limit is never passed; `expected`, what 95 % of the model's attempts cost, whose excess is counted."
                ),
                Field(
                    "unpriced", \.unpriced, .choice,
                    "A model without a price: `assume` the dearest configured price, `refuse` it, or `allow` it uncounted."
                ),
                Field("owner", \.owner, .text("text"), required: "search-oncall", "Who is paged: a label of alerts."),
                Field(
                    "rules", \.rules, .list(of: .section(BudgetRule.section), countMax: 20), "What happens on the way."),
            ])
    }

    /// Whose exchanges a budget counts; an empty list means all.
    public struct BudgetScope: Sendable {
        public internal(set) var teams: [String] = []
        public internal(set) var callers: [String] = []
        public internal(set) var models: [String] = []

        static let section = Section<BudgetScope>(
            "budget scope", "Whose exchanges count: those that fit all that is written.",
            empty: { BudgetScope() },
            fields: [
                Field("team", \.teams, .listOrOne(of: .name(of: "a team")), "One of `teams`, or a list of them."),
                Field(
                    "caller", \.callers, .listOrOne(of: .name(of: "a caller")), "One of `callers`, or a list of them."),
                Field("model", \.models, .listOrOne(of: .name(of: "a model")), "One of `models`, or a list of them."),
            ])
    }

    /// A condition on a budget, and what it sets off.
    public struct BudgetRule: Sendable {
        public enum Severity: String, CaseIterable, Sendable { case page, ticket }

        public internal(set) var name = ""
        public internal(set) var when = ""
        public internal(set) var forSeconds = 0.0
        public internal(set) var until: String?
        public internal(set) var minDwellSeconds = 0.0
        public internal(set) var severity = Severity.ticket
        public internal(set) var notify: [String] = []
        public internal(set) var action: BudgetAction?

        static let section = Section<BudgetRule>(
            "budget rule", "A condition on the budget, and what it sets off.",
            empty: { BudgetRule() },
            fields: [
                Field("name", \.name, .name(of: "a rule"), required: "warn", "The `rule` label of metrics."),
                Field(
                    "when", \.when, .text("a condition"), required: "spent >= 80%",
                    "When it fires: `spent >= 80%`, `burn(1h) >= 6 and burn(5m) >= 6`, `forecast > 100%`."),
                Field("for", \.forSeconds, .duration("0s", "30d"), "How long that must hold first."),
                Field(
                    "until", optional: \.until, .text("a condition"),
                    "When it resolves; without it, when `when` no longer holds. While its reroute is active this sees demand."
                ),
                Field("min_dwell", \.minDwellSeconds, .duration("0s", "30d"), "How long it fires at least."),
                Field("severity", \.severity, .choice, "Whether it pages or writes a ticket."),
                Field(
                    "notify", \.notify, .listOrOne(of: .text("a channel")),
                    "Channels of `notify` that are told directly: `alertmanager`, `webhook`."),
                Field("then", optional: \.action, Kind.section(BudgetAction.section), "What Weir does by itself."),
            ])
    }

    /// What a rule does by itself while it fires.
    public struct BudgetAction: Sendable {
        public internal(set) var reroute: String?
        public internal(set) var share = "100%"
        public internal(set) var refuse = false
        public internal(set) var clamp: BudgetClamp?
        public internal(set) var except: [String] = ["free"]

        static let section = Section<BudgetAction>(
            "budget action", "What Weir does while the rule fires. `refuse` alone may be written.",
            empty: { BudgetAction() },
            fields: [
                Field(
                    "reroute", optional: \.reroute, .name(of: "a reroute"), "One of `reroutes`: moves models to others."
                ),
                Field(
                    "share", \.share, .text("a share", pattern: "^[0-9]{1,3}%$"),
                    "The share of exchanges that it moves."),
                Field("refuse", \.refuse, .boolean, "Refuses exchanges."),
                Field("clamp", optional: \.clamp, Kind.section(BudgetClamp.section), "Shortens replies."),
                Field(
                    "except", \.except, .listOrOne(of: .text("`free` or a model")),
                    "Models that it leaves alone; `free`: those whose price is 0."),
            ],
            shorthand: Section.Shorthand(shape: .choice(["refuse"])) { tree, path, reader, root in
                if case .text("refuse", _) = tree.content {
                    root.refuse = true
                } else {
                    reader.error(at: path, tree.mark, "expected refuse, or a mapping such as { reroute: economy }")
                }
            })
    }

    public struct BudgetClamp: Sendable {
        public internal(set) var maxTokens = 1024

        static let section = Section<BudgetClamp>(
            "budget clamp", "How short replies become.",
            empty: { BudgetClamp() },
            fields: [
                Field("max_tokens", \.maxTokens, .integer(1...1_000_000), "Output tokens of a reply at most.")
            ])
    }

    /// Which model stands in for which: asked → served.
    public struct Reroute: Sendable {
        public internal(set) var name = ""
        public internal(set) var map: [(from: String, to: String)] = []
    }

    /// Whom Weir tells of firing rules itself.
    public struct Notify: Sendable {
        public internal(set) var alertmanager: Alertmanager?
        public internal(set) var webhook: Webhook?

        public var alertmanagers: [ServiceURL] { alertmanager?.urls ?? [] }

        static let section = Section<Notify>(
            "notify", "Whom Weir tells of firing budget rules itself, for sites without Prometheus.",
            empty: { Notify() },
            fields: [
                Field(
                    "alertmanager", optional: \.alertmanager, .section(Alertmanager.section),
                    "Base URLs of all members of an Alertmanager cluster; each is told."),
                Field(
                    "webhook", optional: \.webhook, Kind.section(Webhook.section),
                    "A URL that takes Alertmanager's webhook payload."),
            ])
    }

    public struct Alertmanager: Sendable {
        public internal(set) var urls: [ServiceURL] = []

        private static var members: Kind<[ServiceURL]> { .listOrOne(of: .url("http://127.0.0.1:9093")) }

        static let section = Section<Alertmanager>(
            "alertmanager", "An Alertmanager cluster. One URL or a list of them may be written instead of the mapping.",
            empty: { Alertmanager() },
            fields: [
                Field(
                    "url", \.urls, members, required: "http://127.0.0.1:9093",
                    "Base URLs of all its members; each is told.")
            ],
            shorthand: Section.Shorthand(shape: members.shape) { tree, path, reader, root in
                if let urls = members.read(tree, path, reader) { root.urls = urls }
            })
    }

    public struct Webhook: Sendable {
        public internal(set) var url = ServiceURL.unknown
        public internal(set) var headers: [Header] = []

        static let section = Section<Webhook>(
            "webhook", "A URL that takes Alertmanager's webhook payload, version 4.",
            empty: { Webhook() },
            fields: [
                Field("url", \.url, .url("https://example.com/hook"), required: "https://example.com/hook", "Its URL."),
                Field("headers", \.headers, .headers, "Headers of every request to it."),
            ])
    }
}

extension Kind where Value == [Configuration.Reroute] {
    /// Maps by name, in the order of the file: `economy: { smart: fast }`.
    static var reroutes: Kind {
        let model = Kind<String>.name(of: "a model")
        return Kind(.map(key: "the name of a reroute", .map(key: "the asked model", model.shape))) {
            tree, path, reader in
            entries(tree, path, reader, expected: "a mapping with the name of a reroute before each map").map {
                entries in
                entries.compactMap { entry in
                    let place = path.key(entry.key)
                    reader.remember(place, at: entry.mark)
                    if let fault = Kind<String>.nameFault(entry.key) { reader.error(at: place, entry.mark, fault) }
                    guard
                        let pairs = self.entries(entry.value, place, reader, expected: "a mapping from model to model")
                    else { return nil }
                    let map = pairs.compactMap { pair -> (from: String, to: String)? in
                        let at = place.key(pair.key)
                        reader.remember(at, at: pair.mark)
                        return model.read(pair.value, at, reader).map { (pair.key, $0) }
                    }
                    return Configuration.Reroute(name: entry.key, map: map)
                }
            }
        }
    }
}
