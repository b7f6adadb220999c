import GatewayTypes

/// The label `phase`.
enum AttemptPhase: String, CaseIterable { case dns, connect, tls, wait, stream }

extension AttemptPhases {
    /// Nanoseconds of a phase; 0 where it did not occur.
    func nanoseconds(_ phase: AttemptPhase) -> Int64 {
        switch phase {
        case .dns: dns
        case .connect: connect
        case .tls: tls
        case .wait: wait
        case .stream: stream
        }
    }
}
