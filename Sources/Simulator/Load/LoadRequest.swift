import GatewayTypes
import JSON
import NIOCore

extension LoadSettings {
    /// The body of every request.
    func body() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.append("{\"model\":")
        buffer.writeJSONString(model)
        if path.hasSuffix("/embeddings") {
            buffer.append(",\"input\":")
            buffer.writeJSONString(prompt)
        } else {
            buffer.append(",\"messages\":[{\"role\":\"user\",\"content\":")
            buffer.writeJSONString(prompt)
            buffer.append("}]")
            if stream { buffer.append(",\"stream\":true,\"stream_options\":{\"include_usage\":true}") }
            if let outputTokensMax {
                buffer.append(",\"max_tokens\":")
                buffer.append(outputTokensMax)
            }
        }
        buffer.append("}")
        return buffer
    }

    private var prompt: String {
        var text = ""
        var index = 0
        while text.utf8.count < promptBytes {
            text += index == 0 ? "" : " "
            text += "\(Words.word(0, index))"
            index += 1
        }
        return String(text.prefix(promptBytes))
    }
}
