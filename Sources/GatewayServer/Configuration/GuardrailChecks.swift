import GatewayTypes
import Guardrails
import Patterns

/// Whether guardrails agree with themselves and with the rest of the configuration.
struct GuardrailChecks {
    let configuration: Configuration
    let reader: SettingReader

    /// Guardrails of one configuration.
    private static let countMax = 100

    func run() {
        let all = SettingPath.root.key("guardrails")
        if configuration.guardrails.count > Self.countMax {
            reader.error(at: all, "are more than \(Self.countMax); put what belongs together into one")
        }
        for guardrail in configuration.guardrails {
            let path = all.key(guardrail.name)
            check(guardrail, at: path)
            checkKind(of: guardrail, at: path)
        }
    }

    private func check(_ guardrail: Configuration.Guardrail, at path: SettingPath) {
        let kind = guardrail.kind
        if kind.isJudge, guardrail.action == .mask {
            reader.error(
                at: path.key("action"),
                "is mask, but kind: \(kind.rawValue) judges the whole and finds no stretch; write block or flag")
        }
        if guardrail.mode == .observe {
            if guardrail.phase == .input {
                reader.error(at: path.key("mode"), "is of what comes back; write phase: output or both, or take it out")
            } else if guardrail.action != .flag, guardrail.phase == .output, !guardrail.shadow {
                reader.error(
                    at: path.key("mode"),
                    "is observe, which changes nothing in a reply; write action: flag, or mode: hold")
            }
        }
        if !kind.isJudge, reader.isWritten(path.key("deadline")) {
            reader.error(
                at: path.key("deadline"), "is of kinds that ask somebody; kind: \(kind.rawValue) does not, take it out")
        }
        for other in Configuration.GuardrailKind.allCases
        where other != kind && reader.isWritten(path.key(other.rawValue)) {
            reader.error(
                at: path.key(other.rawValue), "is of kind: \(other.rawValue); write that kind, or take it out")
        }
        known(guardrail.teams, among: configuration.teams.map(\.name), as: "team", at: path)
        known(guardrail.models, among: configuration.models.map(\.name), as: "model", at: path)
    }

    private func checkKind(of guardrail: Configuration.Guardrail, at path: SettingPath) {
        guard !reader.hasProblem(within: path) else { return }
        switch guardrail.kind {
        case .words: check(guardrail.words, at: path.key("words"))
        case .patterns: check(guardrail.patterns, at: path.key("patterns"))
        case .pii: check(guardrail.personal, at: path.key("pii"))
        case .injection: break
        case .size, .language, .tools, .topics, .schema, .judge, .moderation:
            JudgeChecks(configuration: configuration, reader: reader).check(guardrail, at: path)
        }
    }

    private func check(_ groups: [Configuration.Guardrail.WordGroup], at path: SettingPath) {
        if groups.allSatisfy(\.words.isEmpty) {
            reader.error(at: path, "are missing; write words: [secret project]")
        }
        let bytes = groups.reduce(0) { $0 + $1.words.reduce(0) { $0 + $1.utf8.count } }
        if bytes > 1 << 20 { reader.error(at: path, "are more than 1 MiB together; keep those that are worth it") }
    }

    private func check(_ patterns: [Configuration.Guardrail.NamedPattern], at path: SettingPath) {
        if patterns.isEmpty { reader.error(at: path, "are missing; write patterns: { employee: 'EMP-[0-9]{6}' }") }
        for pattern in patterns {
            let place = path.key(pattern.reason)
            if let fault = Kind<String>.reasonFault(pattern.reason) { reader.error(at: place, fault) }
            do throws(PatternSet.Fault) {
                _ = try PatternSet([(pattern.source, pattern.reachBytes)])
            } catch {
                reader.error(at: place, "is no pattern of RE2: \(error.description)")
            }
        }
    }

    private func check(_ personal: Configuration.Guardrail.Personal, at path: SettingPath) {
        let ofCountries: [PersonalType] = [.phone, .nationalID]
        if !personal.types.isEmpty, !personal.countries.isEmpty, !personal.types.contains(where: ofCountries.contains) {
            reader.error(
                at: path.key("countries"), "are of the types phone and national_id; write one of them, or take it out")
        }
        for (index, value) in personal.allowed.enumerated() where value.contains("@") && value.hasPrefix("@") {
            reader.error(
                at: path.key("allow").index(index),
                "is no address; write the domain alone: \(Words.quoted(String(value.dropFirst())))")
        }
        if personal.allowed.count > 1_000 {
            reader.error(at: path.key("allow"), "are more than 1000; allow domains instead")
        }
    }

    private func known(_ names: [String], among all: [String], as what: String, at path: SettingPath) {
        for name in names where !all.contains(name) {
            reader.error(
                at: path.key(what), "unknown \(what) \(Words.quoted(name))\(Words.suggestion(for: name, among: all))")
        }
    }
}
