import UnixSignals

/// The signals that the process answers. To be trapped before anybody is told that it runs: whoever hears that may send
/// one at once.
public struct Signals: Sendable {
    private let sequence: UnixSignalsSequence

    public static func trap() async -> Signals {
        Signals(sequence: await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup))
    }

    /// Returns at SIGTERM or SIGINT, whose name it gives; `reload` is called at each SIGHUP.
    @discardableResult
    func waitForEnd(reload: () async -> Void = {}) async -> String {
        for await signal in sequence {
            guard signal == .sighup else { return signal == .sigint ? "SIGINT" : "SIGTERM" }
            await reload()
        }
        return "SIGTERM"
    }
}
