import Foundation
import GatewayTypes
import Simulator
import Testing

@Suite struct EmbeddingsTests {
    private func embed(_ input: String, more: String = "", model: String = "sim-embed") async -> RecordingWriter {
        await Bench().ask(
            inbound(.post, "/v1/embeddings", body: "{\"model\":\"\(model)\",\"input\":\(input)\(more)}"))
    }

    @Test func `Every input has a vector of length one, equal inputs equal ones`() async {
        let reply = await embed("[\"a low weir\",\"rain\",\"a low weir\"]").json
        let vectors = reply["data"].list.map { $0["embedding"].doubles }
        #expect(vectors.count == 3 && vectors.allSatisfy { $0.count == 64 })
        #expect(vectors[0] == vectors[2] && vectors[0] != vectors[1])
        for vector in vectors { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
        #expect(reply["data"].list.compactMap { $0["index"].int } == [0, 1, 2])
        // 24 bytes of text.
        #expect(reply["usage"]["prompt_tokens"].int == 6 && reply["usage"]["total_tokens"].int == 6)
    }

    @Test(arguments: [1, 2, 3, 64]) func `Base64 holds the same numbers`(dimensions: Int) async throws {
        let more = ",\"dimensions\":\(dimensions)"
        let list = await embed("\"rain\"", more: more).json["data"][0]["embedding"].doubles
        let text = await embed("\"rain\"", more: more + ",\"encoding_format\":\"base64\"").json
        let data = try #require(Data(base64Encoded: text["data"][0]["embedding"].string ?? ""))
        let decoded = data.withUnsafeBytes { raw in
            (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        #expect(decoded == list.map(Float.init) && decoded.count == dimensions)
    }

    @Test func `Lists of tokens are inputs too`() async {
        #expect(await embed("[1,2,3]").json["data"].list.count == 1)
        let many = await embed("[[1,2,3],[4,5]]").json
        #expect(many["data"].list.count == 2 && many["usage"]["prompt_tokens"].int == 5)
    }

    @Test func `Errors and aborts strike embeddings as well`() async {
        #expect(await embed("\"x\"", model: "sim:error=500").head?.status == 500)
        #expect(await embed("\"x\"", model: "sim:abort_after=1").aborted)
        #expect(await embed("[]").head?.status == 400)
        #expect(await embed("\"x\"", more: ",\"dimensions\":0").head?.status == 400)
    }
}
