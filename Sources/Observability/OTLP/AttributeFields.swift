import Telemetry

extension WireBuffer {
    /// Each as a `KeyValue`.
    mutating func attributes(_ field: UInt64, _ attributes: SpanAttributes) {
        for attribute in attributes.all { self.attribute(field, attribute.key, attribute.value) }
    }

    mutating func attribute(_ field: UInt64, _ key: String, _ value: SpanAttributes.Value) {
        let valueSize = Self.size(of: value)
        message(field, size: 2 + Self.size(of: key) + Self.width(UInt64(valueSize)) + valueSize)
        name(1, key)
        message(2, size: valueSize)
        any(value)
    }

    /// The fields of an `AnyValue`.
    mutating func any(_ value: SpanAttributes.Value) {
        switch value {
        case .text(let text): self.text(1, text)
        case .flag(let flag): varint(2, flag ? 1 : 0)
        case .integer(let number): varint(3, UInt64(bitPattern: number))
        case .number(let number): fixed64(4, number.bitPattern)
        case .texts(let texts):
            message(5, size: Self.size(of: texts))
            for text in texts {
                message(1, size: 1 + Self.size(of: text))
                self.text(1, text)
            }
        }
    }

    /// Of an `AnyValue`, in bytes.
    static func size(of value: SpanAttributes.Value) -> Int {
        switch value {
        case .text(let text): return 1 + size(of: text)
        case .flag: return 2
        case .integer(let number): return 1 + width(UInt64(bitPattern: number))
        case .number: return 9
        case .texts(let texts):
            let inner = size(of: texts)
            return 1 + width(UInt64(inner)) + inner
        }
    }

    /// Of an `ArrayValue`, in bytes.
    private static func size(of texts: [String]) -> Int {
        texts.reduce(0) { sum, text in
            let inner = 1 + size(of: text)
            return sum + 1 + width(UInt64(inner)) + inner
        }
    }
}
