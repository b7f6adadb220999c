import GatewayTypes

extension SpanAttributes {
    /// What the cache did.
    mutating func set(_ cache: CacheUse?) {
        guard let cache else { return }
        set(WeirKey.cacheResult, cache.result.rawValue)
        set(WeirKey.cacheTrap, cache.trap?.rawValue)
        guard let hit = cache.hit else { return }
        set(WeirKey.cacheKind, hit.kind.rawValue)
        set(WeirKey.cacheAge, Int(hit.ageSeconds))
        set(WeirKey.cacheOrigin, hit.reply.origin.description)
        set(WeirKey.cacheProvider, hit.reply.source.provider)
        set(WeirKey.cacheModel, hit.reply.source.servedModel)
        set(WeirKey.cacheSavedTokens, Int(hit.reply.price.tokens))
        set(WeirKey.cacheSavedUSD, hit.reply.price.cost?.description)
        if let similarity = hit.similarity { set(WeirKey.cacheSimilarity, similarity) }
    }
}

extension Outcome {
    /// A link to the exchange whose reply was said again.
    var cachedSpan: SpanData.Link? {
        guard let hit = extras?.cache?.hit else { return nil }
        var attributes = SpanAttributes(expected: 1)
        attributes.set(WeirKey.link, WeirKey.linkOfCached)
        return SpanData.Link(span: hit.reply.originSpan, attributes: attributes)
    }
}
