import GatewayTypes
import JSON

/// Version 1: lines of JSON instead of events, `text` instead of a message, `meta` instead of usage. Clients reach it
/// by the provider's own API only.
extension CohereReader {
    mutating func readVersion1(_ type: String, _ event: JSONValue, _ events: inout [ModelEvent]) {
        switch type {
        case "stream-start": begin(event["generation_id"]?.string, &events)
        case "text-generation": say(event["text"]?.string, choice: Self.choice(event), &events)
        case "tool-calls-chunk":
            guard let delta = event["tool_call_delta"] else { return think(event["text"]?.string, &events) }
            let index = delta["index"]?.integer ?? 0
            if let name = delta["name"]?.string, !isKnown(call: index) {
                call(nil, name, delta["parameters"]?.string, at: index, &events)
            } else {
                argue(delta["parameters"]?.string, at: index, &events)
            }
        case "tool-calls-generation": readCalls(event, &events)
        case "stream-end":
            let response = event["response"]
            finishGenerations(response, &events)
            finish(event, usage: response?["meta"], &events)
        default: break
        }
    }

    /// Chat, generate, and all else that says what it costs. An error, or what is no reply, appends nothing.
    mutating func readWholeVersion1(_ document: JSONValue, into events: inout [ModelEvent]) {
        let generations = document["generations"]?.elements ?? []
        guard document["text"] != nil || document["meta"] != nil || !generations.isEmpty else { return }
        begin(document["generation_id"]?.string ?? document["id"]?.string, &events)
        say(document["text"]?.string, &events)
        readCalls(document, &events)
        for (choice, generation) in generations.enumerated() {
            say(generation["text"]?.string, choice: choice, &events)
        }
        finishGenerations(document, &events)
        finish(document, usage: document["meta"], &events)
    }

    /// Calls that a stream had not told piece by piece; their parameters are an object.
    private mutating func readCalls(_ holder: JSONValue, _ events: inout [ModelEvent]) {
        for (position, value) in (holder["tool_calls"]?.elements ?? []).enumerated() {
            guard let name = value["name"]?.string, !isKnown(call: Int64(position)) else { continue }
            call(nil, name, value["parameters"]?.raw, at: Int64(position), &events)
        }
    }

    private func finishGenerations(_ holder: JSONValue?, _ events: inout [ModelEvent]) {
        for (choice, generation) in (holder?["generations"]?.elements ?? []).enumerated() {
            guard let word = generation["finish_reason"]?.string else { continue }
            events.append(.finished(FinishReason(cohere: word), word: word, stopSequence: nil, choice: choice))
        }
    }

    private static func choice(_ event: JSONValue) -> Int { event["index"]?.integer.map { Int(clamping: $0) } ?? 0 }
}
