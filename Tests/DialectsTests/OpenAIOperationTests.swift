import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct OpenAIOperationTests {
    private let client = OpenAIClient()
    private let provider = OpenAIProvider()
    private static let form = "multipart/form-data; boundary=b0"

    private func parse(_ surface: Surface, _ text: String, _ type: String? = nil) throws -> ModelRequest {
        // Ranges count from the reader index, wherever it is.
        var body = ByteBuffer(string: "##" + text)
        body.moveReaderIndex(forwardBy: 2)
        return try client.parse(call(surface, contentType: type), body: body)
    }

    private func refusal(_ surface: Surface, _ text: String, _ type: String? = nil) -> Failure? {
        #expect(throws: Failure.self) { try parse(surface, text, type) }
    }

    private func encode(_ surface: Surface, _ text: String, _ type: String? = nil, _ model: String) throws -> String {
        String(
            buffer: try provider.encode(parse(surface, text, type), for: target(model), outputTokensMax: nil))
    }

    private static func form(_ parts: [(String, String)]) -> String {
        parts.map { "--b0\r\nContent-Disposition: form-data; name=\($0.0)\r\n\r\n\($0.1)\r\n" }.joined() + "--b0--\r\n"
    }

    // MARK: Requests

    @Test func `A request for images says how many`() throws {
        let request = try parse(
            .openAIImages, #"{"model":"gpt-image-1","prompt":"größe","n":3,"stream":true,"user":"u"}"#)
        #expect(request.askedModel == "gpt-image-1")
        #expect(request.operation == .imageGeneration)
        #expect(request.stream)
        #expect(request.facts.billedUnits == 3)
        #expect(request.facts.textBytes == 7)
        #expect(request.facts.endUser == "u")
        #expect(request.facts.contentType == nil)
        #expect(try parse(.openAIImages, #"{"prompt":"p"}"#).facts.billedUnits == 1)
        #expect(try parse(.openAIImages, #"{"prompt":"p"}"#).askedModel == "dall-e-2")
    }

    @Test func `Text to be spoken is counted in characters`() throws {
        let request = try parse(.openAISpeech, #"{"model":"tts-1","input":"für \ud83d\ude00","voice":"alloy"}"#)
        #expect(request.facts.billedUnits == 5)
        #expect(request.facts.textBytes == 9)
        #expect(!request.stream)
        #expect(try parse(.openAISpeech, #"{"model":"t","input":"","stream_format":"sse"}"#).stream)
        #expect(try parse(.openAISpeech, #"{"input":"x"}"#).askedModel == "")
    }

    @Test func `A moderation needs no model, and may be of texts and images`() throws {
        let request = try parse(
            .openAIModerations,
            #"{"input":[{"type":"text","text":"ab"},{"type":"image_url","image_url":{"url":"data:,"}},"c"]}"#)
        #expect(request.askedModel == "omni-moderation-latest")
        #expect(request.facts.textBytes == 3)
        #expect(request.facts.imageCount == 1)
    }

    @Test(
        arguments: [
            (.openAICompletions, #"{"model":"m","prompt":"grün","suffix":"!"}"#, ["grün", "!"]),
            (.openAICompletions, #"{"model":"m","prompt":["a","b"]}"#, ["a", "b"]),
            (.openAICompletions, #"{"model":"m","prompt":[1,2,3]}"#, nil),
            (.openAIEmbeddings, #"{"model":"m","input":["a","b"]}"#, ["a", "b"]),
            (.openAIImages, #"{"model":"m","prompt":"a weir"}"#, ["a weir"]),
            (.openAISpeech, #"{"model":"m","voice":"v","input":"said","instructions":"slowly"}"#, ["slowly", "said"]),
            (
                .openAIModerations,
                #"{"input":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"u"}}]}"#, ["a"]
            ),
            (.rerank, #"{"model":"m","query":"q","documents":["a","b"]}"#, ["q", "a", "b"]),
        ] as [(Surface, String, [String]?)])
    func `What a request says is read where it is text`(surface: Surface, text: String, said: [String]?) throws {
        switch client.content(of: try parse(surface, text)) {
        case .texts(let texts): #expect(texts == said)
        case nil: #expect(said == nil)
        case .chat: Issue.record("it is no conversation")
        }
    }

    @Test func `Documents to be ordered are counted`() throws {
        let request = try parse(.rerank, #"{"model":"r","query":"q?","documents":["ab",{"text":"cde"}],"top_n":1}"#)
        #expect(request.facts.billedUnits == 2)
        #expect(request.facts.textBytes == 7)
    }

    @Test func `A form tells its model, its stream and its files`() throws {
        let text = Self.form([
            ("model", "whisper-1"), ("stream", "True"), ("prompt", "hear"), ("response_format", "json"),
            (#"file; filename="a.mp3""#, "ID3\r\n--x\0"),
        ])
        let request = try parse(.openAITranscriptions, text, Self.form)
        #expect(request.askedModel == "whisper-1")
        #expect(request.stream)
        #expect(request.facts.textBytes == 4)
        #expect(request.facts.contentType == Self.form)
        #expect(String(decoding: Array(text.utf8)[request.facts.modelRange], as: UTF8.self) == "whisper-1")
        let edit = try parse(
            .openAIImageEdits,
            Self.form([
                ("model", "gpt-image-1"), ("image[]; filename=a", "1"), ("image[]; filename=b", "2"), ("n", "2"),
            ]), Self.form)
        #expect(edit.facts.imageCount == 2)
        #expect(edit.facts.billedUnits == 2)
    }

    @Test(
        arguments: [
            (Surface.openAIImages, "", nil), (.openAIImages, "[]", nil), (.openAIImages, "{", nil),
            (.openAIImages, #"{"model":7}"#, "model"), (.openAIImages, #"{"model":""}"#, "model"),
            (.openAIImages, #"{"model":"a","model":"b"}"#, "model"),
            (.openAIImages, #"{"model":"a","Model":"b"}"#, "model"),
            (.openAIImages, #"{"model":"a","n":0}"#, "n"), (.openAIImages, #"{"model":"a","stream":"yes"}"#, "stream"),
            (.rerank, #"{"query":"q","documents":[]}"#, "model"),
            (.rerank, #"{"model":"m","documents":"d"}"#, "documents"),
            (.openAITranscriptions, #"{"file":"f"}"#, "model"),
        ] as [(Surface, String, String?)])
    func `What is wrong with a request is named`(surface: Surface, text: String, param: String?) {
        let failure = refusal(surface, text)
        #expect(failure?.reason == .badRequest)
        #expect(failure?.param == param)
    }

    @Test(
        arguments: [
            ([("file; filename=f", "x")], "model"), ([("model", "a"), ("model", "b")], "model"),
            ([("model", "")], "model"),
            ([("Model", "a")], "model"), ([("model; filename=f", "a")], "model"),
            ([("model", "a"), ("stream", "on")], "stream"),
            ([("model", "a"), ("n", "x")], "n"),
        ] as [([(String, String)], String)])
    func `What is wrong with a form's field is named`(parts: [(String, String)], param: String) {
        let failure = refusal(.openAITranscriptions, Self.form(parts), Self.form)
        #expect(failure?.reason == .badRequest)
        #expect(failure?.param == param)
    }

    @Test func `A form that is none is refused`() {
        #expect(
            refusal(.openAITranscriptions, "no form", Self.form)?.message.contains("begin with its boundary") == true)
        #expect(refusal(.openAITranscriptions, "--b0--", "multipart/form-data")?.message.contains("boundary") == true)
    }

    // MARK: Bodies

    @Test func `Only the model is replaced, in JSON and in forms`() throws {
        #expect(
            try encode(.openAISpeech, #"{ "input":"x" , "model": "a" }"#, "s-\"1")
                == #"{ "input":"x" , "model": "s-\"1" }"#)
        #expect(try encode(.openAISpeech, #"{ "model":"a","input":"x"}"#, "a") == #"{ "model":"a","input":"x"}"#)
        #expect(try encode(.openAISpeech, #" {"input":"x"}"#, "a") == #" {"model":"a","input":"x"}"#)
        #expect(try encode(.openAIModerations, "{ }", "a") == #"{"model":"a" }"#)
        let parts = [("prompt", "p"), ("model", "a"), ("file; filename=f", "\r\n\0")]
        #expect(try encode(.openAITranscriptions, Self.form(parts), Self.form, "a") == Self.form(parts))
        #expect(
            try encode(.openAITranscriptions, Self.form(parts), Self.form, "long/er")
                == Self.form([parts[0], ("model", "long/er"), parts[2]]))
        let unnamed = Self.form([parts[2]])
        let named = try encode(.openAIImageEdits, unnamed, Self.form, "m")
        #expect(named == "--b0\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n" + unnamed)
        #expect(try parse(.openAIImageEdits, named, Self.form).askedModel == "m")
    }

    private func encode(_ surface: Surface, _ text: String, _ model: String) throws -> String {
        try encode(surface, text, nil, model)
    }

    @Test func `A stream of text completions is asked for its usage, and capped as chat is`() throws {
        let request = try client.parse(
            call(.openAICompletions), body: ByteBuffer(string: #"{"model":"m","prompt":"a","stream":true}"#))
        #expect(request.stream)
        let body = try provider.encode(request, for: target("m"), outputTokensMax: 9)
        #expect(
            String(buffer: body)
                == #"{"max_tokens":9,"stream_options":{"include_usage":true},"model":"m","prompt":"a","stream":true}"#
                || String(buffer: body)
                    == #"{"stream_options":{"include_usage":true},"max_tokens":9,"model":"m","prompt":"a","stream":true}"#
        )
    }

    @Test(arguments: [
        (Surface.openAICompletions, "/completions"), (.openAIImages, "/images/generations"),
        (.openAIImageEdits, "/images/edits"), (.openAITranscriptions, "/audio/transcriptions"),
        (.openAITranslations, "/audio/translations"), (.openAISpeech, "/audio/speech"),
        (.openAIModerations, "/moderations"), (.rerank, "/rerank"),
    ])
    func `Each operation has its path`(surface: Surface, path: String) {
        #expect(provider.path(for: surface, model: "m", stream: false) == path)
    }
}
