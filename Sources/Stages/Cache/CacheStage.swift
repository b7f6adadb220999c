public import GatewayTypes

/// The hop `cache`: what was said before is said again.
///
/// Memory first, then who asks the same just now, then the disk, then the questions that mean the same. Who finds nothing
/// goes on, and what its provider says is kept for the next.
public struct CacheStage: Stage {
    public static var hop: Hop { .cache }

    private static let field: HeaderName = "x-weir-cache"

    private let book: CacheBook
    private let keys: KeyMaker
    private let search: SemanticSearch
    /// By the route's place among the names.
    private let policies: [Int: CachePolicy]
    private let clock: @Sendable () -> Moment

    /// `policies` by the routes' names. `sha256` gives 32 bytes.
    public init(
        book: CacheBook, policies: [ConfiguredName: CachePolicy], normalizer: any RequestNormalizer,
        reader: any PromptReader, caller: any ModelCaller, sha256: @escaping @Sendable ([UInt8]) -> [UInt8],
        clock: @escaping @Sendable () -> Moment = { Moment.now() }
    ) {
        self.book = book
        self.clock = clock
        keys = KeyMaker(normalizer: normalizer, sha256: sha256)
        search = SemanticSearch(book: book, reader: reader, caller: caller, keys: keys)
        self.policies = Dictionary(policies.map { ($0.key.index, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard !exchange.isAsked, let policy = policies[exchange.route.name.index],
            case .model(let request) = exchange.request, Self.isCacheable(request.operation)
        else { return .pass }
        let wish = CacheWish(exchange.head[Self.field])
        if let reason = Self.obstacle(wish, exchange, request, policy) { return bypass(&exchange, reason) }
        let tenancy = KeyMaker.tenancy(of: exchange, request, policy)
        guard let key = keys.exact(exchange, request, tenancy) else {
            return bypass(&exchange, "the request cannot be read")
        }
        let ttl = Int64(policy.ttlSeconds)
        let ageMax = min(wish.ageSecondsMax ?? ttl, ttl)
        // A reply of this very second is no older than 0 s; who asks for none older asks for a new one.
        let isRefresh = ageMax == 0
        let began = clock()
        if !isRefresh {
            if let reply = book.find(key, at: exchange.arrivedAt, ageSecondsMax: ageMax, ttlSeconds: ttl),
                let target = reply.target(among: exchange.route.targets)
            {
                return hit(&exchange, CacheFinding(.exact, reply, since: nil, at: exchange), target, policy)
            }
            if policy.waitSeconds > 0, let flight = book.join(key) {
                return await follow(flight, &exchange, policy, since: began)
            }
        }
        let lead = CacheLead(book: book, key: isRefresh || policy.waitSeconds <= 0 ? nil : key)
        return await lookFurther(&exchange, request, policy, key, tenancy, lead, ageMax: ageMax, since: began)
    }

    // MARK: Who asks the same just now

    private func follow(
        _ flight: CacheFlight, _ exchange: inout Exchange, _ policy: CachePolicy, since began: Moment
    ) async -> Passage {
        let seconds = min(policy.waitSeconds, exchange.deadline.seconds(since: began))
        let reply = await flight.wait(seconds: max(0, seconds), client: exchange.client)
        let finding = reply.map { CacheFinding(.exact, $0, since: clock().nanoseconds(since: began), at: exchange) }
        if let finding, let target = finding.reply.target(among: exchange.route.targets) {
            exchange.notes.append(Note(.cache, "waited for \(finding.reply.origin), which asked the same"))
            return hit(&exchange, finding, target, policy)
        }
        exchange.notes.append(Note(.cache, "waited in vain for one that asked the same"))
        miss(&exchange, semantic: nil, since: began)
        return .pass
    }

    // MARK: The disk, and what means the same

    private func lookFurther(
        _ exchange: inout Exchange, _ request: ModelRequest, _ policy: CachePolicy, _ key: CacheKey,
        _ tenancy: KeyMaker.Tenancy, _ lead: CacheLead, ageMax: Int64, since began: Moment
    ) async -> Passage {
        let (route, team) = (exchange.route.name.text, exchange.caller.team.text)
        let isRefresh = ageMax == 0
        if !isRefresh, book.archive != nil,
            let reply = await book.findArchived(
                key, at: exchange.arrivedAt, ageSecondsMax: ageMax, ttlSeconds: Int64(policy.ttlSeconds), route: route,
                team: team),
            let target = reply.target(among: exchange.route.targets)
        {
            lead.end(with: reply)
            let waited = clock().nanoseconds(since: began)
            return hit(&exchange, CacheFinding(.exact, reply, since: waited, at: exchange), target, policy)
        }
        let entry = CacheKeeper.Place(key: key, route: route, team: team, ttlSeconds: policy.ttlSeconds)
        guard let semantic = policy.semantic else {
            miss(&exchange, semantic: nil, since: began)
            return .keep(CacheKeeper(lead, entry, bytesMax: policy.replyBytesMax, asked: nil))
        }
        let answer = await search.look(
            for: request, exchange, tenancy, policy, semantic, ageSecondsMax: ageMax)
        if !isRefresh, let found = answer.found, let target = found.reply.target(among: exchange.route.targets) {
            lead.end(with: found.reply)
            let finding = CacheFinding(
                .semantic, found.reply, similarity: Double(found.similarity),
                since: clock().nanoseconds(since: began), at: exchange)
            return hit(&exchange, finding, target, policy)
        }
        note(answer, &exchange)
        miss(&exchange, semantic: answer.isComparable ? .miss : .bypass, trap: answer.trap?.trap, since: began)
        return .keep(CacheKeeper(lead, entry, bytesMax: policy.replyBytesMax, asked: answer.asked))
    }

    private func note(_ answer: SemanticSearch.Answer, _ exchange: inout Exchange) {
        if let obstacle = answer.obstacle { exchange.notes.append(Note(.cache, obstacle)) }
        guard let trap = answer.trap else { return }
        exchange.notes.append(
            Note(.cache, "near (\(Self.text(Double(trap.similarity)))), but another \(trap.trap.rawValue)"))
    }

    // MARK: Ends

    private func hit(
        _ exchange: inout Exchange, _ finding: CacheFinding, _ target: Target, _ policy: CachePolicy
    ) -> Passage {
        let hit = finding.hit
        exchange.cache = CacheUse(
            exact: finding.kind == .exact ? .hit : .miss, semantic: finding.kind == .semantic ? .hit : nil, hit: hit,
            waitedNanoseconds: finding.waitedNanoseconds)
        var text = "\(hit.kind.rawValue) hit: what \(hit.reply.origin) got \(hit.ageSeconds) s ago"
        exchange.replyFields += [
            ReplyField(Self.field.text, CacheResult.hit.rawValue), ReplyField("age", "\(hit.ageSeconds)"),
        ]
        if let similarity = hit.similarity {
            text += ", similarity \(Self.text(similarity))"
            exchange.replyFields.append(ReplyField("x-weir-cache-similarity", Self.text(similarity)))
        }
        exchange.notes.append(Note(.cache, text))
        return .replay(Replay(hit.reply, of: target, pauseSecondsMax: policy.pauseSecondsMax))
    }

    private func miss(
        _ exchange: inout Exchange, semantic: CacheResult?, trap: ParaphraseTrap? = nil, since began: Moment
    ) {
        exchange.cache = CacheUse(
            exact: .miss, semantic: semantic, trap: trap, waitedNanoseconds: clock().nanoseconds(since: began))
        exchange.replyFields.append(ReplyField(Self.field.text, CacheResult.miss.rawValue))
    }

    private func bypass(_ exchange: inout Exchange, _ reason: String) -> Passage {
        exchange.cache = CacheUse(exact: .bypass)
        exchange.notes.append(Note(.cache, "bypassed: " + reason))
        exchange.replyFields.append(ReplyField(Self.field.text, CacheResult.bypass.rawValue))
        return .pass
    }

    // MARK: What is cached at all

    private static func isCacheable(_ operation: Operation) -> Bool {
        switch operation {
        case .chat, .embeddings, .rerank, .textCompletion, .moderation: true
        case .listModels, .imageGeneration, .transcription, .translation, .speech, .countTokens, .realtime,
            .providerAPI:
            false
        }
    }

    private static func obstacle(
        _ wish: CacheWish, _ exchange: borrowing Exchange, _ request: ModelRequest, _ policy: CachePolicy
    ) -> String? {
        if wish.isForbidden { return "the request says so" }
        if request.facts.parameters.previousResponseID != nil || request.facts.parameters.conversationID != nil {
            return "it goes on from what the provider keeps"
        }
        if exchange.hasAddedFields { return "a callout tells the provider more" }
        if policy.onlyDeterministic, request.operation == .chat || request.operation == .textCompletion,
            request.facts.seed == nil, request.facts.temperature != 0
        {
            return "it asks for chance"
        }
        return nil
    }

    /// A similarity with three digits.
    static func text(_ similarity: Double) -> String {
        let thousandths = Int((similarity * 1_000).rounded())
        let digits = String(abs(thousandths) % 1_000)
        return (thousandths < 0 ? "-" : "") + "\(abs(thousandths) / 1_000)."
            + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
