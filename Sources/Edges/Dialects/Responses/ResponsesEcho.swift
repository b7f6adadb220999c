import GatewayTypes
import JSON

/// What a response repeats of its request: members as the client wrote them, and defaults for the rest.
struct ResponsesEcho {
    let model: String
    private let members: [(key: StaticString, json: String)]

    init(_ request: ModelRequest) {
        model = request.askedModel
        var root: JSONValue?
        do throws(JSONProblem) { root = try JSONDocument(request.body).root } catch {
            // It was read before; without it the defaults stand.
        }
        func raw(_ key: StaticString, _ otherwise: String) -> (StaticString, String) {
            (key, root?[key]?.raw ?? otherwise)
        }
        let effort = root?["reasoning"]?["effort"]?.raw ?? "null"
        let summary = root?["reasoning"]?["summary"]?.raw ?? "null"
        let format = root?["text"]?["format"]?.raw ?? #"{"type":"text"}"#
        members = [
            raw("instructions", "null"), raw("max_output_tokens", "null"), raw("metadata", "{}"),
            raw("parallel_tool_calls", "true"), ("previous_response_id", "null"),
            ("reasoning", #"{"effort":\#(effort),"summary":\#(summary)}"#), ("store", "false"),
            raw("temperature", "null"), ("text", #"{"format":\#(format)}"#), raw("tool_choice", #""auto""#),
            raw("tools", "[]"), raw("top_p", "null"), ("truncation", #""disabled""#), raw("user", "null"),
        ]
    }

    func write(_ json: inout JSONBuilder) {
        for (key, text) in members { json.member(key, raw: text) }
    }
}
