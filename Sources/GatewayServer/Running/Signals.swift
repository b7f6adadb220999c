import UnixSignals

/// The signals that the process answers. To be trapped before anybody is told that it runs: whoever hears that may send
/// one at once.
public struct Signals: Sendable {
    private let sequence: UnixSignalsSequence

    public static func trap() async -> Signals {
        Signals(sequence: await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup))
    }

    /// Returns at SIGTERM or SIGINT; `reload` is called at each SIGHUP.
    func waitForEnd(reload: () -> Void = {}) async {
        for await signal in sequence {
            guard signal == .sighup else { return }
            reload()
        }
    }
}
