import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Templates as clients ask for them.
@Suite struct TemplateTests {
    private static let book: TemplateBook = {
        var names = NameTable()
        let variables = [
            TemplateVariable(name: "text", kind: .text(lengthMax: 20)),
            TemplateVariable(name: "words", kind: .integer, standard: "50"),
            TemplateVariable(name: "tone", kind: .choice(["plain", "formal"]), standard: "plain"),
            TemplateVariable(name: "ratio", kind: .number, standard: "0.5"),
            TemplateVariable(name: "strict", kind: .boolean, standard: "false"),
        ]
        let first = PromptTemplate(version: 1, turns: [.init(role: .user, text: "One.")], variables: [])
        let second = PromptTemplate(
            version: 2,
            turns: [
                .init(role: .system, text: "Be {{tone}}; {{ strict }}, {{ratio}}."),
                .init(role: .user, text: "In {{words}} words: {{text}} {{not a name}} {{"),
            ], variables: variables)
        return TemplateBook([
            TemplateBook.Entry(
                name: names.declare("summarise"), model: "smart", standard: 2, versions: [first, second])
        ])
    }()

    private func body(_ prompt: String, _ more: String = "") -> ByteBuffer {
        ByteBuffer(string: #"{"model":"fast",\#(more)"prompt":\#(prompt)}"#)
    }

    private func expand(_ prompt: String, on surface: Surface = .openAIChat) throws -> ExpandedTemplate? {
        guard let call = try Self.book.call(in: body(prompt), of: surface) else { return nil }
        return try Self.book.expand(call)
    }

    @Test func `Variables stand in their holes, and defaults where none is given`() throws {
        let found = try #require(
            try expand(
                #"{"id":"summarise","variables":{"text":"Hi","words":7,"tone":"formal","ratio":0.25,"strict":true}}"#))
        #expect(found.use.version == 2)
        #expect(found.model == "smart")
        #expect(found.edit.systemBefore == ["Be formal; true, 0.25."])
        #expect(found.edit.opening == [TemplateTurn(role: .user, text: "In 7 words: Hi {{not a name}} {{")])
        let plain = try #require(try expand(#"{"id":"summarise","variables":{"text":"Hi"}}"#))
        #expect(plain.edit.systemBefore == ["Be plain; false, 0.5."])
        #expect(plain.edit.opening.first?.text == "In 50 words: Hi {{not a name}} {{")
    }

    @Test(arguments: [Surface.openAIChat, .openAIResponses, .anthropicMessages, .geminiGenerate])
    func `No text of a variable breaks out of its string, on any surface`(surface: Surface) throws {
        let prompt = #"{"id":"summarise","variables":{"text":"\"}],{{tone}}\n\\"}}"#
        let asked = body(prompt)
        let expanded = try Self.book.expand(try #require(try Self.book.call(in: asked, of: surface)))
        let dialect = RequestEditingTests.client(surface)
        let edited = try dialect.edited(asked, of: surface, by: expanded.edit)
        let model = surface == .geminiGenerate ? "fast" : nil
        let request = try dialect.parse(call(surface, model: model), body: edited)
        // The holes are filled once: what a variable holds is no template.
        guard case .chat(let chat) = try dialect.neutral(request) else { throw Failure(.internalError, "no chat") }
        #expect(chat.messages.count == 1)
        #expect(chat.messages.first?.role == .user)
        #expect(chat.messages.first?.parts == [.text("In 50 words: \"}],{{tone}}\n\\ {{not a name}} {{")])
    }

    struct Wrong: Sendable {
        let prompt: String
        let param: String
        let words: String
    }

    private static let wrongs: [Wrong] = [
        Wrong(prompt: #"{}"#, param: "prompt.id", words: "must be the name"),
        Wrong(
            prompt: #"{"id":"sumarise"}"#, param: "prompt.id",
            words: #"no template "sumarise"; known templates: summarise"#),
        Wrong(
            prompt: #"{"id":"summarise","version":3}"#, param: "prompt.version",
            words: "no version 3; its versions: 1, 2"),
        Wrong(prompt: #"{"id":"summarise","version":"x"}"#, param: "prompt.version", words: "number of a version"),
        Wrong(prompt: #"{"id":"summarise","variables":[]}"#, param: "prompt.variables", words: "must be an object"),
        Wrong(
            prompt: #"{"id":"summarise"}"#, param: "prompt.variables.text", words: "`text` is missing; send a string"),
        Wrong(
            prompt: #"{"id":"summarise","variables":{"text":"a","txt":"b"}}"#, param: "prompt.variables.txt",
            words: #"no variable "txt"; its variables: text, words"#),
        Wrong(
            prompt: #"{"id":"summarise","variables":{"text":"a","words":"7"}}"#, param: "prompt.variables.words",
            words: "must be an integer"),
        Wrong(
            prompt: #"{"id":"summarise","variables":{"text":"a","words":1.5}}"#, param: "prompt.variables.words",
            words: "must be an integer"),
        Wrong(
            prompt: #"{"id":"summarise","variables":{"text":null}}"#, param: "prompt.variables.text",
            words: "must be a string"),
        Wrong(
            prompt: #"{"id":"summarise","variables":{"text":"a","tone":"rude"}}"#, param: "prompt.variables.tone",
            words: #"must be one of "plain", "formal""#),
        Wrong(
            prompt: #"{"id":"summarise","variables":{"text":"123456789012345678901"}}"#, param: "prompt.variables.text",
            words: "longer than 20 characters"),
    ]

    @Test(arguments: wrongs) func `What is wrong with a call is named`(wrong: Wrong) throws {
        do {
            _ = try expand(wrong.prompt)
            Issue.record("nothing was refused")
        } catch let failure as Failure {
            #expect(failure.reason == .badRequest)
            #expect(failure.param == wrong.param)
            #expect(failure.message.contains(wrong.words), "\(failure.message)")
        }
    }

    @Test func `What is no call of a template passes`() throws {
        #expect(try Self.book.call(in: body(#""a text""#), of: .openAIChat) == nil)
        #expect(try Self.book.call(in: body(#"{"id":"pmpt_123"}"#), of: .openAIResponses) == nil)
        #expect(try Self.book.call(in: body(#"{"id":"summarise"}"#), of: .openAICompletions) == nil)
        #expect(try Self.book.call(in: ByteBuffer(string: #"{"model":"m"}"#), of: .openAIChat) == nil)
        #expect(try Self.book.call(in: ByteBuffer(string: #"{"prompt":{"#), of: .openAIChat) == nil)
    }
}
