/// Everything that `weir.yaml` says, checked: an immutable value. A reload makes a new one.
public struct Configuration: Sendable {
    /// The version of the file's format.
    public internal(set) var version = 1
    public internal(set) var listen = Listen()
    public internal(set) var metrics = Metrics()
    public internal(set) var admin = Admin()
    /// Nil: Weir's ports are not encrypted.
    public internal(set) var tls: TLS?
    /// A name of the IANA database; conditions on the time of day go by it.
    public internal(set) var timeZone = "UTC"
    /// Whether requests without a key are served.
    public internal(set) var anonymous = false
    public internal(set) var teams: [Team] = []
    public internal(set) var callers: [Caller] = []
    public internal(set) var keys: [Key] = []
    public internal(set) var jwt: [JWT] = []
    public internal(set) var plans: [Plan] = []
    public internal(set) var limits: [Limit] = []
    public internal(set) var guardrails: [Guardrail] = []
    public internal(set) var caching = Caching()
    public internal(set) var providers: [Provider] = []
    public internal(set) var prices = Prices()
    public internal(set) var classifiers: [Classifier] = []
    public internal(set) var models: [Model] = []
    public internal(set) var templates: [Template] = []
    public internal(set) var callouts: [Callout] = []
    public internal(set) var routing = Routing()
    public internal(set) var reroutes: [Reroute] = []
    public internal(set) var budgets: [Budget] = []
    public internal(set) var notify = Notify()
    public internal(set) var telemetry = Telemetry()
    public internal(set) var storage = Storage()
    public internal(set) var metering = Metering()
    public internal(set) var drain = Drain()
    public internal(set) var config = Watching()
    /// Of the file that it was read from.
    public internal(set) var fingerprint = ConfigurationFingerprint.none

    public func provider(named name: String) -> Provider? { providers.first { $0.name == name } }

    /// The whole file, in the order of the path.
    static let section = Section<Configuration>(
        "weir.yaml",
        "One file configures Weir. It needs `weir`, `providers`, `models`, and either `keys` or `jwt` (with "
            + "`callers` and `teams`) or "
            + "`anonymous: true`; everything else may be left out.",
        empty: { Configuration() },
        fields: [
            Field("weir", \.version, .integer(1...1), required: "1", "Version of this file's format."),
            Field("listen", \.listen, .section(Listen.section), "Where apps send their requests."),
            Field("metrics", \.metrics, .section(Metrics.section), "Where Prometheus scrapes `/metrics`."),
            Field("admin", \.admin, .section(Admin.section), "The admin API and the console."),
            Field(
                "tls", optional: \.tls, Kind.section(TLS.section),
                "Encrypts Weir's ports. They are not encrypted when left out."),
            Field(
                "time_zone", \.timeZone, .text("a time zone"),
                "The clock that `hours` go by: a name such as `Europe/Berlin`."),
            Field(
                "anonymous", \.anonymous, .boolean,
                "Serve requests without a key, as the caller `anonymous`. Anybody who reaches `listen` can then "
                    + "spend money."
            ),
            Field("teams", \.teams, .table(of: "a team", Team.section, name: \.name), "Who pays, as groups."),
            Field(
                "callers", \.callers, .table(of: "a caller", Caller.section, name: \.name),
                "Who calls: people, apps, jobs."),
            Field("keys", \.keys, .list(of: .section(Key.section)), "The keys that callers show."),
            Field(
                "jwt", \.jwt, .list(of: .section(JWT.section), countMax: 20),
                "The issuers whose JSON Web Tokens callers may show instead of a key."),
            Field(
                "plans", \.plans, .table(of: "a plan", Plan.section, name: \.name),
                "Limits by name, for those who have the plan: `free: { limits: [...] }`."),
            Field(
                "limits", \.limits, .list(of: .section(Limit.section), countMax: 100),
                "How much at once and how often, whatever the plan."),
            Field(
                "guardrails", \.guardrails, .table(of: "a guardrail", Guardrail.section, name: \.name),
                "What may be said, on the way in and out: `no-projects: { kind: words, words: [Blue Heron] }`."),
            Field(
                "cache", \.caching, .section(Caching.section),
                "How much room replies have that are kept to be said again."),
            Field(
                "providers", \.providers, .table(of: "a provider", Provider.section, name: \.name),
                "The services that run the models."),
            Field("prices", \.prices, .section(Prices.section), "What models cost."),
            Field(
                "classifiers", \.classifiers, .table(of: "a classifier", Classifier.section, name: \.name),
                "What says of which class a request is, so that simple ones go to cheap models and hard ones to strong ones."
            ),
            Field(
                "models", \.models, .table(of: "a model", Model.section, name: \.name),
                "The models that clients may ask for, and where each of them leads."),
            Field(
                "templates", \.templates, .table(of: "a template", Template.section, name: \.name),
                "Messages with variables that clients ask for by name."),
            Field(
                "callouts", \.callouts, .list(of: .section(Callout.section), countMax: 100),
                "Services of your own that are asked about requests."),
            Field("routing", \.routing, .section(Routing.section), "Attempts and breakers."),
            Field(
                "reroutes", \.reroutes, .reroutes,
                "Which model stands in for which, by name: `economy: { smart: fast }`."),
            Field("budgets", \.budgets, .list(of: .section(Budget.section), countMax: 1000), "Limits on money."),
            Field("notify", \.notify, .section(Notify.section), "Whom Weir tells of firing budget rules itself."),
            Field("telemetry", \.telemetry, .section(Telemetry.section), "Metrics, traces and the access log."),
            Field("storage", \.storage, .section(Storage.section), "The journal and the ledger."),
            Field("metering", \.metering, .section(Metering.section), "How usage is counted."),
            Field("drain", \.drain, .section(Drain.section), "How Weir stops."),
            Field("config", \.config, .section(Watching.section), "How this file is taken over when it changes."),
        ])
}
