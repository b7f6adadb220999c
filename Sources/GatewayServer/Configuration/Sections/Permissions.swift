public import GatewayTypes

extension Configuration {
    /// What a team, a caller or a key may use.
    public struct Permissions: Sendable {
        public internal(set) var models: [String] = []
        public internal(set) var operations: [Operation] = []
        public internal(set) var routes: [String] = []
        public internal(set) var providers: [String] = []
        public internal(set) var templates: [String] = []
        public internal(set) var deny = Denied()

        /// What it may not use, whatever else is allowed.
        public struct Denied: Sendable {
            public internal(set) var models: [String] = []
            public internal(set) var operations: [Operation] = []
            public internal(set) var routes: [String] = []
            public internal(set) var providers: [String] = []
            public internal(set) var templates: [String] = []

            static let section = Section<Denied>(
                "denied", "What may not be used, whatever is allowed.",
                empty: { Denied() },
                fields: [
                    Field("models", \.models, patterns("a model"), "Models, by the names that clients ask for."),
                    Field("operations", \.operations, .listOrOne(of: .choice), "Operations."),
                    Field("routes", \.routes, patterns("a route"), "Routes: entries of `models`, or `providers/NAME`."),
                    Field("providers", \.providers, patterns("a provider"), "Doors to providers' own APIs."),
                    Field("templates", \.templates, patterns("a template"), "Prompt templates."),
                ])
        }

        static let section = Section<Permissions>(
            "permissions",
            "What may be used. An empty list allows everything; in names `*` stands for any text. Team, caller and key must "
                + "each allow it. See [Keys](keys.md).",
            empty: { Permissions() },
            fields: [
                Field("models", \.models, patterns("a model"), "Models, by the names that clients ask for."),
                Field(
                    "operations", \.operations, .listOrOne(of: .choice),
                    "Operations; `list_models` is that of `GET /v1/models`."),
                Field("routes", \.routes, patterns("a route"), "Routes: entries of `models`, or `providers/NAME`."),
                Field(
                    "providers", \.providers, patterns("a provider"),
                    "Doors to providers' own APIs, `/providers/NAME/…`. Where `models` are restricted, those doors alone are "
                        + "open that are named here."),
                Field("templates", \.templates, patterns("a template"), "Prompt templates, by their names."),
                Field("deny", \.deny, .section(Denied.section), "What may not be used, whatever is allowed."),
            ])

        private static func patterns(_ what: String) -> Kind<[String]> {
            .listOrOne(of: .text("the name of \(what), or a pattern such as `gpt-*`", characterCountMax: 128))
        }

        /// The same as rules.
        var rules: PermissionRules {
            var rules = PermissionRules()
            rules.models = PermissionRules.Rule(allow: models, deny: deny.models)
            rules.operations = PermissionRules.Rule(
                allow: operations.map(\.rawValue), deny: deny.operations.map(\.rawValue))
            rules.routes = PermissionRules.Rule(allow: routes, deny: deny.routes)
            rules.providers = PermissionRules.Rule(allow: providers, deny: deny.providers)
            rules.templates = PermissionRules.Rule(allow: templates, deny: deny.templates)
            return rules
        }
    }
}
