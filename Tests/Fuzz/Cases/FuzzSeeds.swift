import Foundation

extension FuzzFamily {
    /// Inputs to begin with, made of the fixtures of the dialects' tests and of a few words of every dialect.
    public func seeds() -> [[UInt8]] {
        switch self {
        case .sse:
            Self.replies().map { Array($0.prefix(300)) }
        case .eventStream:
            Self.eventStreams()
        case .requests:
            Parties.clients.indices.flatMap { client in
                Self.bodies.map { body -> [UInt8] in
                    let head: [UInt8] = [UInt8(client), 3]
                    return head + Array(body.utf8)
                }
            }
        case .multipart:
            (0..<3).map { [$0] + Array(Self.form.utf8) }
        case .replies:
            Parties.providers.indices.flatMap { provider in
                Self.replies().enumerated().map {
                    [UInt8(provider), UInt8($0.offset % 8), UInt8(provider)] + $0.element
                }
            }
        }
    }

    private static func replies() -> [[UInt8]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../DialectsTests/Fixtures").standardizedFileURL
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let bodies = names.sorted().filter { !$0.hasSuffix(".expected.json") }.compactMap { name in
            FileManager.default.contents(atPath: folder.appending(path: name).path).map(Array.init)
        }
        return bodies.filter { !$0.isEmpty } + others.map { Array($0.utf8) }
    }

    private static let others: [String] = [
        """
        event: message_start
        data: {"type":"message_start","message":{"id":"m1","model":"c","usage":{"input_tokens":9,"output_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"so"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":1}"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}

        event: message_stop
        data: {"type":"message_stop"}


        """,
        """
        {"id":"m1","type":"message","model":"c","content":[{"type":"text","text":"hi"},{"type":"tool_use","id":"t","name":\
        "f","input":{"a":[1]}}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}
        """,
        """
        [{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"functionCall":{"name":"f","args":{"x":1}}}]},\
        "index":0}],"responseId":"r"},{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}],\
        "usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"thoughtsTokenCount":1,"totalTokenCount":7}}]
        """,
        """
        {"output":{"message":{"role":"assistant","content":[{"text":"hi"},{"toolUse":{"toolUseId":"t","name":"f","input":\
        {"a":1}}}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}
        """,
        #"{"embedding":[0.5,-1e-3],"inputTextTokenCount":5}"#,
    ]

    private static let bodies: [String] = [
        """
        {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":5,"temperature":0.5,"messages":[\
        {"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url",\
        "image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1",\
        "type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},{"role":"tool","tool_call_id":"c1",\
        "content":"ok"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},\
        "strict":true}}],"tool_choice":"auto","response_format":{"type":"json_schema","json_schema":{"name":"s",\
        "schema":{"type":"object"}}}}
        """,
        """
        {"model":"m","max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],\
        "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"t",\
        "signature":"openai~x"},{"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},{"role":"user","content":[{\
        "type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"ok"}],"is_error":true}]}],"tools":[{\
        "name":"f","input_schema":{"type":"object"}}],"thinking":{"type":"enabled","budget_tokens":1024}}
        """,
        """
        {"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},{\
        "role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"s"}]},{"role":"user","parts":[\
        {"functionResponse":{"name":"f","response":{"r":1}}}]}],"generationConfig":{"maxOutputTokens":9,"topK":3,\
        "responseSchema":{"type":"OBJECT"},"thinkingConfig":{"thinkingBudget":0}},"tools":[{"functionDeclarations":[{\
        "name":"f","parameters":{"type":"OBJECT"}}]}]}
        """,
        """
        {"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"function_call",\
        "call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"ok"},{\
        "type":"reasoning","summary":[],"encrypted_content":"x"}],"instructions":"be brief","stream":false,\
        "reasoning":{"effort":"low"},"text":{"format":{"type":"json_schema","name":"n","schema":{}}}}
        """,
        #"{"model":"m","input":["a","b"],"dimensions":8,"encoding_format":"base64"}"#,
        #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"outputDimensionality":8}]}"#,
        #"{"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY"}"#,
        #"{"model":"m","query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true}"#,
    ]

    private static let form: String =
        "multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b\r\n"
        + "content-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n"
        + "--b\r\nContent-Disposition: form-data; name=stream\r\n\r\ntrue\r\n--b--\r\n"

    // MARK: Amazon's event streams

    private static let bedrockEvents: [(name: String, payload: String)] = [
        ("messageStart", #"{"role":"assistant"}"#),
        ("contentBlockStart", #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"text":"hi"}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"reasoningContent":{"signature":"c2ln"}}}"#),
        ("contentBlockStop", #"{"contentBlockIndex":0}"#),
        ("messageStop", #"{"stopReason":"tool_use"}"#),
        ("metadata", #"{"usage":{"inputTokens":4,"outputTokens":2,"totalTokens":6}}"#),
        ("chunk", #"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0="}"#),
    ]

    private static func eventStreams() -> [[UInt8]] {
        let messages = bedrockEvents.map { message($0.name, $0.payload) }
        let all: [UInt8] = messages.reduce(into: [0]) { $0 += $1 }
        return messages.map { [0] + $0 } + [all]
    }

    /// A message whose checksums are still to be put right.
    private static func message(_ name: String, _ payload: String) -> [UInt8] {
        let headers = header(":event-type", name) + header(":message-type", "event")
        let total = headers.count + payload.utf8.count + 16
        var bytes: [UInt8] = [0, 0, UInt8(total >> 8), UInt8(total & 255)]
        bytes += [0, 0, UInt8(headers.count >> 8), UInt8(headers.count & 255)]
        bytes += [0, 0, 0, 0]
        bytes += headers
        bytes += Array(payload.utf8)
        return bytes + [0, 0, 0, 0]
    }

    private static func header(_ name: String, _ value: String) -> [UInt8] {
        var bytes = [UInt8(name.utf8.count)]
        bytes += Array(name.utf8)
        bytes += [7, 0, UInt8(value.utf8.count)]
        return bytes + Array(value.utf8)
    }
}
