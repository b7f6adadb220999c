/// JSON Schemas of what the admin API says and hears.
enum Schema {
    static let text = JSONText.object([("type", .string("string"))])
    static let integer = JSONText.object([("type", .string("integer"))])
    static let number = JSONText.object([("type", .string("number"))])
    static let boolean = JSONText.object([("type", .string("boolean"))])
    /// An exact decimal, as a text.
    static let decimal = JSONText.object([("type", .string("string")), ("pattern", .string(#"^-?[0-9]+(\.[0-9]+)?$"#))])
    static let exchange = ref("exchange")

    static func ref(_ name: String) -> JSONText { .object([("$ref", .string("#/components/schemas/" + name))]) }

    static func list(_ item: JSONText) -> JSONText { .object([("type", .string("array")), ("items", item)]) }

    static func words(_ words: [String]) -> JSONText {
        .object([("type", .string("string")), ("enum", .array(words.map { .string($0) }))])
    }

    /// Any text, with a description.
    static func text(_ doc: String) -> JSONText {
        .object([("type", .string("string")), ("description", .string(doc))])
    }

    /// A duration such as `90m`.
    static let duration = JSONText.object([
        ("type", .string("string")), ("pattern", .string("^([0-9]+(d|h|ms|m|s))+$")),
        ("examples", .array([.string("90m")])),
    ])

    /// `required`: all members when left out. `open`: whether there may be others; for bodies that are read there must not.
    static func object(
        _ members: [(String, JSONText)], required: [String]? = nil, open: Bool = false
    ) -> JSONText {
        let required = required ?? members.map(\.0)
        var schema: [(String, JSONText)] = [("type", .string("object")), ("properties", .object(members))]
        if !required.isEmpty { schema.append(("required", .array(required.map { .string($0) }))) }
        if !open { schema.append(("additionalProperties", .boolean(false))) }
        return .object(schema)
    }

    /// The named ones, for `components`.
    static let components: [(String, JSONText)] =
        [
            ("problem", problem), ("exchange", exchangeRow), ("auditEntry", auditEntry),
            ("budgetReading", budgetReading),
            ("channelTest", channelTest), ("settingChange", settingChange), ("reloadReport", reloadReport),
            ("configurationStatus", configurationStatus),
        ] + ConfigurationDocs.components(under: componentPrefix)

    /// What the names of the configuration's sections have before them.
    static let componentPrefix = "config-"

    static func section(_ section: SectionShape) -> JSONText { ref(componentPrefix + section.anchor) }

    private static let settingChange = object(
        [("path", text), ("change", words(["added", "removed", "changed"])), ("before", text), ("after", text)],
        required: ["path", "change"])

    private static let reloadReport = object([
        ("hash", text), ("changes", list(ref("settingChange"))), ("restart_needed", list(text)),
        ("warnings", list(object([("field", text), ("message", text)]))),
    ])

    private static let configurationStatus = object([
        ("path", text), ("watched", boolean), ("version", integer), ("hash", text), ("loaded_at", text),
        ("last_reload_successful", boolean), ("problems", list(object([("field", text), ("message", text)]))),
        ("restart_needed", list(text)), ("declared", integer),
    ])

    private static let problem = object(
        [
            ("type", text), ("title", text), ("status", integer),
            ("code", words(AdminProblem.Code.allCases.map(\.rawValue))), ("detail", text),
            ("errors", list(object([("field", text), ("message", text)]))),
        ], required: ["type", "title", "status", "code", "detail"])

    private static let exchangeRow = object(
        [
            ("exchange", text), ("trace_id", text), ("arrived_at_ns", integer), ("duration_ns", integer),
            ("operation", text), ("surface", text), ("route", text), ("team", text), ("caller", text),
            ("asked_model", text), ("provider", text), ("served_model", text), ("outcome", text), ("status", integer),
            ("moved", text), ("stream", boolean), ("attempts", integer), ("usage_source", text), ("cost_status", text),
            ("cost_usd", decimal), ("purpose", text),
        ], open: true)

    private static let auditEntry = object(
        [
            ("sequence", integer), ("time", text), ("at_ns", integer), ("actor", text), ("action", text),
            ("hash", text),
            ("subject", text), ("before", text), ("after", text), ("reason", text), ("exchange", text),
            ("trace_id", text),
        ], required: ["sequence", "time", "at_ns", "actor", "action", "hash"])

    private static let budgetReading = object(
        [
            ("budget", text), ("owner", text), ("per", text), ("enforce", words(["hard", "soft"])),
            ("limit_usd", decimal), ("spent_usd", decimal), ("demand_usd", decimal), ("reserved_usd", decimal),
            ("remaining_usd", decimal), ("forecast_usd", decimal), ("refusals", integer), ("overshoot_usd", decimal),
            (
                "rules",
                list(object([("rule", text), ("state", words(["inactive", "pending", "firing"]))], open: true))
            ),
        ], required: ["budget", "owner", "per", "enforce", "limit_usd", "spent_usd", "rules"], open: true)

    private static let channelTest = object([
        ("channel", text), ("delivered", boolean),
        (
            "answers",
            list(object([("address", text), ("status", integer), ("text", text)], required: ["address", "text"]))
        ),
    ])
}
