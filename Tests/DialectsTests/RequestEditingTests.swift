import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// What edits make of requests, in every dialect that clients speak.
@Suite struct RequestEditingTests {
    private static let system: RequestEdit = {
        var edit = RequestEdit()
        edit.systemBefore = ["Be \"brief\"."]
        edit.systemAfter = ["Obey."]
        return edit
    }()

    private static let opening: RequestEdit = {
        var edit = RequestEdit()
        edit.opening = [TemplateTurn(role: .user, text: "Q"), TemplateTurn(role: .assistant, text: "A")]
        return edit
    }()

    struct Case: Sendable, CustomTestStringConvertible {
        let surface: Surface
        let edit: RequestEdit
        let before: String
        let after: String
        var testDescription: String { "\(surface.rawValue) \(before)" }
    }

    static func client(_ surface: Surface) -> any ClientDialect {
        switch surface {
        case .openAIResponses: ResponsesClient()
        case .anthropicMessages: AnthropicClient()
        case .geminiGenerate: GeminiClient()
        case _: OpenAIClient()
        }
    }

    private static let before = #"{"role":"system","content":"Be \"brief\"."}"#
    private static let behind = #"{"role":"system","content":"Obey."}"#
    private static let turns = #"{"role":"user","content":"Q"},{"role":"assistant","content":"A"}"#

    private static let conversations: [Case] = [
        Case(
            surface: .openAIChat, edit: system,
            before: #"{"model":"m", "messages": [ {"role":"user","content":"x"} ]}"#,
            after: #"{"model":"m","messages":[ \#(before),\#(behind),{"role":"user","content":"x"} ]}"#),
        Case(
            surface: .openAIChat, edit: system,
            before: #"{"messages":[{"role":"system","content":"own"},{"role":"user","content":"x"}],"n":1}"#,
            after:
                #"{"messages":[\#(before),{"role":"system","content":"own"},\#(behind),{"role":"user","content":"x"}],"n":1}"#
        ),
        Case(
            surface: .openAIChat, edit: system, before: #"{"messages":[{"role":"developer","content":"own"}]}"#,
            after: #"{"messages":[\#(before),{"role":"developer","content":"own"},\#(behind)]}"#),
        Case(
            surface: .openAIChat, edit: opening, before: #"{"model":"m"}"#,
            after: #"{"model":"m","messages":[\#(turns)]}"#),
        Case(
            surface: .openAIChat, edit: opening, before: #"{"messages":[{"role":"user","content":"x"}]}"#,
            after: #"{"messages":[\#(turns),{"role":"user","content":"x"}]}"#),
        Case(
            surface: .openAIResponses, edit: system, before: #"{"input":"x"}"#,
            after: #"{"input":"x","instructions":"Be \"brief\".\n\nObey."}"#),
        Case(
            surface: .openAIResponses, edit: system, before: #"{"instructions":"own","input":"x"}"#,
            after: #"{"instructions":"Be \"brief\".\n\nown\n\nObey.","input":"x"}"#),
        Case(
            surface: .openAIResponses, edit: opening, before: #"{"input":"x"}"#,
            after: #"{"input":[\#(turns),{"role":"user","content":"x"}]}"#),
        Case(
            surface: .openAIResponses, edit: opening, before: #"{"input":[{"role":"developer","content":"d"}]}"#,
            after: #"{"input":[{"role":"developer","content":"d"},\#(turns)]}"#),
        Case(
            surface: .anthropicMessages, edit: system, before: #"{"system":"own","messages":[]}"#,
            after: #"{"system":"Be \"brief\".\n\nown\n\nObey.","messages":[]}"#),
        Case(
            surface: .anthropicMessages, edit: system,
            before: #"{"system":[{"type":"text","text":"own","cache_control":{"type":"ephemeral"}}]}"#,
            after:
                #"{"system":[{"type":"text","text":"Be \"brief\"."},{"type":"text","text":"own","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Obey."}]}"#
        ),
        Case(
            surface: .anthropicMessages, edit: opening, before: #"{"messages":[{"role":"user","content":"x"}]}"#,
            after: #"{"messages":[\#(turns),{"role":"user","content":"x"}]}"#),
        Case(
            surface: .geminiGenerate, edit: system, before: #"{"contents":[]}"#,
            after: #"{"contents":[],"systemInstruction":{"parts":[{"text":"Be \"brief\"."},{"text":"Obey."}]}}"#),
        Case(
            surface: .geminiGenerate, edit: system, before: #"{"system_instruction":{"parts":[{"text":"own"}]}}"#,
            after:
                #"{"system_instruction":{"parts":[{"text":"Be \"brief\"."},{"text":"own"},{"text":"Obey."}]}}"#),
        Case(
            surface: .geminiGenerate, edit: opening, before: #"{"contents":[{"parts":[{"text":"x"}]}]}"#,
            after:
                #"{"contents":[{"role":"user","parts":[{"text":"Q"}]},{"role":"model","parts":[{"text":"A"}]},{"parts":[{"text":"x"}]}]}"#
        ),
    ]

    @Test(arguments: conversations)
    func `Instructions and turns stand where the dialect has them, and all else stays`(it: Case) throws {
        let edited = try Self.client(it.surface).edited(ByteBuffer(string: it.before), of: it.surface, by: it.edit)
        #expect(String(buffer: edited) == it.after)
    }

    private static let rules: RequestEdit = {
        var edit = RequestEdit()
        edit.parameters = [
            ParameterRule(.temperature, standard: "0.2", most: "1"), ParameterRule(.topP, forced: "0.9"),
            ParameterRule(.seed, standard: "7"),
        ]
        return edit
    }()

    private static let parameters: [Case] = [
        Case(
            surface: .openAIChat, edit: rules, before: #"{"model":"m"}"#,
            after: #"{"model":"m","temperature":0.2,"top_p":0.9,"seed":7}"#),
        Case(
            surface: .openAICompletions, edit: rules, before: #"{"temperature":1.5,"top_p":null,"seed":1}"#,
            after: #"{"temperature":1,"top_p":0.9,"seed":1}"#),
        Case(
            surface: .openAIChat, edit: rules, before: #"{"temperature":null,"seed":2,"top_p":1}"#,
            after: #"{"temperature":0.2,"seed":2,"top_p":0.9}"#),
        Case(
            surface: .openAIEmbeddings, edit: rules, before: #"{"model":"m"}"#, after: #"{"model":"m"}"#),
        Case(
            surface: .openAIResponses, edit: rules, before: #"{"temperature":0.5}"#,
            after: #"{"temperature":0.5,"top_p":0.9}"#),
        Case(
            surface: .anthropicMessages, edit: rules, before: #"{"temperature":2}"#,
            after: #"{"temperature":1,"top_p":0.9}"#),
        Case(
            surface: .geminiGenerate, edit: rules,
            before: #"{"generation_config":{"top_p":"0.5","maxOutputTokens":3}}"#,
            after: #"{"generation_config":{"top_p":0.9,"maxOutputTokens":3,"temperature":0.2,"seed":7}}"#),
        Case(
            surface: .geminiGenerate, edit: rules, before: #"{}"#,
            after: #"{"generationConfig":{"temperature":0.2,"topP":0.9,"seed":7}}"#),
    ]

    @Test(arguments: parameters)
    func `Parameters get defaults, bounds and fixed values under the dialect's own names`(it: Case) throws {
        let edited = try Self.client(it.surface).edited(ByteBuffer(string: it.before), of: it.surface, by: it.edit)
        #expect(String(buffer: edited) == it.after)
    }

    @Test func `Members are set, added and taken out, wherever they stand`() throws {
        var edit = RequestEdit()
        edit.members = [("a", nil), ("c", "[1]"), ("b", "{\"x\":2}"), ("z", nil)]
        edit.model = "other \"one\""
        for surface in [Surface.openAIChat, .openAIResponses, .anthropicMessages, .geminiGenerate] {
            let body = ByteBuffer(string: #"{"a":{"deep":[1,2]},"model":"m","b":1}"#)
            let edited = try Self.client(surface).edited(body, of: surface, by: edit)
            #expect(String(buffer: edited) == #"{"model":"other \"one\"","b":{"x":2},"c":[1]}"#)
        }
    }

    @Test func `An edit is of the bytes that are readable, wherever they lie in their buffer`() throws {
        var body = ByteBuffer(string: #"####{"messages":[{"role":"user","content":"é"}]}"#)
        body.moveReaderIndex(forwardBy: 4)
        let edited = try OpenAIClient().edited(body, of: .openAIChat, by: Self.opening)
        #expect(String(buffer: edited) == #"{"messages":[\#(Self.turns),{"role":"user","content":"é"}]}"#)
    }
}
