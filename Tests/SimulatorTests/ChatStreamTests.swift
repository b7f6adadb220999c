import GatewayTypes
import NIOCore
import Simulator
import Testing

@Suite struct ChatStreamTests {
    static let asksUsage = ",\"stream_options\":{\"include_usage\":true}"

    @Test func `A stream is a role, tokens, a finish and a mark, each stamped`() async {
        let reply = await Bench().chat("sim:tokens=5", stream: true)
        #expect(reply.head?.bodyBytes == nil)
        #expect(
            reply.head?.fields.contains { $0.name == "content-type" && $0.value.hasPrefix("text/event-stream") } == true
        )
        #expect(reply.events.last == "[DONE]" && reply.ended)
        let chunks = reply.chunks
        #expect(chunks.count == 7)
        #expect(chunks.allSatisfy { $0["object"].string == "chat.completion.chunk" && $0["sim_sent_ns"].int != nil })
        #expect(Set(chunks.map { $0["id"].string }).count == 1)
        #expect(reply.deltas[0]["role"].string == "assistant" && reply.deltas[0]["content"].string == "")
        #expect(reply.deltas.compactMap { $0["content"].string }.joined().split(separator: " ").count == 5)
        #expect(chunks.last?["choices"][0]["finish_reason"].string == "stop")
        #expect(chunks.allSatisfy { !$0.has("usage") })
    }

    @Test func `Usage comes last, and only when it is asked for`() async {
        let asked = await Bench().chat("sim:tokens=5", stream: true, more: Self.asksUsage).chunks
        #expect(asked.last?["usage"]["completion_tokens"].int == 5)
        #expect(asked.last?["choices"].list.isEmpty == true)
        #expect(asked.dropLast().allSatisfy { $0.has("usage") && $0["usage"].value == nil })
        let always = await Bench().chat("sim:usage=always", stream: true).chunks
        #expect(always.last?["usage"]["completion_tokens"].int == 16)
        let none = await Bench().chat("sim:usage=none", stream: true, more: Self.asksUsage).chunks
        #expect(none.allSatisfy { !$0.has("usage") })
        #expect(await Bench().chat("sim:usage=none").json.has("usage") == false)
    }

    @Test func `Tokens come at the times asked for, and the stamps say when`() async {
        let bench = Bench()
        let began = bench.clock.now
        let reply = await bench.chat("sim:head=10ms,ttft=200ms,gap=20ms,tokens=4", stream: true)
        let times = reply.writes.map { $0.at.nanoseconds(since: began) / 1_000_000 }
        #expect(times == [10, 200, 220, 240, 260, 260])
        let stamps = reply.chunks.compactMap { $0["sim_sent_ns"].int }
        #expect(stamps[1] == Int(reply.writes[1].at.nanoseconds))
    }

    @Test func `A stall moves what follows and keeps the rhythm`() async {
        let bench = Bench()
        let began = bench.clock.now
        let reply = await bench.chat("sim:gap=10ms,tokens=4,stall=1s,stall_after=2", stream: true)
        let times = reply.writes.map { $0.at.nanoseconds(since: began) / 1_000_000 }
        #expect(times == [0, 0, 10, 1020, 1030, 1030])
    }

    @Test(arguments: [1, 3, 16]) func `An abort leaves exactly so many tokens`(count: Int) async {
        let reply = await Bench().chat("sim:abort_after=\(count)", stream: true)
        #expect(reply.aborted && !reply.ended)
        #expect(reply.deltas.count { $0["content"].string?.isEmpty == false } == count)
        #expect(!reply.events.contains("[DONE]"))
    }

    @Test func `An abort after no token leaves nothing at all`() async {
        let reply = await Bench().chat("sim:abort_after=0", stream: true)
        #expect(reply.aborted && reply.head == nil && reply.writes.isEmpty)
    }

    @Test func `An error inside the stream is its last frame`() async {
        let reply = await Bench().chat("sim:in_band_error_after=2", stream: true)
        #expect(reply.ended && !reply.events.contains("[DONE]"))
        #expect(reply.chunks.last?["error"]["type"].string == "server_error")
        #expect(reply.deltas.count { $0["content"].string?.isEmpty == false } == 2)
    }

    @Test func `Frames without tokens can be added and left out`() async {
        let bare = await Bench().chat("sim:role_only=0,done=0,tokens=2", stream: true)
        #expect(bare.events.count == 3 && !bare.events.contains("[DONE]"))
        #expect(bare.deltas[0]["role"].string == "assistant" && bare.deltas[0]["content"].string?.isEmpty == false)
        let full = await Bench().chat("sim:empty=3,comments=2,tokens=1", stream: true)
        #expect(full.deltas.count { $0.keys.isEmpty } == 4)
        #expect(full.text.split(separator: "\n").count { $0.hasPrefix(": ") } == 2)
    }

    @Test func `Reasoning comes before the text, or is only counted`() async {
        let open = await Bench().chat("sim:reasoning=3,tokens=2", stream: true, more: Self.asksUsage)
        let kinds = open.deltas.dropFirst().dropLast().map { $0.has("reasoning_content") }
        #expect(kinds == [true, true, true, false, false])
        let hidden = await Bench().chat(
            "sim:reasoning=3,reasoning_hidden=1,tokens=2", stream: true, more: Self.asksUsage)
        #expect(hidden.deltas.allSatisfy { !$0.has("reasoning_content") })
        for reply in [open, hidden] {
            #expect(reply.chunks.last?["usage"]["completion_tokens_details"]["reasoning_tokens"].int == 3)
            #expect(reply.chunks.last?["usage"]["completion_tokens"].int == 5)
        }
    }

    @Test func `The fragments of a tool call's arguments join to JSON`() async {
        let reply = await Bench().chat("sim:tools=2", stream: true)
        let parts = reply.deltas.map { $0["tool_calls"][0] }.filter { $0.value != nil }
        for call in 0...1 {
            let mine = parts.filter { $0["index"].int == call }
            #expect(mine.count > 2)
            #expect(mine[0]["id"].string?.hasPrefix("call_") == true)
            #expect(mine[0]["function"]["name"].string == "get_water_level")
            #expect(mine.dropFirst().allSatisfy { !$0.has("id") })
            let arguments = mine.compactMap { $0["function"]["arguments"].string }.joined()
            #expect(JSON(arguments)["call"].int == 10 + call)
        }
        #expect(reply.chunks.last?["choices"][0]["finish_reason"].string == "tool_calls")
    }

    @Test func `Batches and cuts change the writes and not the bytes`() async {
        let more = Self.asksUsage
        let plain = await Bench().chat("sim:tokens=10", stream: true, more: more)
        let batched = await Bench().chat(
            "sim:tokens=10", stream: true, more: more, fields: [("X-Sim", "batch=4")])
        let cut = await Bench().chat("sim:tokens=10", stream: true, more: more, fields: [("x-sim", "split=7")])
        #expect(batched.text == plain.text && cut.text == plain.text)
        #expect(plain.writes.count == 12 && batched.writes.count == 5)
        #expect(cut.writes.allSatisfy { $0.bytes.readableBytes <= 7 })
    }

    @Test func `A client that leaves is not written to any more`() async {
        let bench = Bench()
        let began = bench.clock.now
        let reply = await bench.chat("sim:gap=1s,tokens=1000", stream: true, leavesAfter: 3)
        #expect(reply.writes.count == 3 && !reply.ended)
        #expect(bench.clock.now.seconds(since: began) < 3)
    }

    @Test func `Text that looks like a field is not one`() async {
        let body = #"""
            {"messages":[{"role":"user","content":"\"stream\":true,\"model\":\"x\""}],"metadata":{"model":"sim-down",
            "stream":true},"model":"sim:tokens=3"}
            """#
        let reply = await Bench().ask(inbound(.post, "/v1/chat/completions", body: body))
        #expect(reply.json["model"].string == "sim:tokens=3")
        #expect(reply.json["object"].string == "chat.completion")
    }
}
