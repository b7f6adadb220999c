import COTLP
import NIOCore

/// How messages are written.
public enum OTLPEncoding: String, CaseIterable, Sendable {
    case protobuf = "http/protobuf"
    case json = "http/json"

    var contentType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }

    /// `message` is a struct of the generated code with all that it points to.
    func write<Message>(_ message: UnsafeMutablePointer<Message>) -> ByteBuffer {
        let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
        switch self {
        case .protobuf:
            let size = protobuf_c_message_get_packed_size(base)
            var output = ByteBufferAllocator().buffer(capacity: size)
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
                protobuf_c_message_pack(base, space.bindMemory(to: UInt8.self).baseAddress)
            }
            return output
        case .json:
            var json = JSONMessage()
            json.write(UnsafeRawPointer(message))
            return json.output
        }
    }
}
