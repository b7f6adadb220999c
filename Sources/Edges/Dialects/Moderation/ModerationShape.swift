public import GatewayTypes
import JSON
public import NIOCore

/// What goes to a moderation service and what comes back, by the API that it speaks.
public enum ModerationShape: String, CaseIterable, Sendable {
    /// OpenAI's `POST /v1/moderations`.
    case openai
    /// Azure AI Content Safety's `POST /contentsafety/text:analyze`.
    case azure
    /// Amazon Bedrock's `POST /guardrail/{id}/version/{version}/apply`.
    case bedrock
    /// `POST /v2/guard`, as Lakera has it.
    case lakera

    /// The categories that it may name, in Weir's words. What is none of them is `other`.
    public var categories: [String] {
        switch self {
        case .openai:
            [
                "harassment", "harassment_threatening", "hate", "hate_threatening", "illicit", "illicit_violent",
                "self_harm",
                "self_harm_intent", "self_harm_instructions", "sexual", "sexual_minors", "violence", "violence_graphic",
            ]
        case .azure: ["hate", "self_harm", "sexual", "violence", "blocklist"]
        case .bedrock:
            [
                "sexual", "violence", "hate", "insults", "misconduct", "prompt_attack", "topic", "word", "pii", "regex",
                "grounding", "relevance",
            ]
        case .lakera: ["prompt_attack", "moderated_content", "pii", "unknown_links"]
        }
    }

    /// `model`: OpenAI's, where one is named. `project`: Lakera's.
    public func request(_ text: ModeratedText, model: String?, project: String?) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeJSONObject { json in
            switch self {
            case .openai:
                json.member("model", model)
                json.member("input", text.text)
            case .azure:
                json.member("text", text.text)
                json.member("outputType", word: "FourSeverityLevels")
            case .bedrock:
                json.member("source", text.isOutput ? "OUTPUT" : "INPUT")
                json.openArray("content")
                json.openObject()
                json.openObject("text")
                json.member("text", text.text)
                json.closeObject()
                json.closeObject()
                json.closeArray()
            case .lakera:
                json.openArray("messages")
                json.openObject()
                json.member("role", text.isOutput ? "assistant" : "user")
                json.member("content", text.text)
                json.closeObject()
                json.closeArray()
                json.member("project_id", project)
                json.member("breakdown", true)
            }
        }
        return bytes
    }

    /// Nil where the answer makes no sense.
    public func moderation(in body: ByteBuffer) -> Moderation? {
        let root: JSONValue
        do throws(JSONProblem) { root = try JSONDocument(body).root } catch { return nil }
        guard root.isObject else { return nil }
        return switch self {
        case .openai: openai(root)
        case .azure: azure(root)
        case .bedrock: bedrock(root)
        case .lakera: lakera(root)
        }
    }

    /// `self-harm/intent` is `self_harm_intent`, `SelfHarm` is `self_harm`.
    static func category(_ text: String) -> String {
        var name = ""
        var wasSmall = false
        for scalar in text.unicodeScalars.prefix(64) {
            let isLarge = ("A"..."Z").contains(scalar)
            if isLarge, wasSmall { name += "_" }
            wasSmall = ("a"..."z").contains(scalar)
            if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
                name += scalar.properties.lowercaseMapping
            } else if !name.hasSuffix("_") {
                name += "_"
            }
        }
        return name
    }

    private func openai(_ root: JSONValue) -> Moderation? {
        guard let results = root["results"], let first = results.elements.first, first.isObject else { return nil }
        var scores: [Moderation.Score] = []
        for (name, value) in first["category_scores"]?.members ?? [] {
            guard let score = value.double else { return nil }
            scores.append(Moderation.Score(Self.category(name), score))
        }
        guard let flagged = first["flagged"]?.bool else { return nil }
        return Moderation(scores: scores, isFlagged: flagged)
    }

    /// Severities are 0, 2, 4 and 6; 6 counts as 1.
    private func azure(_ root: JSONValue) -> Moderation? {
        guard let analysis = root["categoriesAnalysis"], analysis.isArray else { return nil }
        var scores: [Moderation.Score] = []
        for entry in analysis.elements {
            guard let name = entry["category"]?.string else { return nil }
            let severity = entry["severity"]?.double ?? 0
            scores.append(Moderation.Score(Self.category(name), min(max(severity / 6, 0), 1)))
        }
        let isListed = !(root["blocklistsMatch"]?.elements.isEmpty ?? true)
        if isListed { scores.append(Moderation.Score("blocklist", 1)) }
        return Moderation(scores: scores, isFlagged: isListed || scores.contains { $0.score >= 0.5 })
    }

    private func bedrock(_ root: JSONValue) -> Moderation? {
        guard let action = root["action"]?.string else { return nil }
        var scores: [Moderation.Score] = []
        for assessment in root["assessments"]?.elements ?? [] {
            scores += bedrock(assessment["topicPolicy"]?["topics"], as: "topic")
            scores += bedrock(assessment["wordPolicy"]?["customWords"], as: "word")
            scores += bedrock(assessment["wordPolicy"]?["managedWordLists"], as: "word")
            scores += bedrock(assessment["sensitiveInformationPolicy"]?["piiEntities"], as: "pii")
            scores += bedrock(assessment["sensitiveInformationPolicy"]?["regexes"], as: "regex")
            scores += bedrock(assessment["contentPolicy"]?["filters"], as: nil)
            scores += bedrock(assessment["contextualGroundingPolicy"]?["filters"], as: nil)
        }
        return Moderation(scores: scores, isFlagged: action == "GUARDRAIL_INTERVENED")
    }

    /// What Amazon's guardrail acted on; `NONE` was seen and let be.
    private func bedrock(_ entries: JSONValue?, as category: String?) -> [Moderation.Score] {
        (entries?.elements ?? []).compactMap { entry in
            let action = entry["action"]?.string ?? "NONE"
            return action == "NONE"
                ? nil : Moderation.Score(category ?? Self.category(entry["type"]?.string ?? "other"), 1)
        }
    }

    private func lakera(_ root: JSONValue) -> Moderation? {
        guard let flagged = root["flagged"]?.bool else { return nil }
        let scores = (root["breakdown"]?.elements ?? []).compactMap { entry -> Moderation.Score? in
            guard entry["detected"]?.bool ?? false, let type = entry["detector_type"]?.string else { return nil }
            // `moderated_content/hate`: the part before the slash is the detector's.
            return Moderation.Score(Self.category(String(type.prefix { $0 != "/" })), 1)
        }
        return Moderation(scores: scores, isFlagged: flagged)
    }
}
