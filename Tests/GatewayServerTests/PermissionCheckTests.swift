import GatewayTypes
import Testing

@testable import GatewayServer

/// What `weir check` has to say of permissions and networks.
@Suite struct PermissionCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static func team(_ text: String) -> String { "teams: { search: { permissions: { \(text) } } }" }
    private static func key(_ text: String) -> String {
        "teams: { search: {} }\ncallers: { alice: { team: search } }\n"
            + "keys: [{ caller: alice, sha256: \(String(repeating: "a", count: 64)), \(text) }]"
    }

    private static let cases: [Case] = [
        Case(
            yaml: team("models: [smrt]"),
            words: #"error: teams.search.permissions.models[0]: unknown model "smrt"; did you mean "smart"?"#),
        Case(
            yaml: team("deny: { models: [smrt] }"),
            words: #"teams.search.permissions.deny.models[0]: unknown model "smrt"; did you mean "smart"?"#),
        Case(
            yaml: team("models: ['gtp-*', smart]"),
            words: #"warning: teams.search.permissions.models[0]: "gtp-*" matches no model"#),
        Case(
            yaml: team("models: gpt-5"),
            words: "warning: teams.search.permissions.models: allows none of the models that are configured"),
        Case(
            yaml: team("operations: [chatt]"),
            words: #"teams.search.permissions.operations[0]: unknown value "chatt"; did you mean "chat"?"#),
        Case(
            yaml: team("routes: [providers/opnai]"),
            words: #"permissions.routes[0]: unknown route "providers/opnai"; did you mean "providers/openai"?"#),
        Case(
            yaml: team("providers: [opnai]"),
            words: #"permissions.providers[0]: unknown provider "opnai"; did you mean "openai"?"#),
        Case(
            yaml: team("templates: [sumarise]") + "\ntemplates: { summarise: { model: smart, versions: "
                + "[{ version: 1, messages: [{ role: user, content: Hello }] }] } }",
            words: #"permissions.templates[0]: unknown template "sumarise"; did you mean "summarise"?"#),
        Case(yaml: team("model: [smart]"), words: #"unknown key "model"; did you mean "models"?"#),
        Case(
            yaml: team(""),
            words: "warning: teams.search.permissions: allows everything; write models: [smart], or leave it out"),
        Case(
            yaml: key("permissions: { models: [smrt] }"),
            words: #"keys[0].permissions.models[0]: unknown model "smrt"; did you mean "smart"?"#),
        Case(
            yaml: key("networks: [10.0.0.1/8]"),
            words: #"keys[0].networks[0]: "10.0.0.1/8" names an address within its network; write 10.0.0.0/8"#),
        Case(
            yaml: key("networks: intranet"),
            words: #"keys[0].networks: "intranet" is not a network; write 10.0.0.0/8, 2001:db8::/32 or an address"#),
    ]

    @Test(arguments: cases) func `What is wrong with a permission is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(ConfigurationText.minimal(adding: wrong.yaml + "\n"))
        let words = wrong.words.replacing("error: ", with: "")
        #expect(lines.contains { $0.contains(words) }, "got: \(lines)")
    }

    @Test func `Permissions and networks that are right are read as rules`() throws {
        let configuration = try ConfigurationText.configuration(
            ConfigurationText.minimal(
                adding: Self.key(
                    "networks: [10.0.0.0/8, '::1'], permissions: { models: smart, deny: { operations: chat } }")))
        let key = try #require(configuration.keys.first)
        #expect(key.networks.map(\.description) == ["10.0.0.0/8", "::1/128"])
        let rules = try #require(key.permissions).rules
        #expect(rules.models.allow.texts == ["smart"] && rules.operations.deny.texts == ["chat"])
    }

    @Test func `Without keys nobody can call, unless one can be made`() {
        let bare = ConfigurationText.minimal(without: ["anonymous"])
        #expect(ConfigurationText.lines(bare).contains { $0.contains("nobody could call: there are no keys") })
        let open = bare + "admin: { key: env:A }\nteams: { search: {} }\ncallers: { alice: { team: search } }\n"
        #expect(
            ConfigurationText.lines(open, environment: ["A": "x"])
                == [
                    "weir.yaml:1:1: warning: keys: there are none: nobody can call until one is made with weir keys create "
                        + "--caller NAME"
                ])
    }
}
