import COTLP
import NIOCore
import Telemetry

/// Builds the C structs of one batch; they live as long as it.
struct BatchBuilder {
    let arena = Arena()

    func keyValue(_ key: String, _ value: SpanAttributes.Value) -> UnsafeMutablePointer<WeirOtlp__KeyValue> {
        let pair = arena.make(WeirOtlp__KeyValue.self)
        weir_otlp__key_value__init(pair)
        pair.pointee.key = arena.text(key)
        pair.pointee.value = anyValue(value)
        return pair
    }

    func anyValue(_ value: SpanAttributes.Value) -> UnsafeMutablePointer<WeirOtlp__AnyValue> {
        let any = arena.make(WeirOtlp__AnyValue.self)
        weir_otlp__any_value__init(any)
        switch value {
        case .text(let text):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_STRING_VALUE
            any.pointee.string_value = arena.text(text)
        case .integer(let number):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_INT_VALUE
            any.pointee.int_value = number
        case .number(let number):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE
            any.pointee.double_value = number
        case .flag(let flag):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_BOOL_VALUE
            any.pointee.bool_value = flag ? 1 : 0
        case .texts(let texts):
            let array = arena.make(WeirOtlp__ArrayValue.self)
            weir_otlp__array_value__init(array)
            (array.pointee.values, array.pointee.n_values) = list(texts.map { anyValue(.text($0)) })
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE
            any.pointee.array_value = array
        }
        return any
    }

    func list<Element>(
        _ elements: [UnsafeMutablePointer<Element>]
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Element>?>, Int) {
        let list = arena.array(UnsafeMutablePointer<Element>?.self, count: elements.count)
        for (position, element) in elements.enumerated() { list[position] = element }
        return (list, elements.count)
    }

    /// Built in place: spans have dozens of them.
    func attributes(
        _ attributes: SpanAttributes
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<WeirOtlp__KeyValue>?>, Int) {
        let all = attributes.all
        let list = arena.array(UnsafeMutablePointer<WeirOtlp__KeyValue>?.self, count: all.count)
        for position in all.indices { list[position] = keyValue(all[position].key, all[position].value) }
        return (list, all.count)
    }

    func binary(_ word: UInt64) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: 8, data: arena.bytes(word))
    }

    func binary(_ high: UInt64, _ low: UInt64) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: 16, data: arena.bytes(high, low))
    }
}
