import GatewayTypes
import Testing

/// What may be used, as a value.
@Suite struct PermissionsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var team = PermissionRules()
        var key = PermissionRules()
        var question = PermissionQuestion(operation: .chat, model: "gpt-5", route: "gpt-5")
        /// Nil: allowed.
        let refusal: String?
        var testDescription: String { refusal ?? "allowed" }
    }

    private static func rules(_ change: (inout PermissionRules) -> Void) -> PermissionRules {
        var rules = PermissionRules()
        change(&rules)
        return rules
    }

    private static func models(_ allow: [String], deny: [String] = []) -> PermissionRules {
        rules { $0.models = .init(allow: allow, deny: deny) }
    }

    private static let door = PermissionQuestion(operation: .providerAPI, route: "providers/openai", provider: "openai")

    private static let alias = PermissionQuestion(operation: .chat, model: "clever", route: "gpt-5")

    private static let ledOn = PermissionQuestion(
        operation: .chat, model: "clever", route: "night", ownModel: "gpt-5")

    private static let cases: [Case] = [
        Case(team: models(["gpt-5"]), refusal: nil),
        Case(team: models(["gpt-*"]), refusal: nil),
        Case(team: models(["*"]), refusal: nil),
        Case(team: models(["smart"]), refusal: #"team search may not use model "gpt-5": permissions.models"#),
        Case(team: models(["gpt-5-*"]), refusal: #"team search may not use model "gpt-5": permissions.models"#),
        Case(
            team: models([], deny: ["gpt-*"]),
            refusal: #"team search may not use model "gpt-5": permissions.deny.models"#),
        Case(
            team: models(["*"], deny: ["gpt-5"]),
            refusal: #"team search may not use model "gpt-5": permissions.deny.models"#),
        Case(team: models([], deny: ["gpt-4*"]), refusal: nil),
        // An alias is the model it stands for.
        Case(
            team: models([], deny: ["gpt-5"]), question: alias,
            refusal: #"team search may not use model "clever": permissions.deny.models"#),
        Case(
            team: models(["*"], deny: ["cl*"]), question: alias,
            refusal: #"team search may not use model "clever": permissions.deny.models"#),
        Case(team: models(["gpt-5"]), question: alias, refusal: nil),
        Case(
            team: rules { $0.templates = .init(allow: ["mail-*"]) },
            question: PermissionQuestion(template: "summarise"),
            refusal: #"team search may not use the template "summarise": permissions.templates"#),
        Case(
            team: rules { $0.templates = .init(allow: ["mail-*"]) }, question: PermissionQuestion(template: "mail-1"),
            refusal: nil),
        Case(team: rules { $0.templates = .init(allow: ["mail-*"]) }, refusal: nil),
        // Where the asked route leads on to another, the names of the asked one count, and the rule on routes that of the other.
        Case(
            team: models([], deny: ["gpt-5"]), question: ledOn,
            refusal: #"team search may not use model "clever": permissions.deny.models"#),
        Case(team: models(["gpt-5"], deny: ["night"]), question: ledOn, refusal: nil),
        Case(
            team: rules { $0.routes = .init(deny: ["night"]) }, question: ledOn,
            refusal: #"team search may not use the route "night": permissions.deny.routes"#),
        Case(team: models(["clev*"]), question: alias, refusal: nil),
        Case(
            team: models(["smart"]), question: alias,
            refusal: #"team search may not use model "clever": permissions.models"#),
        // The key can only take away.
        Case(
            team: models(["smart"]), key: models(["*"]),
            refusal: #"team search may not use model "gpt-5": permissions.models"#),
        Case(
            team: models(["*"]), key: models(["smart"]),
            refusal: #"key ci may not use model "gpt-5": permissions.models"#),
        Case(
            key: rules { $0.operations = .init(allow: ["embeddings"]) },
            refusal: #"key ci may not use the operation "chat": permissions.operations"#),
        Case(
            key: rules { $0.operations = .init(deny: ["chat"]) },
            refusal: #"key ci may not use the operation "chat": permissions.deny.operations"#),
        Case(key: rules { $0.operations = .init(allow: ["chat"]) }, refusal: nil),
        Case(
            key: rules { $0.routes = .init(allow: ["smart"]) },
            refusal: #"key ci may not use the route "gpt-5": permissions.routes"#),
        // What does not name a model is not refused for its model.
        Case(team: models(["smart"]), question: PermissionQuestion(operation: .chat), refusal: nil),
        // Doors.
        Case(key: rules { $0.providers = .init(allow: ["openai"]) }, question: door, refusal: nil),
        Case(
            key: rules { $0.providers = .init(deny: ["*"]) }, question: door,
            refusal: #"key ci may not use the own API of the provider "openai": permissions.deny.providers"#),
        Case(
            key: rules { $0.routes = .init(deny: ["providers/*"]) }, question: door,
            refusal: #"key ci may not use the route "providers/openai": permissions.deny.routes"#),
        Case(
            team: models(["smart"]), question: door,
            refusal:
                #"team search may not use the own API of the provider "openai", where models cannot be told apart for "#
                + "sure, unless permissions.providers names it: permissions.models"),
        Case(
            team: rules {
                $0.models = .init(allow: ["smart"])
                $0.providers = .init(allow: ["openai"])
            }, question: door, refusal: nil),
        // One level does not open a door for another.
        Case(
            team: models(["smart"]), key: rules { $0.providers = .init(allow: ["openai"]) }, question: door,
            refusal:
                #"team search may not use the own API of the provider "openai", where models cannot be told apart for "#
                + "sure, unless permissions.providers names it: permissions.models"),
    ]

    @Test(arguments: cases) func `The first rule that stands in the way is named with its holder`(one: Case) {
        let permissions = Permissions([
            Permissions.Level(holder: "team search", rules: one.team),
            Permissions.Level(holder: "key ci", rules: one.key),
        ])
        #expect(permissions?.refusal(of: one.question)?.message == one.refusal)
    }

    @Test func `Where nobody has rules there are no permissions to ask`() {
        #expect(Permissions([Permissions.Level(holder: "team search", rules: PermissionRules())]) == nil)
    }

    @Test func `A refusal is 403 and points at the model only where it is about it`() throws {
        let permissions = try #require(Permissions([Permissions.Level(holder: "key ci", rules: Self.models(["a"]))]))
        let failure = try #require(permissions.refusal(of: PermissionQuestion(model: "b"))).failure
        #expect(failure.status == 403 && failure.param == "model" && !failure.retryable)
    }

    @Test(arguments: [
        ("*", "", true), ("gpt-*", "gpt-", true), ("gpt-*", "gpt", false), ("*-mini", "gpt-5-mini", true),
        ("*-mini", "gpt-5-mini-2", false), ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXcYb", false), ("a**b", "ab", true),
        ("gpt-5", "gpt-5", true), ("gpt-5", "GPT-5", false), ("*é*", "café au lait", true),
    ])
    func `A star stands for any text`(pattern: String, name: String, matches: Bool) {
        #expect(NamePatterns([pattern]).match(name) == matches)
    }

    @Test func `A pattern of many stars takes no time that explodes`() {
        let pattern = NamePatterns([String(repeating: "a*", count: 60) + "b"])
        #expect(!pattern.match(String(repeating: "a", count: 120)))
    }
}
