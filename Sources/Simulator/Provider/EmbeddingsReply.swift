import JSON
import NIOCore

/// A reply with one vector per input; equal inputs have equal vectors, and inputs that are alike have near ones.
struct EmbeddingsReply {
    let behaviour: SimulatedBehaviour
    let model: String
    /// Of the inputs, in their order.
    let vectors: [[Float]]
    let asBase64: Bool
    let promptTokens: Int

    func body() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.append("{\"object\":\"list\",\"data\":[")
        for (index, vector) in vectors.enumerated() {
            buffer.append(index == 0 ? "{\"object\":\"embedding\",\"index\":" : ",{\"object\":\"embedding\",\"index\":")
            buffer.append(index)
            buffer.append(",\"embedding\":")
            if asBase64 { appendBase64(vector, to: &buffer) } else { appendList(vector, to: &buffer) }
            buffer.append("}")
        }
        // OpenAI sends no id; Mistral's clients insist on one.
        buffer.append("],\"id\":\"embd-sim\",\"model\":")
        buffer.writeJSONString(model)
        if behaviour.usage != .none {
            buffer.append(",\"usage\":{\"prompt_tokens\":")
            buffer.append(promptTokens)
            buffer.append(",\"total_tokens\":")
            buffer.append(promptTokens)
            buffer.append("}")
        }
        buffer.append("}")
        return buffer
    }

    private func appendList(_ vector: [Float], to buffer: inout ByteBuffer) {
        buffer.append("[")
        for (index, value) in vector.enumerated() {
            if index > 0 { buffer.append(",") }
            buffer.writeString(value.description)
        }
        buffer.append("]")
    }

    /// Little-endian 32-bit floats in Base64, as the official SDK asks for.
    private func appendBase64(_ vector: [Float], to buffer: inout ByteBuffer) {
        let bytes = vector.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
        buffer.append("\"")
        buffer.writeString(Base64.text(bytes))
        buffer.append("\"")
    }
}
