import Cache
import Crypto
import Dialects
import GatewayTypes
import Storage

/// The configuration's caches, ready to be used.
enum CacheDesk {
    /// What outlives a configuration.
    static func book(_ configuration: Configuration) throws(StartupFailure) -> CacheBook {
        let caching = configuration.caching
        var archive: ReplyFile?
        if let bytes = caching.diskBytesMax {
            do throws(StorageError) {
                archive = try ReplyFile(path: configuration.storage.path + "-cache", bytesMax: bytes)
            } catch {
                throw StartupFailure(error.description)
            }
        }
        return CacheBook(bytesMax: caching.memoryBytesMax, archive: archive)
    }

    /// Nil where no model has a cache.
    static func stage(
        _ configuration: Configuration, names: NameBook, book: CacheBook, caller: any ModelCaller
    ) -> CacheStage? {
        book.adopt(bytesMax: configuration.caching.memoryBytesMax)
        var policies: [ConfiguredName: CachePolicy] = [:]
        for model in configuration.models {
            guard let cache = model.cache else { continue }
            policies[names.routes[model.name]] = policy(cache, configuration.caching)
        }
        guard !policies.isEmpty else { return nil }
        return CacheStage(
            book: book, policies: policies, normalizer: DialectRequestNormalizer(), reader: DialectPromptReader(),
            caller: caller, sha256: { SHA256.digest($0) })
    }

    private static func policy(_ written: Configuration.ModelCache, _ caching: Configuration.Caching) -> CachePolicy {
        var policy = CachePolicy()
        policy.ttlSeconds = written.ttlSeconds
        policy.scope = written.scope
        policy.separatesEndUsers = written.perEndUser
        policy.onlyDeterministic = written.onlyDeterministic
        policy.replyBytesMax = caching.replyBytesMax
        policy.pauseSecondsMax = written.replay == .paced ? written.pauseSecondsMax : 0
        policy.waitSeconds = written.waitSeconds
        policy.semantic = written.semantic.map { semantic in
            var policy = SemanticPolicy(model: semantic.model)
            policy.threshold = Double(semantic.thresholdPercent) / 100
            policy.ageSecondsMax = semantic.ageSecondsMax
            policy.entriesMax = semantic.entriesMax
            policy.deadlineSeconds = semantic.deadlineSeconds
            policy.textBytesMax = semantic.textBytesMax
            return policy
        }
        return policy
    }
}
