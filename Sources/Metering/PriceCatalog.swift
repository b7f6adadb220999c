public import GatewayTypes

/// The list prices that Weir is shipped with. The format is described at the top of `Resources/prices.txt`.
public struct PriceCatalog: Sendable {
    /// One line of the catalogue: a model's prices from a day on.
    public struct Entry: Sendable {
        public let provider: String
        public let model: String
        /// What the model is for: `chat`, `embedding`, …
        public let mode: String
        public internal(set) var aliases: [String] = []
        public internal(set) var effectiveFrom: WallTime?
        /// `YYYY-MM-DD` on which the provider shuts the model down.
        public internal(set) var retires: String?
        /// Tokens.
        public internal(set) var contextWindow: Int64?
        /// Tokens.
        public internal(set) var outputMax: Int64?
        /// Factors on all prices, by region or speed; not applied by `PriceBook`.
        public internal(set) var multipliers: [String: String] = [:]
        public internal(set) var sheet = PriceSheet()
    }

    /// The day the figures were collected, `YYYY-MM-DD`: the catalogue's version.
    public let sourceDate: String
    public let sourceTime: WallTime
    public let entries: [Entry]
    /// What was read, byte for byte: the basis of the hash.
    public let bytes: [UInt8]

    /// The catalogue inside the program.
    public static func embedded() throws(PriceError) -> PriceCatalog {
        try PriceCatalog(PackageResources.prices_txt)
    }

    /// A catalogue without prices, for those who set all of them themselves.
    public static func empty() throws(PriceError) -> PriceCatalog {
        try PriceCatalog(Array("weir-prices 1 1970-01-01\n".utf8))
    }

    public init(_ bytes: [UInt8]) throws(PriceError) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let head = (lines.first ?? "").split(separator: " ")
        guard head.count == 3, head[0] == "weir-prices", head[1] == "1", let time = CalendarDay.start(of: head[2])
        else {
            throw PriceError("line 1: a catalogue begins with 'weir-prices 1 YYYY-MM-DD'")
        }
        var entries: [Entry] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty && !line.hasPrefix("#") {
            do { entries.append(try Self.entry(line)) } catch {
                throw PriceError("line \(index + 1): \(error.description)")
            }
        }
        sourceDate = String(head[2])
        sourceTime = time
        self.entries = entries
        self.bytes = bytes
    }

    /// What it says a provider's model can do; nothing for a model that it does not know.
    public func abilities(provider name: String, kind: String, model: String) -> Abilities {
        var abilities = Abilities()
        guard let entry = entry(provider: name, kind: kind, model: model) else { return abilities }
        abilities.contextTokens = entry.contextWindow
        abilities.outputTokensMax = entry.outputMax
        return abilities
    }

    private func entry(provider name: String, kind: String, model: String) -> Entry? {
        let provider = ProviderNames.inCatalog(name: name, kind: kind, known: Set(entries.map(\.provider)))
        return entries.first { $0.provider == provider && ($0.model == model || $0.aliases.contains(model)) }
    }

    /// Whether it has a price for a provider's model, known by its name or an alias.
    public func knows(provider name: String, kind: String, model: String) -> Bool {
        entry(provider: name, kind: kind, model: model).map { !$0.sheet.isEmpty } ?? false
    }

    private static func entry(_ line: Substring) throws(PriceError) -> Entry {
        let words = line.split(separator: " ")
        guard words.count >= 3, words.prefix(3).allSatisfy({ !$0.contains("=") }) else {
            throw PriceError("a line begins with provider, model and mode")
        }
        var entry = Entry(provider: String(words[0]), model: String(words[1]), mode: String(words[2]))
        for word in words.dropFirst(3) {
            guard let equals = word.firstIndex(of: "=") else { throw PriceError("'\(word)' is no key=value") }
            try entry.set(String(word[..<equals]), word[word.index(after: equals)...])
        }
        return entry
    }
}

extension PriceCatalog.Entry {
    fileprivate mutating func set(_ key: String, _ value: Substring) throws(PriceError) {
        switch key {
        case "aliases":
            aliases = value.split(separator: ",").map(String.init)
        case "from":
            guard let day = CalendarDay.start(of: value) else { throw PriceError("from=\(value) is no YYYY-MM-DD") }
            effectiveFrom = day
        case "retires":
            guard CalendarDay.start(of: value) != nil else { throw PriceError("retires=\(value) is no YYYY-MM-DD") }
            retires = String(value)
        case "context_window":
            contextWindow = try Self.count(key, value)
        case "max_output":
            outputMax = try Self.count(key, value)
        case _ where key.hasPrefix("multiplier_"):
            guard Money(value) != nil else { throw PriceError("\(key)=\(value) is no decimal") }
            multipliers[String(key.dropFirst("multiplier_".count))] = String(value)
        case _:
            try sheet.set(key, value)
        }
    }

    private static func count(_ key: String, _ value: Substring) throws(PriceError) -> Int64 {
        guard let count = Int64(value), count >= 0 else { throw PriceError("\(key)=\(value) is no number of tokens") }
        return count
    }
}
