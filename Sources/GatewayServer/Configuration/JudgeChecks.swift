import Dialects
import Guardrails

/// Whether the settings of guardrails that judge make sense.
struct JudgeChecks {
    let configuration: Configuration
    let reader: SettingReader

    func check(_ guardrail: Configuration.Guardrail, at path: SettingPath) {
        let place = path.key(guardrail.kind.rawValue)
        switch guardrail.kind {
        case .words, .patterns, .pii, .injection: break
        case .size:
            if guardrail.size.isEmpty { reader.error(at: place, "bounds nothing; write size: { bytes_max: 64KiB }") }
        case .language:
            if guardrail.language.allowed.isEmpty {
                reader.error(at: place, "allows no language; write language: { allow: [en, de] }")
            }
        case .tools: check(guardrail.tools, at: place)
        case .topics: check(guardrail.topics, at: place)
        case .schema: check(guardrail.schema, of: guardrail, at: place)
        case .judge: check(guardrail.judge, of: guardrail, at: place)
        case .moderation: check(guardrail.moderation, at: place)
        }
    }

    // MARK: Tools and schemas

    private func check(_ tools: Configuration.Guardrail.Tools, at path: SettingPath) {
        if tools.isEmpty { reader.error(at: path, "denies no call; write tools: { allow: [search] }") }
        for arguments in tools.arguments {
            check(schema: arguments.schema, at: path.key("arguments").key(arguments.tool))
        }
        for name in tools.allowed where tools.denied.contains(name) {
            reader.error(at: path.key("deny"), "\(Words.quoted(name)) is allowed too; take one out")
        }
    }

    private func check(schema source: String, at path: SettingPath) {
        do throws(JSONSchema.Fault) {
            _ = try JSONSchema(source, pattern: JudgeDesk.pattern)
        } catch {
            reader.error(at: path, "the schema\(error.path.isEmpty ? "" : "'s " + error.path) \(error.what)")
        }
    }

    private func check(
        _ schema: Configuration.Guardrail.Schema?, of guardrail: Configuration.Guardrail, at path: SettingPath
    ) {
        guard let schema else {
            return reader.error(at: path, "is missing; write schema: '{\"type\": \"object\"}'")
        }
        if guardrail.phase != .output {
            reader.error(
                at: path, "is of what comes back; write phase: output beside it")
        }
        check(schema: schema.schema, at: path.key("schema"))
        if let model = schema.repair { check(model: model, at: path.key("repair")) }
        if schema.repair != nil, guardrail.mode == .observe || guardrail.action == .flag {
            reader.warning(
                at: path.key("repair"), "is paid for and changes nothing, since the reply passes as it is; take it out")
        }
    }

    // MARK: Models

    private func check(_ topics: Configuration.Guardrail.Topics?, at path: SettingPath) {
        guard let topics else {
            return reader.error(
                at: path,
                "are missing; write topics: { model: embed, deny: { medical: [Which pills help against fever?] } }")
        }
        check(model: topics.model, at: path.key("model"))
        if topics.deny.allSatisfy(\.examples.isEmpty) {
            reader.error(at: path.key("deny"), "is missing; write deny: { medical: [Which pills help against fever?] }")
        }
        if topics.deny.reduce(0, { $0 + $1.examples.count }) > 500 {
            reader.error(at: path.key("deny"), "has more than 500 examples; keep those that differ")
        }
    }

    private func check(
        _ judge: Configuration.Guardrail.ModelJudgement?, of guardrail: Configuration.Guardrail, at path: SettingPath
    ) {
        guard let judge else {
            return reader.error(
                at: path, "is missing; write judge: { model: fast, policy: { rude: The text must not be rude. } }")
        }
        check(model: judge.model, at: path.key("model"))
        switch judge.question {
        case .policy:
            if judge.policy.isEmpty {
                reader.error(at: path.key("policy"), "is missing; write policy: { rude: The text must not be rude. }")
            }
            for line in judge.policy {
                let place = path.key("policy").key(line.reason)
                if let fault = Kind<String>.reasonFault(line.reason) { reader.error(at: place, fault) }
                if line.reason == "ok" {
                    reader.error(at: place, "is the word for a text that breaks nothing; write another")
                }
            }
        case .groundedness:
            if guardrail.phase != .output {
                reader.error(
                    at: path.key("question"), "is of what comes back; write phase: output, or question: policy")
            }
            if !judge.policy.isEmpty { reader.error(at: path.key("policy"), "is of question: policy; take it out") }
        }
    }

    private func check(model name: String, at path: SettingPath) {
        let models = configuration.models.map(\.name)
        if !name.isEmpty, !models.contains(name) {
            reader.error(
                at: path, "unknown model \(Words.quoted(name))\(Words.suggestion(for: name, among: models))")
        }
    }

    // MARK: Moderation services

    private func check(_ moderation: Configuration.Guardrail.ModerationService?, at path: SettingPath) {
        guard let moderation else {
            return reader.error(at: path, "is missing; write moderation: { service: openai, key: env:OPENAI_API_KEY }")
        }
        let service = moderation.service
        if moderation.base == nil {
            reader.error(
                at: path.key("url"),
                service == .azure
                    ? "is missing; write https://NAME.cognitiveservices.azure.com"
                    : "is missing; write it, or aws with a region")
        }
        if service == .bedrock {
            if moderation.guardrailID.isEmpty {
                reader.error(at: path.key("guardrail"), "is missing: Bedrock's identifier")
            }
            if moderation.aws == nil, moderation.key == nil {
                reader.error(at: path.key("aws"), "is missing; write aws: { region: eu-central-1 }")
            }
        } else if moderation.aws != nil {
            reader.error(at: path.key("aws"), "is of service: bedrock; take it out")
        }
        if let url = moderation.url, !url.isTLS, !url.isLoopback, !url.host.isEmpty {
            reader.warning(at: path.key("url"), "what is sent reaches \(url.host) unencrypted; write https://")
        }
        let known = service.categories
        for name in moderation.categories where !known.contains(name) {
            reader.error(at: path.key("categories"), unknown(name, known))
        }
        for threshold in moderation.thresholds where !known.contains(threshold.category) {
            reader.error(at: path.key("thresholds").key(threshold.category), unknown(threshold.category, known))
        }
    }

    private func unknown(_ name: String, _ known: [String]) -> String {
        "unknown category \(Words.quoted(name))\(Words.suggestion(for: name, among: known))"
    }
}
