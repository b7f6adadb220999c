import GatewayTypes

extension InstrumentCatalog {
    /// What is said again, and what that saves.
    static let caching: [InstrumentSpec] = [
        .counter(
            .cacheRequests, ["kind", "result"],
            "Exchanges that a cache was asked for, by kind: exact (the same request), semantic (one that means the same, asked where "
                + "exact missed); bypass: the request may not be answered from it"),
        .counter(
            .cacheSaved, ["kind", "team"], unit: "usd", number: .money,
            "What the replies that were said again had cost, in US dollars; embeddings that semantic look-ups cost are in "
                + "weir_cost_usd_total"),
        .counter(.cacheSavedTokens, ["kind", "team"], "Tokens of the replies that were said again"),
        .counter(
            .cacheSavedSeconds, ["kind"], unit: "seconds", number: .seconds,
            "Time that the replies that were said again had taken, without the time that it took to say them again"),
        .counter(
            .cacheNearMisses, ["trap"],
            "Questions whose nearest neighbour was near enough and yet not the same, by what differs"),
        .gauge(.cacheEntries, ["tier"], "Replies that a tier of the cache holds: memory, disk"),
        .gauge(.cacheBytes, ["tier"], unit: "bytes", "What they take"),
        .gauge(.cacheBytesMax, ["tier"], unit: "bytes", "Most that they may take"),
        .counter(
            .cacheRemovals, ["tier", "reason"],
            "Replies that went: to make room (size), too old (age), because an operator said so (purge), or the disk did not take "
                + "them (error)"),
        .gauge(.cacheQuestions, ["route"], "Questions that the semantic cache of a route remembers"),
        .counter(
            .promptCacheSaved, ["provider", "served_model"], unit: "usd", number: .money,
            "What providers' own prompt caches saved, in US dollars: tokens read from them at the price of input, less what they "
                + "cost; unknown where no plain input was billed beside them"),
    ]
}
