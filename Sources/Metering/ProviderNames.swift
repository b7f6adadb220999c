/// The catalogue's word for a provider that the configuration calls by a name and a kind of its own.
enum ProviderNames {
    /// The provider's own name where the catalogue knows it, else what its kind is called there.
    static func inCatalog(name: String, kind: String, known: Set<String>) -> String {
        if known.contains(name) { return name }
        return byKind[kind] ?? kind
    }

    /// `gen_ai.provider.name` of the semantic conventions → the catalogue's word, where they differ.
    private static let byKind = [
        "aws.bedrock": "bedrock",
        "azure.ai.inference": "azure",
        "azure.ai.openai": "azure",
        "gcp.gemini": "gemini",
        "gcp.gen_ai": "gemini",
        "gcp.vertex_ai": "vertex",
        "mistral_ai": "mistral",
        "moonshot_ai": "moonshot",
        "x_ai": "xai",
    ]
}
