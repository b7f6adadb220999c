import Crypto
import Dialects
import GatewayTypes
public import Guardrails
public import Patterns

/// The configuration's guardrails, ready to be used.
struct GuardrailDesk {
    private let names: NameBook
    private let judges: JudgeDesk

    /// What outlives a configuration.
    struct Ground: Sendable {
        let meters = GuardrailMeters()
        /// Of this process: who holds a fingerprint cannot try out what it may be of.
        private let salt = (0..<32).map { _ in UInt8.random(in: 0...255) }

        func fingerprint(of bytes: [UInt8]) -> String {
            Hex.text(HMACSHA256.sign(key: salt, message: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// The hop `guardrails`; nil where there are none.
    static func stage(
        _ configuration: Configuration, names: NameBook, on ground: Blueprint.Ground
    ) throws(StartupFailure) -> GuardrailStage? {
        let guardrails = try guardrails(configuration, names: names, judges: JudgeDesk(on: ground))
        guard !guardrails.isEmpty else { return nil }
        let teams = Array(names.teams.names.dropFirst())
        for guardrail in guardrails { ground.guardrails.meters.declare(guardrail, teams: teams) }
        return GuardrailStage(
            guardrails,
            tools: GuardrailTools(
                texts: DialectTextReader(), prompts: DialectPromptReader(),
                fingerprint: { [ground = ground.guardrails] in ground.fingerprint(of: $0) },
                observe: { [meters = ground.guardrails.meters] in meters.count($0) }))
    }

    /// In the order of the file.
    private static func guardrails(
        _ configuration: Configuration, names: NameBook, judges: JudgeDesk
    ) throws(StartupFailure) -> [Guardrail] {
        let desk = GuardrailDesk(names: names, judges: judges)
        var made: [Guardrail] = []
        for written in configuration.guardrails {
            made.append(
                Guardrail(names.guardrails[written.name], try desk.check(of: written), desk.terms(of: written)))
        }
        return made
    }

    /// What looks: one line for each kind.
    private func check(of written: Configuration.Guardrail) throws(StartupFailure) -> Guardrail.Check {
        switch written.kind {
        case .words: .detector(WordDetector(written.words.map { (Reason($0.reason), $0.words) }))
        case .patterns: .detector(try patterns(of: written))
        case .pii: .detector(written.personal.detector)
        case .injection: .detector(written.injection.detector)
        case .size: .judge(SizeJudge(written.size.bounds))
        case .language:
            .judge(
                LanguageJudge(allowed: Set(written.language.allowed), deniesUnknown: written.language.unknown == .deny))
        case .tools: .judge(try judges.tools(written.tools, of: written.name))
        case .topics: .judge(judges.topics(written.topics ?? .init(), written))
        case .schema: .judge(try judges.schema(written.schema ?? .init(), written))
        case .judge: .judge(judges.model(written.judge ?? .init(), written))
        case .moderation: .judge(try judges.moderation(written.moderation ?? .init(), written))
        }
    }

    private func terms(of written: Configuration.Guardrail) -> Guardrail.Terms {
        var terms = Guardrail.Terms()
        terms.action =
            switch written.action {
            case .block: .block
            case .mask: .mask
            case .flag: .flag
            }
        terms.checksInput = written.phase != .output
        terms.checksOutput = written.phase != .input
        terms.failsOpen = written.onError == .failOpen
        terms.deadlineSeconds = written.deadlineSeconds
        terms.onlyObserves = written.mode == .observe
        terms.isShadow = written.shadow
        terms.teams = Set(written.teams.map { names.teams[$0].index })
        terms.routes = Set(written.models.map { names.routes[$0].index })
        return terms
    }

    // MARK: Patterns

    private func patterns(of written: Configuration.Guardrail) throws(StartupFailure) -> PatternDetector {
        do throws(PatternSet.Fault) {
            let set = try PatternSet(
                written.patterns.map { ($0.source, $0.reachBytes) })
            return PatternDetector(
                set, reasons: written.patterns.map { Reason($0.reason) },
                reachBytes: written.patterns.map(\.reachBytes).max() ?? 0)
        } catch {
            throw StartupFailure("The guardrail \(written.name): \(error.description)")
        }
    }
}

extension PatternSet: PatternFinder {}
