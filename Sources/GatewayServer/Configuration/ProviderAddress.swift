/// Finds base URLs that hold too much or too little of a path: what a dialect adds itself, or a version that it needs.
///
/// Such an address answers 404 to everything, which is found out late and far from the file.
struct ProviderAddress {
    let provider: Configuration.Provider

    /// What is wrong with it and what to write, as a warning; nil: nothing that can be told from here.
    var complaint: String? {
        let url = provider.baseURL.text
        if let own = ownPath(of: url) {
            return "ends with \(own), which Weir adds itself; write \(url.dropLast(own.utf8.count))"
        }
        if provider.hosting == .azure, url.hasSuffix("/openai/v1") {
            return "has OpenAI's own paths below it; write key_field: api-key in place of hosting: azure"
        }
        if provider.dialect == .gemini, provider.hosting == .vertex, provider.google != nil,
            !url.contains("/projects/")
        {
            return "names no project; write …/v1/projects/PROJECT/locations/LOCATION"
        }
        guard let version = missingVersion else { return nil }
        return "has no version; write \(url)\(version)"
    }

    /// The end of the URL that is no base, the longest first.
    private func ownPath(of url: String) -> String? { ownPaths.first { url.hasSuffix($0) } }

    private var ownPaths: [String] {
        switch (provider.dialect, provider.hosting) {
        case (.openai, .azure):
            ["/openai/deployments", "/openai"]
        case (.openai, _):
            [
                "/chat/completions", "/images/generations", "/audio/transcriptions", "/audio/speech", "/completions",
                "/embeddings", "/responses", "/moderations", "/rerank", "/models",
            ]
        case (.responses, _): ["/responses"]
        case (.anthropic, .vertex): ["/publishers/anthropic/models", "/publishers/anthropic", "/publishers"]
        case (.anthropic, _): ["/v1/messages", "/v1"]
        case (.gemini, .vertex): ["/publishers/google/models", "/publishers/google", "/publishers"]
        case (.gemini, _): ["/models"]
        case (.bedrock, _): ["/model"]
        case (.cohere, _): ["/chat", "/embed", "/rerank"]
        }
    }

    /// The version that the provider's own host wants in front of every path, where the URL has no path at all.
    private var missingVersion: String? {
        guard !provider.baseURL.hasPath else { return nil }
        switch (provider.dialect, provider.hosting) {
        case (.gemini, .native): return "/v1beta"
        case (.cohere, .native): return "/v2"
        case (.openai, .native), (.responses, .native):
            return provider.baseURL.host == "api.openai.com" ? "/v1" : nil
        case (.openai, _), (.responses, _), (.anthropic, _), (.bedrock, _), (.cohere, _), (.gemini, _): return nil
        }
    }
}

extension ServiceURL {
    fileprivate var hasPath: Bool {
        guard let mark = text.firstRange(of: "://") else { return false }
        return text[mark.upperBound...].contains("/")
    }
}
