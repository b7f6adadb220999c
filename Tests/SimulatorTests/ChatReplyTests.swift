import GatewayTypes
import NIOCore
import Simulator
import Testing

@Suite struct ChatReplyTests {
    @Test func `A whole reply has OpenAI's fields and usage that adds up`() async {
        let reply = await Bench().chat("sim:tokens=12,reasoning=5,input=90,cached=40,cache_write=10,audio_output=3")
        #expect(reply.head?.status == 200)
        #expect(reply.head?.bodyBytes == reply.body.readableBytes)
        #expect(reply.ended)
        let json = reply.json
        #expect(json["object"].string == "chat.completion")
        #expect(json["id"].string?.hasPrefix("chatcmpl-") == true)
        #expect(json["service_tier"].string == "default")
        #expect(json["choices"][0]["message"]["content"].string?.split(separator: " ").count == 12)
        #expect(json["choices"][0]["message"]["reasoning_content"].string?.split(separator: " ").count == 5)
        #expect(json["choices"][0]["finish_reason"].string == "stop")
        let usage = json["usage"]
        #expect(usage["prompt_tokens"].int == 90)
        #expect(usage["completion_tokens"].int == 20)
        #expect(usage["total_tokens"].int == 110)
        #expect(usage["prompt_tokens_details"]["cached_tokens"].int == 40)
        #expect(usage["prompt_tokens_details"]["cache_write_tokens"].int == 10)
        #expect(usage["completion_tokens_details"]["reasoning_tokens"].int == 5)
        #expect(usage["completion_tokens_details"]["audio_tokens"].int == 3)
    }

    @Test func `A reply tells a cost and what is left of a limit only where it is asked to`() async {
        let silent = await Bench().chat("sim")
        #expect(silent.json["usage"].value is [String: Any])
        #expect(!String(buffer: silent.body).contains("cost"))
        #expect(silent.head?.fields.contains { $0.name.hasPrefix("x-ratelimit-") } == false)
        let telling = await Bench().chat("sim:cost=0.0010,remaining=42")
        #expect(String(buffer: telling.body).contains(#""cost":0.0010}"#))
        let left = telling.head?.fields.first { $0.name == "x-ratelimit-remaining-requests" }
        #expect(left?.value == "42")
    }

    @Test(arguments: ["-1", "1e3", ".5", "1.", "1.2.3", "007", ""])
    func `What is no decimal is no cost`(text: String) async {
        #expect(await Bench().chat("sim:cost=" + text).head?.status == 400)
    }

    @Test func `The prompt counts a quarter of its bytes of text, and never less than its parts`() async {
        // "How high is the water?" has 22 bytes.
        #expect(await Bench().chat("sim").json["usage"]["prompt_tokens"].int == 6)
        #expect(await Bench().chat("sim:cached=100,audio=7").json["usage"]["prompt_tokens"].int == 107)
    }

    @Test func `Only text counts, wherever it stands in the messages`() async {
        let body = """
            {"messages":[{"role":"user","content":[{"type":"text","text":"12345678"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAAAAAAAAAA"}}]}],"model":"sim"}
            """
        let reply = await Bench().ask(inbound(.post, "/v1/chat/completions", body: body))
        #expect(reply.json["usage"]["prompt_tokens"].int == 2)
    }

    @Test func `A whole reply takes as long as its tokens`() async {
        let bench = Bench()
        let began = bench.clock.now
        let reply = await bench.chat("sim:head=30ms,ttft=200ms,gap=20ms,tokens=11")
        #expect(reply.writes.map { $0.at.nanoseconds(since: began) } == [400_000_000])
    }

    @Test func `A bound on the tokens cuts the reply`() async {
        let reply = await Bench().chat("sim:tokens=50,reasoning=4", more: ",\"max_completion_tokens\":10")
        #expect(reply.json["usage"]["completion_tokens"].int == 10)
        #expect(reply.json["choices"][0]["message"]["content"].string?.split(separator: " ").count == 6)
        #expect(reply.json["choices"][0]["finish_reason"].string == "length")
    }

    @Test func `Tool calls take the place of the text and name the request's first tool`() async {
        let tools =
            ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"read_gauge\",\"parameters\":{}}}]"
        let message = await Bench().chat("sim:tools=2", more: tools).json["choices"][0]
        #expect(message["finish_reason"].string == "tool_calls")
        #expect(message["message"]["content"].value == nil)
        let calls = message["message"]["tool_calls"].list
        #expect(calls.map { $0["function"]["name"].string } == ["read_gauge", "read_gauge"])
        #expect(calls.map { JSON($0["function"]["arguments"].string ?? "")["call"].int } == [10, 11])
        #expect(Set(calls.compactMap { $0["id"].string }).count == 2)
    }

    @Test func `An abort cuts a whole reply in its middle, or before its head`() async {
        let late = await Bench().chat("sim:abort_after=3")
        #expect(late.aborted && !late.ended)
        #expect(late.body.readableBytes == (late.head?.bodyBytes ?? 0) / 2)
        let early = await Bench().chat("sim:abort_after=0")
        #expect(early.aborted && early.head == nil && early.writes.isEmpty)
    }

    @Test func `A stall lies between the halves of a whole reply`() async {
        let bench = Bench()
        let reply = await bench.chat("sim:stall=5s")
        #expect(reply.writes.count == 2)
        #expect(reply.writes[1].at.nanoseconds(since: reply.writes[0].at) == 5_000_000_000)
        #expect(reply.json["object"].string == "chat.completion" && reply.ended)
    }

    @Test func `The same seed gives the same bytes and another seed another text`() async {
        var other = SimulatorSettings()
        other.seed = 2
        let first = await Bench().chat("sim-fast").text
        #expect(await Bench().chat("sim-fast").text == first)
        let different = await Bench(other).chat("sim-fast").json["choices"][0]["message"]["content"].string
        #expect(different != nil && different != JSON(first)["choices"][0]["message"]["content"].string)
    }

    @Test func `Asked twice, a simulator repeats the text under a new id`() async {
        let bench = Bench()
        let replies = [await bench.chat("sim-fast").json, await bench.chat("sim-fast").json]
        #expect(replies[0]["id"].string != replies[1]["id"].string)
        let texts = replies.map { $0["choices"][0]["message"]["content"].string }
        #expect(texts[0] != nil && texts[0] == texts[1])
    }

    @Test func `A model's name comes back as it was asked, whatever it holds`() async {
        let reply = await Bench().ask(
            inbound(.post, "/v1/chat/completions", body: "{\"model\":\"gpt-\u{e9}\\tx\",\"messages\":[]}"))
        #expect(reply.head?.status == 200)
        #expect(reply.json["object"].string == "chat.completion")
    }
}
