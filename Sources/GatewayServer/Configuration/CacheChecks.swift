import Cache

/// Whether what is cached agrees with the rest of the configuration.
struct CacheChecks {
    let configuration: Configuration
    let reader: SettingReader

    /// Below this, neighbours are strangers.
    private static let doubtfulPercent = 70

    func run() {
        let path = SettingPath.root.key("cache")
        if reader.isWritten(path), configuration.models.allSatisfy({ $0.cache == nil }) {
            reader.warning(at: path, "keeps nothing: no model has one of its own; write cache: { ttl: 1h } at a model")
        }
        if configuration.caching.replyBytesMax > configuration.caching.memoryBytesMax {
            reader.error(at: path.key("reply_max"), "is more than cache.memory; write less")
        }
    }

    func check(_ model: Configuration.Model, at path: SettingPath) {
        guard let cache = model.cache else { return }
        let path = path.key("cache")
        if reader.isWritten(path.key("pause_max")), cache.replay == .immediate {
            reader.warning(at: path.key("pause_max"), "changes nothing: replay is immediate; write replay: paced")
        }
        if cache.scope == .route, !configuration.teams.isEmpty {
            reader.warning(
                at: path.key("scope"),
                "shares replies between teams; write team where their prompts are not each other's business")
        }
        guard let semantic = cache.semantic else { return }
        let place = path.key("semantic")
        let models = configuration.models.map(\.name)
        if !models.contains(semantic.model), !reader.hasProblem(within: place.key("model")) {
            reader.error(
                at: place.key("model"),
                "unknown model \(Words.quoted(semantic.model))" + Words.suggestion(for: semantic.model, among: models))
        }
        if semantic.model == model.name {
            reader.error(at: place.key("model"), "is this model itself; write one that makes vectors")
        }
        if semantic.thresholdPercent < Self.doubtfulPercent {
            reader.warning(
                at: place.key("threshold"),
                "is so low that questions of the same form and another meaning may pass; write \(Self.doubtfulPercent)% or more"
            )
        }
        if semantic.ageSecondsMax > cache.ttlSeconds, reader.isWritten(place.key("max_age")) {
            reader.warning(at: place.key("max_age"), "is more than ttl, after which the reply is gone anyway")
        }
    }
}
