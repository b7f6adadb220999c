import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// What requests say of how to generate, for their spans alone.
@Suite struct RequestParametersTests {
    private func parameters(
        _ client: any ClientDialect, _ surface: Surface, _ text: String, model: String? = nil
    ) throws -> RequestParameters {
        try client.parse(call(surface, model: model), body: ByteBuffer(string: text)).facts.parameters
    }

    private func chat(_ members: String) throws -> RequestParameters {
        try parameters(OpenAIClient(), .openAIChat, #"{"model":"m","messages":[],\#(members)}"#)
    }

    @Test func `OpenAI's are found`() throws {
        let found = try chat(
            #""top_k":40,"frequency_penalty":-0.5,"presence_penalty":2,"stop":["A","B"],"reasoning_effort":"high""#)
        #expect(found.topK == 40 && found.frequencyPenalty == -0.5 && found.presencePenalty == 2)
        #expect(found.stopSequences == ["A", "B"] && found.reasoningLevel == "high")
        #expect(try chat(#""stop":"only""#).stopSequences == ["only"])
        let vectors = try parameters(
            OpenAIClient(), .openAIEmbeddings,
            #"{"model":"m","input":"a","encoding_format":"base64","dimensions":256}"#)
        #expect(vectors.encodingFormat == "base64" && vectors.dimensions == 256)
    }

    @Test(arguments: [
        #""top_k":"40""#, #""top_k":null"#, #""top_k":{"a":[1]}"#, #""stop":7"#, #""stop":[1,null,{}]"#,
        #""dimensions":1e300"#, #""reasoning_effort":[]"#, #""frequency_penalty":[0]"#,
    ])
    func `What is not of its kind is left for the provider to refuse`(member: String) throws {
        let found = try chat(member)
        #expect(found.topK == nil && found.frequencyPenalty == nil && found.dimensions == nil)
        #expect(found.stopSequences.isEmpty && found.reasoningLevel == nil)
    }

    @Test func `One that comes twice is refused as any other`() {
        #expect(throws: Failure.self) { try chat(#""top_k":1,"top_k":2"#) }
    }

    @Test func `Those of the other dialects are found`() throws {
        let messages = try parameters(
            AnthropicClient(), .anthropicMessages,
            #"{"model":"m","max_tokens":1,"messages":[],"top_k":5,"stop_sequences":["S"],"#
                + #""output_config":{"effort":"low"}}"#)
        #expect(messages.topK == 5 && messages.stopSequences == ["S"] && messages.reasoningLevel == "low")
        let responses = try parameters(
            ResponsesClient(), .openAIResponses,
            #"{"model":"m","input":"a","reasoning":{"effort":"minimal"},"previous_response_id":"resp_1","#
                + #""conversation":{"id":"conv_1"}}"#)
        #expect(responses.reasoningLevel == "minimal" && responses.previousResponseID == "resp_1")
        #expect(responses.conversationID == "conv_1")
        let gemini = try parameters(
            GeminiClient(), .geminiGenerate,
            #"{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"topK":3,"stopSequences":["S"],"#
                + #""frequencyPenalty":0.5,"presencePenalty":0.25,"thinkingConfig":{"thinkingLevel":"HIGH"}}}"#,
            model: "m")
        #expect(gemini.topK == 3 && gemini.stopSequences == ["S"] && gemini.reasoningLevel == "high")
        #expect(gemini.frequencyPenalty == 0.5 && gemini.presencePenalty == 0.25)
    }
}
