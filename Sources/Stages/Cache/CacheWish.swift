import GatewayTypes

/// What a request says in `x-weir-cache`: the words of HTTP's `cache-control`.
struct CacheWish: Equatable {
    /// Neither answered from the cache nor kept.
    var isForbidden = false
    /// Seconds; nil: as old as the route allows.
    var ageSecondsMax: Int64?

    /// What is not understood forbids: who says something wants less than usual.
    init(_ field: String?) {
        guard let field else { return }
        for part in field.lowercased().split(separator: ",") {
            let words = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\t" } }
            if words == ["no-cache"] {
                ageSecondsMax = 0
            } else if words.count == 2, words[0] == "max-age", let seconds = Int64(words[1]), seconds >= 0 {
                ageSecondsMax = seconds
            } else {
                isForbidden = true
            }
        }
    }
}
