/// The models that the simulator knows, and how a name leads to a behaviour.
struct SimulatedModels: Sendable {
    struct Profile: Sendable {
        let name: String
        let controls: String
        let text: String
    }

    static let profiles = [
        Profile(name: "sim-fast", controls: "", text: "answers at once"),
        Profile(name: "sim-large", controls: "ttft=120ms,gap=8ms,tokens=60", text: "a large model"),
        Profile(name: "sim-small", controls: "ttft=40ms,gap=3ms,tokens=40", text: "a small model"),
        Profile(
            name: "sim-reasoner", controls: "ttft=150ms,gap=5ms,reasoning=40,tokens=40", text: "thinks, then answers"),
        Profile(
            name: "sim-cached", controls: "ttft=60ms,gap=4ms,tokens=40,input=2048,cached=1920",
            text: "most of the prompt is cached"),
        Profile(
            name: "sim-flaky", controls: "ttft=40ms,gap=3ms,tokens=40,error=429+500,error_rate=30",
            text: "fails three times in ten"),
        Profile(name: "sim-down", controls: "error=503", text: "always fails"),
        Profile(name: "sim-embed", controls: "dimensions=64", text: "embeddings"),
    ]

    /// Exact names, in the order of their listing.
    let names: [String]
    private let byName: [String: SimulatedBehaviour]
    private let fallback: SimulatedBehaviour

    init(settings: SimulatorSettings) {
        var byName: [String: SimulatedBehaviour] = [:]
        for profile in Self.profiles {
            // The profiles are ours; a test reads every one of them.
            byName[profile.name] = (try? SimulatedBehaviour(controls: profile.controls)) ?? .init()
        }
        byName.merge(settings.models) { $1 }
        self.byName = byName
        fallback = settings.fallback
        let builtIn = Self.profiles.map(\.name)
        names = builtIn + settings.models.keys.filter { !builtIn.contains($0) }.sorted()
    }

    /// The behaviour for a model's name; nil where there is no such model.
    func behaviour(for model: String) throws(ControlProblem) -> SimulatedBehaviour? {
        if let known = byName[model] { return known }
        let parts = model.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let base = String(parts[0])
        if base == "sim" || base.hasPrefix("sim-") {
            guard let behaviour = base == "sim" ? SimulatedBehaviour() : byName[base] else { return nil }
            return parts.count == 1 ? behaviour : try SimulatedBehaviour(controls: parts[1], over: behaviour)
        }
        return fallback
    }

    /// The grammar of the controls, for the command line.
    static var help: String {
        var lines = [
            "A model's name says how the reply behaves: a profile, a profile with changes, or controls alone:",
            "", "  sim-large      sim-large:gap=2ms      sim:ttft=200ms,gap=20ms,tokens=64,cached=100", "",
            "The header x-sim takes the same controls and wins: x-sim: ttft=200ms, tokens=64",
            "Any name that does not begin with sim is answered like sim-fast.", "",
            "The path says whose API it is: OpenAI's (/v1/…; Azure's /openai/deployments/…), Anthropic's (/v1/messages),",
            "Gemini's (…/models/…:generateContent), Bedrock's (/model/…), Cohere's (/v2/…), Ollama's (/api/chat).", "",
            "Models:",
        ]
        lines += profiles.map { "  \(pad($0.name, 14)) \($0.text)\($0.controls.isEmpty ? "" : " (\($0.controls))")" }
        lines += ["", "Controls (DURATION: 200ms, 1.5s, 300us):"]
        lines += ControlKey.allCases.map { "  \(pad("\($0.rawValue)=\($0.help.form)", 26)) \($0.help.text)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The text, filled up with spaces to `width`.
func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
