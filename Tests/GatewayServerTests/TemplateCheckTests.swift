import GatewayServer
import Testing

/// What `weir check` has to say of templates, aliases, parameters and callouts.
@Suite struct TemplateCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static func template(_ text: String) -> String { "templates: { sum: { \(text) } }" }

    private static func version(_ text: String) -> String { template("versions: [{ version: 1, \(text) }]") }

    private static let user = "messages: [{ content: \"Say {{x}}\" }]"

    private static let templates: [Case] = [
        Case(yaml: template("model: smart"), words: "templates.sum.versions: missing"),
        Case(yaml: template("versions: []"), words: "templates.sum.versions: is empty; write a version"),
        Case(
            yaml: template("model: smrt, versions: [{ version: 1, messages: [{ content: a }] }]"),
            words: #"templates.sum.model: unknown model "smrt"; did you mean "smart"?"#),
        Case(
            yaml: template("default: 2, versions: [{ version: 1, messages: [{ content: a }] }]"),
            words: "templates.sum.default: there is no version 2"),
        Case(
            yaml: template(
                "versions: [{ version: 1, messages: [{ content: a }] }, { version: 1, messages: [{ content: b }] }]"),
            words: "templates.sum.versions[1].version: there is a version 1 already"),
        Case(yaml: version(user), words: #"messages[0].content: unknown variable "x"; declare it under variables"#),
        Case(
            yaml: version("messages: [{ content: a }], variables: { x: {} }"),
            words: "warning: templates.sum.versions[0].variables.x: stands in no message; write {{x}} there"),
        Case(
            yaml: version("\(user), variables: { x: { type: enum } }"),
            words: "variables.x: an enum needs values: [one, other]"),
        Case(
            yaml: version("\(user), variables: { x: { type: integer, default: many } }"),
            words: "variables.x.default: is not what the variable may be (integer)"),
        Case(
            yaml: version("\(user), variables: { x: { type: integer, max_length: 5 } }"),
            words: "variables.x.max_length: is of a string; take it out"),
        Case(
            yaml: version("messages: [{ role: user, content: a }, { role: system, content: b }]"),
            words: "messages[1].role: instructions come first"),
        Case(
            yaml: version("messages: [{ role: system, content: \"{{x}}\" }], variables: { x: {} }"),
            words: "warning: templates.sum.versions[0].messages[0].content: x is a client's text among instructions"),
        Case(
            yaml: version("messages: [{ content: \"{{a_b}}\" }], variables: { a-b: {} }"),
            words: "is not the name of a variable; write letters, digits and _"),
    ]

    private static func model(_ text: String) -> String {
        "models: { smart: { targets: [openai/gpt-5], \(text) }, fast: { targets: [openai/gpt-5-mini] } }"
    }

    private static let models: [Case] = [
        Case(yaml: model("aliases: [fast]"), words: #"models.smart.aliases[0]: "fast" is a model itself"#),
        Case(yaml: model("aliases: [gpt, gpt]"), words: #"models.smart.aliases[1]: "gpt" stands for smart already"#),
        Case(yaml: model("system: {}"), words: "models.smart.system: adds nothing; write prepend: or append:"),
        Case(
            yaml: model("parameters: { temperature: hot }"),
            words: #"models.smart.parameters.temperature: "hot" is not a number; write one such as 0.2"#),
        Case(
            yaml: model("parameters: { temperature: { force: 0, max: 1 } }"),
            words: "parameters.temperature: holds force beside default or max"),
        Case(
            yaml: model("parameters: { max_tokens: { default: 50, max: 40 } }"),
            words: "parameters.max_tokens: the default is larger than max"),
        Case(yaml: model("parameters: { seed: 1.5 }"), words: "parameters.seed: a seed is a whole number"),
        Case(
            yaml: model("aliases: [template]") + "\n" + version("messages: [{ content: a }]"),
            words: #"clients write "template" for the model of a template"#),
    ]

    private static func callout(_ text: String) -> String {
        "callouts: [{ name: policy, url: \"https://policy.example.com/\", on_error: deny, \(text) }]"
    }

    private static let callouts: [Case] = [
        Case(
            yaml: "callouts: [{ name: policy, url: \"https://p.example.com\" }]",
            words: "callouts[0].on_error: missing; write it, for example on_error: deny"),
        Case(
            yaml: "callouts: [{ name: policy, url: \"http://p.example.com\", on_error: deny }]",
            words: "warning: callouts[0].url: what is sent reaches p.example.com unencrypted; write https://"),
        Case(yaml: callout("hop: stream"), words: #"callouts[0].hop: unknown value "stream""#),
        Case(
            yaml: callout("hop: [receive, limits], team: search"),
            words: "callouts[0].team: is not known yet at receive"),
        Case(yaml: callout("hop: [limits, limits]"), words: "callouts[0].hop: names a hop twice"),
        Case(yaml: callout("team: nobody"), words: #"callouts[0].team: unknown team "nobody""#),
        Case(yaml: callout("model: smrt"), words: #"callouts[0].model: unknown model "smrt"; did you mean "smart"?"#),
        Case(
            yaml: callout("headers_to_provider: [authorization]"),
            words: #"callouts[0].headers_to_provider[0]: "authorization" is Weir's own to say"#),
        Case(
            yaml: callout("hop: settle, send: [body]"), words: "callouts[0].send: the body is not kept until settle"),
        Case(
            yaml: callout("secret: hunter2"), words: "callouts[0].secret: a secret must not be written into this file"),
        Case(yaml: callout("deadline: 5m"), words: "callouts[0].deadline:"),
        Case(
            yaml:
                "callouts: [{ name: policy, url: \"https://p.example.com\", on_error: deny }, { name: policy, url: \"https://q.example.com\", on_error: allow }]",
            words: "callouts[1].name: is that of callouts[0] too; names tell callouts apart"),
    ]

    @Test(arguments: templates + callouts)
    func `What is wrong with a template or a callout is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(ConfigurationText.minimal(adding: wrong.yaml + "\n"))
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
    }

    @Test(arguments: models) func `What is wrong with what a model changes is named with its place and the fix`(
        wrong: Case
    ) {
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(without: ["models"], adding: wrong.yaml + "\n"))
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
    }

    @Test func `Templates, parameters and callouts that agree with the rest are taken`() throws {
        let yaml = """
            models:
              smart:
                targets: [openai/gpt-5]
                aliases: [gpt-4o]
                system: { prepend: "Answer in English.", append: "Never\\nlie." }
                parameters: { temperature: 0.2, top_p: { force: 1 }, max_tokens: { default: 100, max: 4096 } }
            templates:
              sum:
                model: gpt-4o
                versions:
                  - version: 1
                    messages: [{ role: system, content: "Be {{tone}}." }, { content: "{{text}}" }]
                    variables: { text: { max_length: 100 }, tone: { type: enum, values: [kind, stern], default: kind } }
            callouts:
              - { name: policy, url: "http://127.0.0.1:9000/ask", on_error: deny, hop: [authentication, settle] }

            """
        #expect(ConfigurationText.lines(ConfigurationText.minimal(without: ["models"], adding: yaml)) == [])
    }
}
