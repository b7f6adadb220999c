import Telemetry

extension EnvironmentReader {
    /// Nil where no variable names a sampler that Weir has.
    mutating func sampler() -> Sampler? {
        guard let name = self["OTEL_TRACES_SAMPLER"] else { return nil }
        switch name {
        case "always_on": return Sampler(root: .alwaysOn, parentBased: false)
        case "always_off": return Sampler(root: .alwaysOff, parentBased: false)
        case "traceidratio": return Sampler(root: ratio(), parentBased: false)
        case "parentbased_always_on": return Sampler(root: .alwaysOn, parentBased: true)
        case "parentbased_always_off": return Sampler(root: .alwaysOff, parentBased: true)
        case "parentbased_traceidratio": return Sampler(root: ratio(), parentBased: true)
        default:
            warn("OTEL_TRACES_SAMPLER names no sampler that Weir has and is ignored; telemetry.sampling is used")
            return nil
        }
    }

    private mutating func ratio() -> Sampler.Root {
        guard let text = self["OTEL_TRACES_SAMPLER_ARG"] else { return .ratio(1) }
        if let share = Double(text), (0...1).contains(share) { return .ratio(share) }
        warn("OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1 and is ignored; 1 is used")
        return .ratio(1)
    }

    /// In the variable's order, without duplicates; nil where there is none. `none` is an empty list.
    mutating func propagators() -> [Propagator]? {
        guard let text = self["OTEL_PROPAGATORS"] else { return nil }
        var found: [Propagator] = []
        for part in text.split(separator: ",") {
            let name = String(part.filter { $0 != " " && $0 != "\t" })
            if name == "none" { return [] }
            if let propagator = Propagator(rawValue: name) {
                if !found.contains(propagator) { found.append(propagator) }
            } else {
                warn("OTEL_PROPAGATORS names \(name.prefix(40)), which Weir does not have; it is ignored")
            }
        }
        return found
    }

    mutating func spanLimits() -> SpanLimits {
        var limits = SpanLimits()
        limits.attributes =
            limit(["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"]) ?? limits.attributes
        limits.valueCharacters = limit(["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"])
        limits.events = limit(["OTEL_SPAN_EVENT_COUNT_LIMIT"]) ?? limits.events
        return limits
    }

    /// By the first of the variables that is set.
    private mutating func limit(_ names: [String]) -> Int? {
        guard let name = names.first(where: { self[$0] != nil }), let text = self[name] else { return nil }
        if let value = Int(text), (0...1_000_000).contains(value) { return value }
        warn("\(name) is not a whole number from 0 to 1000000 and is ignored")
        return nil
    }
}
