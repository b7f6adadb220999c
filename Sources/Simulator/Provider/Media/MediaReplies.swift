import JSON
import NIOCore

/// Images, transcripts and judgements: replies that are no conversation.
enum MediaReplies {
    /// One pixel, blue as water.
    static let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGPQyp8OAAH3ATEdPoPNAAAAAElFTkSuQmCC"

    static func images(_ plan: ReplyPlan, count: Int, size: String) -> ByteBuffer {
        let data = (0..<max(1, count)).map { _ in #"{"b64_json":"\#(png)"}"# }.joined(separator: ",")
        let usage = plan.tellsUsage ? ",\"usage\":\(imageUsage(plan, count: count))" : ""
        return ByteBuffer(
            string: #"{"created":\#(plan.created),"background":"opaque","data":[\#(data)],"output_format":"png","#
                + #""quality":"low","size":\#(size.json)\#(usage)}"#)
    }

    static func imageEvent(_ plan: ReplyPlan, size: String, isEdit: Bool) -> ByteBuffer {
        let type = isEdit ? "image_edit.completed" : "image_generation.completed"
        let usage = plan.tellsUsage ? ",\"usage\":\(imageUsage(plan, count: 1))" : ""
        return ByteBuffer(
            string: "event: \(type)\ndata: "
                + #"{"type":"\#(type)","b64_json":"\#(png)","created_at":\#(plan.created),"size":\#(size.json),"#
                + #""quality":"low","background":"opaque","output_format":"png"\#(usage)}"# + "\n\n")
    }

    private static func imageUsage(_ plan: ReplyPlan, count: Int) -> String {
        let output = plan.outputTokens * max(1, count)
        return #"{"input_tokens":\#(plan.promptTokens),"output_tokens":\#(output),"#
            + #""total_tokens":\#(plan.promptTokens + output),"input_tokens_details":{"text_tokens":\#(plan.promptTokens),"#
            + #""image_tokens":0}}"#
    }

    /// A second of sound is taken to have 32,000 bytes; ten tokens.
    static func transcript(_ plan: ReplyPlan, format: String, audioBytes: Int, task: String) -> ByteBuffer {
        let seconds = max(1, (audioBytes + 31_999) / 32_000)
        switch format {
        case "text": return ByteBuffer(string: plan.text + "\n")
        case "srt": return ByteBuffer(string: "1\n00:00:00,000 --> 00:00:01,000\n\(plan.text)\n\n")
        case "vtt": return ByteBuffer(string: "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n\(plan.text)\n\n")
        case "verbose_json":
            let usage = plan.tellsUsage ? #","usage":{"type":"duration","seconds":\#(seconds)}"# : ""
            return ByteBuffer(
                string: #"{"task":"\#(task)","language":"english","duration":\#(seconds).0,"text":"\#(plan.text)","#
                    + #""segments":[{"id":0,"seek":0,"start":0.0,"end":\#(seconds).0,"text":"\#(plan.text)","tokens":[1],"#
                    + #""temperature":0.0,"avg_logprob":-0.1,"compression_ratio":1.0,"no_speech_prob":0.0}]\#(usage)}"#)
        case _:
            let usage = plan.tellsUsage ? ",\"usage\":\(transcriptUsage(plan, seconds: seconds))" : ""
            return ByteBuffer(string: #"{"text":"\#(plan.text)"\#(usage)}"#)
        }
    }

    static func transcriptUsage(_ plan: ReplyPlan, seconds: Int) -> String {
        let audio = max(seconds * 10, plan.behaviour.audioInputTokens)
        let input = plan.promptTokens - plan.behaviour.audioInputTokens + audio
        return #"{"type":"tokens","input_tokens":\#(input),"input_token_details":{"text_tokens":\#(input - audio),"#
            + #""audio_tokens":\#(audio)},"output_tokens":\#(plan.outputTokens),"total_tokens":\#(input + plan.outputTokens)}"#
    }

    static func moderation(_ plan: ReplyPlan, count: Int) -> ByteBuffer {
        let categories = [
            "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent",
            "self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence",
            "violence/graphic",
        ]
        let flags = categories.map { "\"\($0)\":false" }.joined(separator: ",")
        let scores = categories.map { "\"\($0)\":0.0001" }.joined(separator: ",")
        let kinds = categories.map { "\"\($0)\":[\"text\"]" }.joined(separator: ",")
        let one =
            #"{"flagged":false,"categories":{\#(flags)},"category_scores":{\#(scores)},"#
            + #""category_applied_input_types":{\#(kinds)}}"#
        let results = Array(repeating: one, count: max(1, count)).joined(separator: ",")
        return ByteBuffer(string: #"{"id":"modr-\#(plan.id)","model":\#(plan.model.json),"results":[\#(results)]}"#)
    }

    /// The documents by a score that follows from their text; Cohere bills searches, others tokens.
    static func ranking(_ plan: ReplyPlan, digests: [UInt64], most: Int?, asCohere: Bool) -> ByteBuffer {
        let scored = digests.enumerated().map { (index: $0.offset, score: Double($0.element >> 44) / Double(1 << 20)) }
        let best = scored.sorted { ($1.score, $0.index) < ($0.score, $1.index) }.prefix(most ?? scored.count)
        let results = best.map { #"{"index":\#($0.index),"relevance_score":\#($0.score)}"# }.joined(separator: ",")
        let meta =
            plan.tellsUsage
            ? #","meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}"# : ""
        let more =
            asCohere
            ? ""
            : ",\"model\":\(plan.model.json)"
                + (plan.tellsUsage ? ",\"usage\":{\"total_tokens\":\(plan.promptTokens)}" : "")
        return ByteBuffer(string: #"{"id":"\#(plan.id)","results":[\#(results)]\#(meta)\#(more)}"#)
    }
}
