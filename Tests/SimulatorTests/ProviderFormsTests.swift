import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Simulator

/// What is each provider's own: framing, events, checks, forms and files.
@Suite struct ProviderFormsTests {
    private func stream(_ name: String, _ model: String) async -> RecordingWriter {
        guard let shape = Shape.all.first(where: { $0.name == name }) else { return RecordingWriter(TestClock()) }
        return await Bench().ask(shape.ask(model, true))
    }

    private func data(_ reply: RecordingWriter) -> [JSON] {
        reply.text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("data: {") }.map {
            JSON(String($0.dropFirst(6)))
        }
    }

    @Test(arguments: ["responses", "anthropic", "cohere"], ["sim:reasoning=3,tokens=4", "sim:reasoning=2,tools=2"])
    func `Every event is named twice, alike, and holds JSON`(shape: String, model: String) async {
        let reply = await stream(shape, model)
        let names = reply.text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
        #expect(names == data(reply).map { $0["type"].string ?? "not JSON" } && names.count > 10)
    }

    @Test func `Responses are numbered, and their last event holds what a whole one is`() async {
        let events = data(await stream("responses", "sim:tools=2,reasoning=3"))
        #expect(events.compactMap { $0["sequence_number"].int } == Array(0..<events.count))
        let last = events.last?["response"]
        #expect(last?["status"].string == "completed")
        #expect(last?["output"].list.map { $0["type"].string } == ["reasoning", "function_call", "function_call"])
        #expect(last?["usage"]["output_tokens_details"]["reasoning_tokens"].int == 3)
    }

    @Test func `Anthropic's blocks open, fill and close in order, thinking with a signature`() async {
        let events = data(await stream("anthropic", "sim:tools=1,reasoning=2,input=50,cached=40,cache_write=6"))
        let opened = events.filter { $0["type"].string == "content_block_start" }
        #expect(opened.map { $0["content_block"]["type"].string } == ["thinking", "tool_use"])
        #expect(opened.compactMap { $0["index"].int } == [0, 1])
        #expect(events.contains { $0["delta"]["type"].string == "signature_delta" })
        let arguments = events.compactMap { $0["delta"]["partial_json"].string }.joined()
        #expect(JSON(arguments)["call"].int == 10)
        let usage = events.last { $0["type"].string == "message_delta" }?["usage"]
        #expect(usage?["input_tokens"].int == 4 && usage?["cache_read_input_tokens"].int == 40)
        #expect(usage?["cache_creation_input_tokens"].int == 6)
    }

    @Test func `Gemini's stream is one array, or events where they are asked for`() async {
        let array = await stream("gemini", "sim:tokens=4,reasoning=2")
        #expect(array.json.list.count == 7)
        #expect(array.json.list.last?["usageMetadata"]["totalTokenCount"].int == 12)
        #expect(array.json.list.last?["candidates"][0]["content"]["parts"][0].has("thoughtSignature") == true)
        let whole = await Bench().ask(
            inbound(
                .post, "/v1/projects/p/locations/l/publishers/google/models/sim:tools=2:generateContent", body: "{}"))
        let parts = whole.json["candidates"][0]["content"]["parts"].list
        #expect(parts.map { $0["functionCall"]["args"]["call"].int } == [10, 11])
    }

    @Test func `Bedrock's frames carry right lengths and checksums`() async {
        // The check value of CRC-32, from the catalogue of its parameters.
        #expect(EventFrame.crc(ByteBuffer(string: "123456789")) == 0xCBF4_3926)
        var body = await stream("bedrock", "sim:reasoning=2,tokens=3").body
        var frames = 0
        while body.readableBytes > 0 {
            guard let length = body.getInteger(at: body.readerIndex, as: UInt32.self),
                let frame = body.readSlice(length: Int(length)),
                let guarded = frame.getSlice(at: frame.readerIndex, length: frame.readableBytes - 4)
            else {
                Issue.record("a frame is cut")
                return
            }
            #expect(frame.getInteger(at: frame.writerIndex - 4, as: UInt32.self) == EventFrame.crc(guarded))
            frames += 1
        }
        // messageStart, 2 + signature + stop, 3 + stop, messageStop, metadata.
        #expect(frames == 11)
    }

    @Test func `What the real ones insist on is insisted on, in their words`() async {
        let messages = #""messages":[{"role":"user","content":"x"}]"#
        let bare = await Bench().ask(
            inbound(.post, "/v1/messages", [("anthropic-version", "1")], body: #"{"model":"sim",\#(messages)}"#))
        #expect(bare.head?.status == 400 && bare.json["error"]["type"].string == "invalid_request_error")
        let unversioned = await Bench().ask(
            inbound(.post, "/v1/messages", body: #"{"model":"sim","max_tokens":1,\#(messages)}"#))
        #expect(unversioned.head?.status == 400 && unversioned.json["type"].string == "error")
        let unsigned = await Bench().ask(inbound(.post, "/model/sim/converse", body: "{}"))
        #expect(unsigned.head?.status == 403 && unsigned.json.has("message"))
        #expect(unsigned.head?.fields.contains { $0.name == "x-amzn-errortype" } == true)
    }

    @Test(arguments: ["x-api-key", "api-key", "x-goog-api-key"]) func `A key is taken from every header`(field: String)
        async
    {
        var settings = SimulatorSettings()
        settings.apiKey = "k"
        let body = "{\"model\":\"sim\",\"messages\":[]}"
        let good = await Bench(settings).ask(inbound(.post, "/v1/chat/completions", [(field, "k")], body: body))
        #expect(good.head?.status == 200)
        let bad = await Bench(settings).ask(inbound(.post, "/v1/chat/completions", [(field, "x")], body: body))
        #expect(bad.head?.status == 401)
    }

    private func form(_ path: String, _ fields: [String: String], file: String) -> InboundRequest {
        let parts = fields.sorted { $0.key < $1.key }.map {
            "--cut\r\nContent-Disposition: form-data; name=\"\($0.key)\"\r\n\r\n\($0.value)\r\n"
        }
        let body =
            parts.joined() + "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.bin\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n\(file)\r\n--cut--\r\n"
        return inbound(.post, path, [("content-type", "multipart/form-data; boundary=cut")], body: body)
    }

    @Test func `Sound becomes text and text becomes sound`() async {
        let model = ["model": "sim:tokens=5"]
        let heard = await Bench().ask(form("/v1/audio/transcriptions", model, file: "sound")).json
        #expect(heard["text"].string?.split(separator: " ").count == 5)
        #expect(heard["usage"]["type"].string == "tokens" && heard["usage"]["output_tokens"].int == 5)
        let plain = await Bench().ask(
            form("/v1/audio/translations", model.merging(["response_format": "text"]) { $1 }, file: "sound"))
        #expect(plain.text == (heard["text"].string ?? "") + "\n")
        let spoken = await Bench().ask(
            inbound(.post, "/v1/audio/speech", body: "{\"model\":\"sim:tokens=20\",\"input\":\"x\",\"voice\":\"y\"}"))
        let sound = Data(spoken.body.readableBytesView)
        #expect(sound.prefix(4) == Data("RIFF".utf8) && spoken.writes.count == 21)
        #expect(
            sound.count == 44 + 20 * 160 && sound[40] == 0x80 && sound[41] == 0x0C)
    }

    @Test func `A batch answers every line of its file`() async {
        let bench = Bench()
        let lines = (0..<2).map {
            #"{"custom_id":"c\#($0)","method":"POST","url":"/v1/chat/completions","body":{"model":"sim:tokens=3","messages":[]}}"#
        }
        let file = await bench.ask(form("/v1/files", ["purpose": "batch"], file: lines.joined(separator: "\n"))).json
        #expect(file["bytes"].int == lines.joined(separator: "\n").utf8.count)
        let order = "{\"input_file_id\":\"\(file["id"].string ?? "")\",\"endpoint\":\"/v1/chat/completions\"}"
        let begun = await bench.ask(inbound(.post, "/v1/batches", body: order)).json
        let batch = await bench.ask(inbound(.get, "/v1/batches/\(begun["id"].string ?? "")")).json
        #expect(begun["status"].string == "validating" && batch["status"].string == "completed")
        let output = await bench.ask(inbound(.get, "/v1/files/\(batch["output_file_id"].string ?? "")/content"))
        let results = output.text.split(separator: "\n").map { JSON(String($0)) }
        #expect(results.map { $0["custom_id"].string } == ["c0", "c1"])
        #expect(results.allSatisfy { $0["response"]["body"]["usage"]["completion_tokens"].int == 3 })
        #expect(await bench.ask(inbound(.get, "/v1/files/file-none")).head?.status == 404)
    }

    @Test func `Vectors and rankings are the same whoever asks`() async {
        func ask(_ path: String, _ body: String) async -> JSON {
            await Bench().ask(inbound(.post, path, [("authorization", "Bearer k")], body: body)).json
        }
        let plain = await ask("/v1/embeddings", #"{"model":"sim-embed","input":"rain"}"#)["data"][0]["embedding"]
            .doubles
        let gemini = await ask(
            "/v1/models/sim-embed:batchEmbedContents", #"{"requests":[{"content":{"parts":[{"text":"rain"}]}}]}"#)
        let cohere = await ask("/v2/embed", #"{"model":"sim-embed","texts":["rain"]}"#)
        let titan = await ask("/model/sim-embed/invoke", #"{"inputText":"rain"}"#)
        #expect(plain.count == 64 && gemini["embeddings"][0]["values"].doubles == plain)
        #expect(cohere["embeddings"]["float"][0].doubles == plain && titan["embedding"].doubles == plain)
        let body = #"{"model":"sim","query":"q","documents":["a","b","c"],"top_n":2}"#
        let ranks = await [ask("/v1/rerank", body), ask("/v2/rerank", body)]
        #expect(ranks[0]["results"].list.map { $0["index"].int } == ranks[1]["results"].list.map { $0["index"].int })
        #expect(ranks[0]["results"].list.count == 2)
    }
}
