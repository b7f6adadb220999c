import NIOCore

/// A reply with one vector per input; equal inputs have equal vectors.
struct EmbeddingsReply {
    let behaviour: SimulatedBehaviour
    let model: String
    let seed: UInt64
    /// Digests of the inputs.
    let inputs: [UInt64]
    let dimensions: Int
    let asBase64: Bool
    let promptTokens: Int

    func body() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.append("{\"object\":\"list\",\"data\":[")
        for (index, input) in inputs.enumerated() {
            buffer.append(index == 0 ? "{\"object\":\"embedding\",\"index\":" : ",{\"object\":\"embedding\",\"index\":")
            buffer.append(index)
            buffer.append(",\"embedding\":")
            let vector = vector(of: input)
            if asBase64 { appendBase64(vector, to: &buffer) } else { appendList(vector, to: &buffer) }
            buffer.append("}")
        }
        buffer.append("],\"model\":")
        buffer.appendJSON(model)
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

    /// A vector of length 1.
    private func vector(of input: UInt64) -> [Float] {
        let raw = (0..<dimensions).map { index in
            Float(Mix.draw(input, UInt64(index)) >> 40) / Float(1 << 23) - 1
        }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? raw.map { $0 / length } : raw
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
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        buffer.append("\"")
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            for position in 0..<4 {
                let digit = digits[Int(bits >> UInt32(18 - 6 * position) & 63)]
                buffer.writeInteger(position <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        buffer.append("\"")
    }
}
