import COTLP
import NIOCore

/// Writes a struct of the generated code as OTLP's JSON: keys in lowerCamelCase, ids in hexadecimal, enumerations as
/// numbers, 64-bit integers as text; what has its default is left out.
struct JSONMessage {
    private(set) var output = ByteBuffer()

    mutating func write(_ message: UnsafeRawPointer) {
        guard let descriptor = message.load(as: UnsafePointer<ProtobufCMessageDescriptor>?.self) else { return }
        output.writeStaticString("{")
        var isFirst = true
        for position in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[position]
            guard isPresent(field, in: message) else { continue }
            if !isFirst { output.writeStaticString(",") }
            isFirst = false
            output.writeString("\"\(Self.key(field.name))\":")
            if field.label == PROTOBUF_C_LABEL_REPEATED {
                writeList(field, in: message)
            } else {
                writeValue(field.type, at: message + Int(field.offset))
            }
        }
        output.writeStaticString("}")
    }

    private func isPresent(_ field: ProtobufCFieldDescriptor, in message: UnsafeRawPointer) -> Bool {
        let quantifier = message + Int(field.quantifier_offset)
        if field.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0 {
            return quantifier.load(as: UInt32.self) == field.id
        }
        if field.label == PROTOBUF_C_LABEL_REPEATED { return quantifier.load(as: Int.self) > 0 }
        let place = message + Int(field.offset)
        switch field.type {
        case PROTOBUF_C_TYPE_MESSAGE: return place.load(as: UnsafeRawPointer?.self) != nil
        case PROTOBUF_C_TYPE_STRING:
            return place.load(as: UnsafePointer<CChar>?.self).map { $0.pointee != 0 } ?? false
        case PROTOBUF_C_TYPE_BYTES: return place.load(as: ProtobufCBinaryData.self).len > 0
        case PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64,
            PROTOBUF_C_TYPE_SFIXED64:
            return place.load(as: UInt64.self) != 0
        default: return place.load(as: UInt32.self) != 0
        }
    }

    private mutating func writeList(_ field: ProtobufCFieldDescriptor, in message: UnsafeRawPointer) {
        let count = (message + Int(field.quantifier_offset)).load(as: Int.self)
        guard let first = (message + Int(field.offset)).load(as: UnsafeRawPointer?.self) else { return }
        output.writeStaticString("[")
        for position in 0..<count {
            if position > 0 { output.writeStaticString(",") }
            // Every repeated field holds pointers or 64-bit numbers.
            writeValue(field.type, at: first + position * 8)
        }
        output.writeStaticString("]")
    }

    private mutating func writeValue(_ type: ProtobufCType, at place: UnsafeRawPointer) {
        switch type {
        case PROTOBUF_C_TYPE_MESSAGE:
            if let message = place.load(as: UnsafeRawPointer?.self) { write(message) }
        case PROTOBUF_C_TYPE_STRING: writeText(place.load(as: UnsafePointer<UInt8>?.self))
        case PROTOBUF_C_TYPE_BYTES: writeHex(place.load(as: ProtobufCBinaryData.self))
        case PROTOBUF_C_TYPE_DOUBLE: writeNumber(place.load(as: Double.self))
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SFIXED64: output.writeString("\"\(place.load(as: Int64.self))\"")
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: output.writeString("\"\(place.load(as: UInt64.self))\"")
        case PROTOBUF_C_TYPE_BOOL: output.writeString(place.load(as: Int32.self) != 0 ? "true" : "false")
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: output.writeString(String(place.load(as: UInt32.self)))
        default: output.writeString(String(place.load(as: Int32.self)))
        }
    }

    private mutating func writeNumber(_ number: Double) {
        if number.isNaN {
            output.writeStaticString("\"NaN\"")
        } else if number.isInfinite {
            output.writeString(number > 0 ? "\"Infinity\"" : "\"-Infinity\"")
        } else {
            output.writeString(number.description)
        }
    }

    private mutating func writeText(_ text: UnsafePointer<UInt8>?) {
        output.writeStaticString("\"")
        var next = text
        while let place = next, place.pointee != 0 {
            let byte = place.pointee
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.writeInteger(UInt8(ascii: "\\"))
                output.writeInteger(byte)
            case 0..<0x20:
                output.writeStaticString("\\u00")
                writeHex(byte)
            default: output.writeInteger(byte)
            }
            next = place + 1
        }
        output.writeStaticString("\"")
    }

    private mutating func writeHex(_ data: ProtobufCBinaryData) {
        output.writeStaticString("\"")
        for position in 0..<data.len { writeHex(data.data[position]) }
        output.writeStaticString("\"")
    }

    private mutating func writeHex(_ byte: UInt8) {
        output.writeInteger(Self.digits[Int(byte >> 4)])
        output.writeInteger(Self.digits[Int(byte & 15)])
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// `start_time_unix_nano` → `startTimeUnixNano`.
    private static func key(_ name: UnsafePointer<CChar>) -> String {
        var key = ""
        var isUpper = false
        for character in String(cString: name) {
            if character == "_" {
                isUpper = true
                continue
            }
            key += isUpper ? character.uppercased() : String(character)
            isUpper = false
        }
        return key
    }
}
