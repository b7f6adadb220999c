/// How often a channel wants to hear of an alert. Seconds.
public struct AlertRhythm: Hashable, Sendable {
    /// Between two deliveries of an alert that goes on firing; greater than 0.
    public var resendSeconds: Double
    /// How long after its end a resolved alert is still delivered; what was not delivered until then is dropped.
    public var resolvedSeconds: Double
    /// Whether a resolved alert is delivered again for all of that time, or once.
    public var repeatsResolved: Bool

    public init(resendSeconds: Double, resolvedSeconds: Double, repeatsResolved: Bool) {
        self.resendSeconds = resendSeconds
        self.resolvedSeconds = resolvedSeconds
        self.repeatsResolved = repeatsResolved
    }

    /// As Prometheus talks to Alertmanager, which forgets what it is not told again.
    public static let alertmanager = AlertRhythm(resendSeconds: 60, resolvedSeconds: 900, repeatsResolved: true)
    /// For receivers that pass every message on to a person: once, and again every 4 hours (Alertmanager's own
    /// `repeat_interval`) while it fires; the end once, tried for a day.
    public static let messages = AlertRhythm(resendSeconds: 14_400, resolvedSeconds: 86_400, repeatsResolved: false)

    /// When an alert ends by itself for a receiver that hears no more of it: after three deliveries that went missing.
    var endsAfterSeconds: Double { 4 * resendSeconds }
}
