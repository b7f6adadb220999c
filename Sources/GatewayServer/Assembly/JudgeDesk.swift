import Callouts
import Credentials
import Dialects
import GatewayTypes
public import Guardrails
public import Patterns
import Upstream

/// The judges of the configuration's guardrails, ready to be asked.
struct JudgeDesk: Sendable {
    private static let replyBytesMax = 256 * 1024

    private let caller: any ModelCaller
    private let engine: CurlUpstream
    private let providers: ProviderDesk.Ground

    init(on ground: Blueprint.Ground) {
        caller = ground.models
        engine = ground.callouts.engine
        providers = ground.providers
    }

    // MARK: Tools and schemas

    /// What a schema's `pattern` is tested with.
    static func pattern(_ text: String) -> (any PatternTest)? {
        do throws(PatternSet.Fault) { return try PatternSet([(text, 256)]) } catch { return nil }
    }

    func tools(_ written: Configuration.Guardrail.Tools, of name: String) throws(StartupFailure) -> ToolJudge {
        var rules = ToolJudge.Rules()
        rules.allowed = written.allowed
        rules.denied = written.denied
        for arguments in written.arguments {
            rules.arguments[arguments.tool] = try schema(arguments.schema, of: name)
        }
        return ToolJudge(rules)
    }

    func schema(
        _ written: Configuration.Guardrail.Schema, _ guardrail: Configuration.Guardrail
    ) throws(StartupFailure) -> SchemaJudge {
        let repair = written.repair.map { model in
            var repair = SchemaJudge.Repair(model: model, caller: caller)
            repair.deadlineSeconds = guardrail.deadlineSeconds
            repair.outputTokensMax = Int64(written.repairTokensMax)
            return repair
        }
        return SchemaJudge(
            try schema(written.schema, of: guardrail.name), source: written.schema, repair: repair)
    }

    private func schema(_ source: String, of name: String) throws(StartupFailure) -> JSONSchema {
        do throws(JSONSchema.Fault) {
            return try JSONSchema(source, pattern: Self.pattern)
        } catch {
            throw StartupFailure("The guardrail \(name): the schema's \(error.path) \(error.what)")
        }
    }

    // MARK: Models

    func topics(_ written: Configuration.Guardrail.Topics, _ guardrail: Configuration.Guardrail) -> TopicJudge {
        var model = TopicJudge.Model(written.model, caller: caller)
        model.deadlineSeconds = guardrail.deadlineSeconds
        return TopicJudge(
            written.deny.map { .init(Reason($0.reason), examples: $0.examples) },
            threshold: Double(written.thresholdPercent) / 100, model)
    }

    func model(
        _ written: Configuration.Guardrail.ModelJudgement, _ guardrail: Configuration.Guardrail
    ) -> ModelJudge {
        var model = ModelJudge.Model(written.model, caller: caller)
        model.deadlineSeconds = guardrail.deadlineSeconds
        model.outputTokensMax = Int64(written.outputTokensMax)
        model.textBytesMax = written.textBytesMax
        switch written.question {
        case .policy: return ModelJudge(.policy(written.policy.map { ($0.reason, $0.sentence) }), model)
        case .groundedness: return ModelJudge(.groundedness, model)
        }
    }

    // MARK: Moderation services

    func moderation(
        _ written: Configuration.Guardrail.ModerationService, _ guardrail: Configuration.Guardrail
    ) throws(StartupFailure) -> ModerationJudge {
        var settings = ModerationService.Settings(
            shape: written.service, endpoint: try endpoint(written, guardrail))
        settings.deadlineSeconds = guardrail.deadlineSeconds
        settings.concurrent = written.concurrent
        settings.model = written.model
        settings.project = written.project
        let service = ModerationService(
            settings, fetcher: LoopFetcher(engine: engine, replyBytesMax: Self.replyBytesMax))
        var terms = ModerationJudge.Terms()
        terms.categories = Set(written.categories)
        terms.textBytesMax = written.textBytesMax
        terms.otherThreshold = written.otherPercent.map { Double($0) / 100 }
        for threshold in written.thresholds { terms.thresholds[threshold.category] = Double(threshold.percent) / 100 }
        return ModerationJudge(service, terms)
    }

    private func endpoint(
        _ written: Configuration.Guardrail.ModerationService, _ guardrail: Configuration.Guardrail
    ) throws(StartupFailure) -> Endpoint {
        guard let base = written.base else { throw StartupFailure("The guardrail \(guardrail.name) has no url.") }
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = guardrail.deadlineSeconds
        timeouts.firstByteSeconds = guardrail.deadlineSeconds
        timeouts.idleSeconds = guardrail.deadlineSeconds
        timeouts.totalSeconds = guardrail.deadlineSeconds
        let credential: (any Credential)?
        do throws(CredentialProblem) {
            credential = try ProviderDesk.credential(aws: written.aws, google: nil, providers)
        } catch {
            throw StartupFailure("The guardrail \(guardrail.name): \(error.description)")
        }
        return Endpoint(
            id: EndpointNumbers.next(), method: .post, url: base.text + written.path, serverAddress: base.host,
            serverPort: base.port, fields: written.keyField.map { [$0] } ?? [], timeouts: timeouts, http2: false,
            caFile: written.caFile, credential: credential)
    }
}

extension Configuration.Guardrail.ModerationService {
    /// The service's own address where none is written; nil: there is none.
    var base: ServiceURL? {
        if let url { return url }
        return switch service {
        case .openai: ServiceURL("https://api.openai.com/v1")
        case .azure: nil
        case .bedrock: aws.flatMap { ServiceURL("https://bedrock-runtime.\($0.region).amazonaws.com") }
        case .lakera: ServiceURL("https://api.lakera.ai")
        }
    }

    /// What follows the base.
    var path: String {
        switch service {
        case .openai: "/moderations"
        case .azure: "/contentsafety/text:analyze?api-version=" + PercentEncoding.encode(apiVersion)
        case .bedrock:
            "/guardrail/\(PercentEncoding.encode(guardrailID))/version/\(PercentEncoding.encode(guardrailVersion))/apply"
        case .lakera: "/v2/guard"
        }
    }

    var keyField: ReplyField? {
        key?.exposed.map { key in
            switch service {
            case .openai, .lakera, .bedrock: ReplyField("authorization", "Bearer " + key)
            case .azure: ReplyField("ocp-apim-subscription-key", key)
            }
        }
    }
}

extension PatternSet: PatternTest {}
