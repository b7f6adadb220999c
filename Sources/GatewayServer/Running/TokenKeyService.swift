import Authentication
import GatewayTypes
import Logging
import Telemetry

/// Looks after the issuers' keys, so that requests need not: fetches them at the start and whenever they are due.
struct TokenKeyService: Sendable {
    let house: House
    let logger: Logger

    /// How often it looks what is due.
    private static let pollSeconds = 0.5

    func run() async {
        var troubled: [String: String] = [:]
        while !Task.isCancelled {
            for (name, fetched) in await renew() { tell(of: fetched, name, &troubled) }
            try? await Task.sleep(for: .seconds(Self.pollSeconds))
        }
    }

    /// All that are due at once: one that does not answer holds up no other.
    private func renew() async -> [(String, TokenIssuer.Fetched)] {
        let issuers = house.blueprint.tokens?.realms.map(\.issuer) ?? []
        return await withTaskGroup(of: (String, TokenIssuer.Fetched)?.self) { group in
            for issuer in issuers {
                group.addTask { await issuer.renewIfDue(at: .now()).map { (issuer.name, $0) } }
            }
            return await group.reduce(into: []) { all, one in one.map { all.append($0) } }
        }
    }

    /// A trouble is told once, and so is its end.
    private func tell(of fetched: TokenIssuer.Fetched, _ name: String, _ troubled: inout [String: String]) {
        switch fetched {
        case .keys(let count):
            guard troubled.removeValue(forKey: name) != nil else { return }
            logger.notice(
                "the keys of an issuer could be fetched again", metadata: ["issuer": "\(name)", "keys": "\(count)"])
        case .trouble(let trouble):
            guard troubled.updateValue(trouble.sentence, forKey: name) != trouble.sentence else { return }
            logger.warning(
                "the keys of an issuer cannot be fetched; the ones at hand count on",
                metadata: ["issuer": "\(name)", "reason": "\(trouble.sentence)"])
        }
    }
}

/// Who was not let in, and how the issuers' keys are, read at every scrape.
struct AuthenticationReadings {
    let house: House

    func write(to writer: inout SampleWriter) {
        for fault in AuthenticationFault.allCases {
            writer.add(.authenticationFailures, [fault.rawValue], house.authenticationCounts[fault])
        }
        guard let tokens = house.blueprint.tokens else { return }
        let now = Moment.now()
        for issuer in tokens.realms.map(\.issuer) {
            let reading = issuer.reading(at: now)
            if let age = reading.ageSeconds { writer.set(.tokenKeysAge, [issuer.name], age) }
            writer.set(.tokenKeys, [issuer.name], Double(reading.keys))
            writer.add(.tokenKeyFetches, [issuer.name, "success"], reading.succeeded)
            writer.add(.tokenKeyFetches, [issuer.name, "failure"], reading.failed)
        }
        writer.set(.tokensRemembered, [], Double(tokens.remembered))
    }
}
