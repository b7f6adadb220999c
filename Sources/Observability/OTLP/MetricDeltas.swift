import GatewayTypes
import Telemetry

/// Turns what was counted since the start into what was counted since the last delivery.
struct MetricDeltas {
    private struct Key: Hashable {
        let instrument: Instrument
        let labels: [String]
    }

    private var delivered: [Key: MetricPoint.Value] = [:]

    /// Counters and histograms without what was delivered; gauges as they are. A series that has gone back began anew.
    func since(_ families: [MetricFamily], from began: WallTime) -> [MetricFamily] {
        families.map { family in
            switch family.spec.type {
            case .gauge, .info: return family
            case .counter, .histogram: break
            }
            let points = family.points.map { point in
                let before = delivered[Key(instrument: family.spec.id, labels: point.labels)]
                return MetricPoint(
                    labels: point.labels, value: Self.difference(point.value, before),
                    // One that was delivered with an earlier collection is not repeated.
                    exemplars: point.exemplars.filter { $0.at > began })
            }
            return MetricFamily(spec: family.spec, points: points)
        }
    }

    /// `families` have reached their destination.
    mutating func deliver(_ families: [MetricFamily]) {
        var next: [Key: MetricPoint.Value] = [:]
        for family in families where family.spec.type == .counter || family.spec.type == .histogram {
            for point in family.points {
                next[Key(instrument: family.spec.id, labels: point.labels)] = point.value
            }
        }
        delivered = next
    }

    private static func grew(_ now: [UInt64], _ before: [UInt64]) -> Bool {
        now.count == before.count && zip(now, before).allSatisfy { $0 >= $1 }
    }

    private static func difference(_ now: MetricPoint.Value, _ before: MetricPoint.Value?) -> MetricPoint.Value {
        switch (now, before) {
        case (.count(let new), .count(let old)): .count(new >= old ? new - old : new)
        case (.number(let new), .number(let old)): .number(new >= old ? new - old : new)
        case (.money(let new), .money(let old)): .money(new >= old ? new - old : new)
        case (.histogram(let counts, let sum, let slots), .histogram(let oldCounts, let oldSum, let oldSlots)):
            grew(counts, oldCounts) && grew(slots, oldSlots)
                ? .histogram(
                    counts: zip(counts, oldCounts).map { $0 - $1 }, sum: sum - oldSum,
                    slots: zip(slots, oldSlots).map { $0 - $1 }) : now
        case (.count, _), (.number, _), (.money, _), (.histogram, _): now
        }
    }
}
