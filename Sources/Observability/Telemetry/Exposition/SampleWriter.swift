public import GatewayTypes

/// Takes the samples of one scrape.
public struct SampleWriter {
    var gathering: Gathering

    /// A gauge (or the 1 of an info). `values` are those of the instrument's labels, in their order.
    public mutating func set(_ instrument: Instrument, _ values: [String], _ number: Double) {
        gathering.set(instrument, LabelText.render(instrument.spec.labels, values), .number(number))
    }

    public mutating func set(_ instrument: Instrument, _ values: [String], _ flag: Bool) {
        set(instrument, values, flag ? 1 : 0)
    }

    /// A gauge of money, exact.
    public mutating func set(_ instrument: Instrument, _ values: [String], _ money: Money) {
        gathering.set(instrument, LabelText.render(instrument.spec.labels, values), .money(money))
    }

    /// Adds to a counter's series; the same labels given twice add up.
    public mutating func add(_ instrument: Instrument, _ values: [String], _ count: UInt64) {
        gathering.add(instrument, LabelText.render(instrument.spec.labels, values), count)
    }

    /// Adds to a counter of money, exact; the same labels given twice add up.
    public mutating func add(_ instrument: Instrument, _ values: [String], _ money: Money) {
        gathering.add(instrument, LabelText.render(instrument.spec.labels, values), money)
    }

    /// A counter of seconds.
    public mutating func setCounter(_ instrument: Instrument, _ values: [String], _ number: Double) {
        gathering.set(instrument, LabelText.render(instrument.spec.labels, values), .number(number))
    }
}
