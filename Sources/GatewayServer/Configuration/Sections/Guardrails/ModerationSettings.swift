import Dialects

extension Configuration.Guardrail {
    /// A moderation service that decides.
    struct ModerationService: Sendable {
        var service = ModerationShape.openai
        /// Nil: the service's own.
        var url: ServiceURL?
        var key: Secret?
        var aws: Configuration.AWSAccess?
        var guardrailID = ""
        var guardrailVersion = "DRAFT"
        var apiVersion = "2024-09-01"
        var model: String?
        var project: String?
        var categories: [String] = []
        var thresholds: [CategoryThreshold] = []
        var otherPercent: Int?
        var textBytesMax = 32 * 1024
        var concurrent = 64
        var caFile: String?

        static let field = Field<Configuration.Guardrail>(
            "moderation", optional: \.moderation, .section(section),
            "Of `kind: moderation`: a service of somebody else's decides.")

        static let section = Section<ModerationService>(
            "guardrail moderation", "A moderation service decides. See [Guardrails](guardrails.md).",
            empty: { ModerationService() }, fields: whichFields + termFields)

        private static let whichFields: [Field<ModerationService>] = [
            Field(
                "service", \.service, .choice, required: "openai",
                "The API that it speaks: OpenAI's moderations, Azure AI Content Safety, Amazon Bedrock Guardrails, or Lakera's "
                    + "guard, which webhooks of your own may speak too."),
            Field(
                "url", optional: \.url, .url("https://safety.example.com"),
                "Its base URL. The service's own when left out; Azure has none."),
            Field("key", optional: \.key, .secret, "Its key; Bedrock takes `aws` instead."),
            Field("aws", optional: \.aws, .section(Configuration.AWSAccess.section), "Signs requests to Bedrock."),
            Field("guardrail", \.guardrailID, .text("an identifier"), "Bedrock's guardrail."),
            Field("version", \.guardrailVersion, .text("a version"), "The version of Bedrock's guardrail."),
            Field("api_version", \.apiVersion, .text("a version"), "Azure's `api-version`."),
            Field(
                "model", optional: \.model, .text("a model"), "OpenAI's moderation model; its default when left out."),
            Field("project", optional: \.project, .text("a project"), "Lakera's project."),
            Field(
                "ca_file", optional: \.caFile, .path, "A PEM file of certificate authorities instead of the system's."),
        ]

        private static let termFields: [Field<ModerationService>] = [
            Field(
                "categories", \.categories, .listOrOne(of: .text("a category")),
                "Categories that are looked at, such as `violence`; all when left out."),
            Field(
                "thresholds", \.thresholds, .table(of: "a category", CategoryThreshold.section, name: \.category),
                "What the score of a category must reach: `{ violence: 70% }`. Azure's severities 2, 4 and 6 are 33%, 67% and "
                    + "100%."),
            Field(
                "threshold", optional: \.otherPercent, .percent(1...100),
                "What the scores of other categories must reach. When left out, the service's own word decides about them."
            ),
            Field("text_max", \.textBytesMax, .bytes("256B", "1MiB"), "How much of the text it is sent, from the end."),
            Field("concurrent", \.concurrent, .integer(1...10_000), "Questions under way at once."),
        ]
    }

    /// What the score of a category must reach.
    struct CategoryThreshold: Sendable {
        var category = ""
        var percent = 50

        static let section = Section<CategoryThreshold>(
            "guardrail threshold", "What a score must reach; `violence: 70%` for short.",
            empty: { CategoryThreshold() },
            fields: [
                Field("score", \.percent, .percent(1...100), "What the score must reach.")
            ],
            shorthand: .init(shape: .text("a share such as 70%", pattern: nil)) { tree, path, reader, root in
                if let percent = Kind<Int>.percent(1...100).read(tree, path, reader) { root.percent = percent }
            })
    }
}
