import GatewayTypes
import JSON

/// Finds the text that a model wrote, in a message of any provider's reply: what an estimate and the time to the first
/// token are taken from.
enum ReplyText {
    static func find(_ root: JSONValue, _ found: (String) -> Void) {
        let isChunk = root["object"]?.string?.hasPrefix("chat.completion.") ?? false
        for choice in (root["choices"]?.elements ?? []) {
            // Perplexity sends both; in a stream the message repeats what the deltas said.
            let said = isChunk ? choice["delta"] : choice["message"] ?? choice["delta"]
            content(said?["content"] ?? choice["text"], found)
            content(said?["reasoning_content"] ?? said?["reasoning"], found)
        }
        for candidate in (root["candidates"]?.elements ?? []) { content(candidate["content"]?["parts"], found) }
        for item in (root["output"]?.elements ?? []) { content(item["content"], found) }
        content(root["content"], found)
        content(root["output"]?["message"]?["content"], found)
        for generation in (root["generations"]?.elements ?? []) { content(generation["text"], found) }
        for completion in (root["completions"]?.elements ?? []) { content(completion["data"]?["text"], found) }
        let type = root["type"]?.string ?? ""
        // The last event of a transcript repeats the whole.
        if type.isEmpty || type == "transcript.text.segment" { content(root["text"], found) }
        content(root["completion"] ?? root["generation"] ?? root["outputText"] ?? root["response"], found)
        content(root["message"]?["content"], found)
        delta(root["delta"] ?? root["contentBlockDelta"]?["delta"], type, found)
    }

    /// A text, or a list of parts that have one.
    private static func content(_ value: JSONValue?, _ found: (String) -> Void) {
        if let text = value?.string, !text.isEmpty { found(text) }
        for part in value?.elements ?? [] {
            if let text = part["text"]?.string ?? part["thinking"]?.string, !text.isEmpty { found(text) }
        }
    }

    private static func delta(_ delta: JSONValue?, _ type: String, _ found: (String) -> Void) {
        guard let delta else { return }
        // A sound in base64 is no text.
        if delta.isString, !type.contains("audio.delta") { content(delta, found) }
        content(delta["text"] ?? delta["thinking"] ?? delta["partial_json"], found)
        content(delta["reasoningContent"]?["text"], found)
        content(delta["message"]?["content"]?["text"] ?? delta["content"]?["text"], found)
    }
}
