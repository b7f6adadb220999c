import GatewayTypes

/// Why bytes are no snapshot of an `AlertBook`.
public enum AlertSnapshotError: Error, Sendable {
    /// Not such a file, cut off, or changed on the way.
    case damaged
    /// Written by a version of Weir that this one does not know.
    case unknownVersion(UInt8)
}

extension AlertBook {
    private static let magic: [UInt8] = Array("WEIRALERTS".utf8)
    private static let version: UInt8 = 1

    /// All that is known, as bytes that `restore` takes: magic, version, the alerts, FNV-1a of all before it.
    public func snapshot() -> [UInt8] {
        var writer = SnapshotWriter(Self.magic + [Self.version])
        writer.put(UInt32(entries.count))
        for entry in entries.values.sorted(by: { $0.alert.labels.fingerprint < $1.alert.labels.fingerprint }) {
            put(entry, into: &writer)
        }
        return writer.finish()
    }

    /// Takes back what a snapshot holds in place of what is known now. Channels that are not configured any more are left
    /// out.
    public mutating func restore(_ bytes: [UInt8]) throws(AlertSnapshotError) {
        guard bytes.starts(with: Self.magic), bytes.count > Self.magic.count else { throw .damaged }
        let version = bytes[Self.magic.count]
        guard version == Self.version else { throw .unknownVersion(version) }
        guard var reader = SnapshotReader(bytes, skipping: Self.magic.count + 1) else { throw .damaged }
        var restored: [AlertLabels: Entry] = [:]
        for _ in 0..<reader.integer(UInt32.self) {
            let entry = takeEntry(from: &reader)
            guard !reader.failed else { throw .damaged }
            if !entry.channels.isEmpty { restored[entry.alert.labels] = entry }
        }
        guard reader.isAtEnd else { throw .damaged }
        replace(with: restored)
    }

    private func put(_ entry: Entry, into writer: inout SnapshotWriter) {
        let alert = entry.alert
        put(alert.labels, into: &writer)
        put(alert.annotations, into: &writer)
        writer.put(Self.number(of: alert.state))
        writer.put(alert.startsAt.nanoseconds)
        writer.put(optional: alert.endsAt?.nanoseconds)
        writer.put(alert.generatorURL ?? "")
        writer.put(UInt32(entry.channels.count))
        for (name, progress) in entry.channels.sorted(by: { $0.key < $1.key }) {
            writer.put(name)
            writer.put(progress.answered.map(Self.number) ?? 0)
            writer.put(optional: progress.due?.nanoseconds)
        }
    }

    private func takeEntry(from reader: inout SnapshotReader) -> Entry {
        let labels = takeLabels(from: &reader)
        let annotations = takeLabels(from: &reader)
        let state = Self.state(reader.integer(UInt8.self))
        let startsAt = WallTime(nanoseconds: reader.integer(Int64.self))
        let endsAt = reader.optional(Int64.self).map(WallTime.init(nanoseconds:))
        let url = reader.text()
        if state == nil { reader.fail() }
        var channels: [String: Progress] = [:]
        for _ in 0..<reader.integer(UInt32.self) where !reader.failed {
            let name = reader.text()
            let answered = Self.state(reader.integer(UInt8.self))
            let due = reader.optional(Int64.self).map(WallTime.init(nanoseconds:))
            if rhythms[name] != nil { channels[name] = Progress(answered: answered, due: due) }
        }
        let alert = Alert(
            labels: labels, annotations: annotations, state: state ?? .firing, startsAt: startsAt, endsAt: endsAt,
            generatorURL: url.isEmpty ? nil : url)
        return Entry(alert: alert, channels: channels)
    }

    private func put(_ labels: AlertLabels, into writer: inout SnapshotWriter) {
        writer.put(UInt32(labels.pairs.count))
        for pair in labels.pairs {
            writer.put(pair.name)
            writer.put(pair.value)
        }
    }

    private func takeLabels(from reader: inout SnapshotReader) -> AlertLabels {
        var labels = AlertLabels()
        for _ in 0..<reader.integer(UInt32.self) where !reader.failed {
            let name = reader.text()
            labels[name] = reader.text()
        }
        return labels
    }

    /// 0 stands for none.
    private static func number(of state: Alert.State) -> UInt8 {
        switch state {
        case .firing: 1
        case .resolved: 2
        }
    }

    private static func state(_ number: UInt8) -> Alert.State? {
        Alert.State.allCases.first { Self.number(of: $0) == number }
    }
}
