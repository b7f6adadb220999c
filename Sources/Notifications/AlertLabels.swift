import JSON

/// Names and values of an alert: sorted by name, each name once, without empty values (Alertmanager treats an empty value
/// as absent).
public struct AlertLabels: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public let name: String
        public let value: String
    }

    public private(set) var pairs: [Pair] = []

    public init() {}

    /// Names as Prometheus allows them (`[a-zA-Z_][a-zA-Z0-9_]*`); of a name given twice the last value stays.
    public init(_ labels: [(name: String, value: String)]) {
        for label in labels { self[label.name] = label.value }
    }

    public subscript(name: String) -> String? {
        get { pairs.first { $0.name == name }?.value }
        set {
            pairs.removeAll { $0.name == name }
            guard let newValue, !newValue.isEmpty else { return }
            let place = pairs.firstIndex { name < $0.name } ?? pairs.endIndex
            pairs.insert(Pair(name: name, value: newValue), at: place)
        }
    }

    /// 64 bits of FNV-1a over the sorted names and values, each followed by the byte 0xFF: the fingerprint that
    /// Alertmanager gives to the same labels.
    public var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for pair in pairs {
            for text in [pair.name, pair.value] {
                for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
                hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
            }
        }
        return hash
    }

    func write(to json: inout JSONBuilder) {
        json.openObject()
        for pair in pairs {
            json.key(text: pair.name)
            json.string(pair.value)
        }
        json.closeObject()
    }
}
