import GatewayServer
import Testing

/// Configurations written in a test, and what they lead to.
enum ConfigurationText {
    /// Everything that is required, and nothing else. What is given is appended; what is given again goes before it.
    static func minimal(without leftOut: Set<String> = [], adding more: String = "") -> String {
        let parts: [(key: String, text: String)] = [
            ("weir", "weir: 1\n"),
            ("anonymous", "anonymous: true\n"),
            ("providers", "providers: { openai: { base_url: \"https://api.openai.com/v1\" } }\n"),
            ("models", "models: { smart: { targets: [openai/gpt-5] } }\n"),
        ]
        return parts.filter { !leftOut.contains($0.key) }.map(\.text).joined() + more
    }

    static func load(
        _ text: String, environment: [String: String] = [:], resolveSecrets: Bool = true,
        directory: String = "/etc/weir",
        knowledge: ConfigurationKnowledge = ConfigurationKnowledge()
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        Configuration.load(
            bytes: Array(text.utf8), file: "weir.yaml", directory: directory, environment: environment,
            resolveSecrets: resolveSecrets, knowledge: knowledge)
    }

    /// The printed problems, warnings included, whatever the end was.
    static func lines(
        _ text: String, environment: [String: String] = [:], resolveSecrets: Bool = true,
        knowledge: ConfigurationKnowledge = ConfigurationKnowledge()
    ) -> [String] {
        let result = load(
            text, environment: environment, resolveSecrets: resolveSecrets, knowledge: knowledge)
        switch result {
        case .success(let loaded): return loaded.warnings.map(\.description)
        case .failure(let problems): return problems.problems.map(\.description)
        }
    }

    static func configuration(
        _ text: String, environment: [String: String] = [:], directory: String = "/etc/weir"
    ) throws -> Configuration {
        try load(text, environment: environment, directory: directory).get().configuration
    }
}
