import GatewayTypes
import JSON

/// `logprobsResult`: the chosen tokens, and beside them the likeliest of each place.
enum GeminiLogprobs {
    static func read(_ result: JSONValue?) -> [TokenLogprob] {
        let places = result?["topCandidates"]?.elements ?? []
        return (result?["chosenCandidates"]?.elements ?? []).enumerated().compactMap { position, chosen in
            guard var token = token(chosen) else { return nil }
            if position < places.count {
                token.alternatives = (places[position]["candidates"]?.elements ?? []).compactMap(Self.token)
            }
            return token
        }
    }

    private static func token(_ value: JSONValue) -> TokenLogprob? {
        guard let token = value["token"]?.string else { return nil }
        return TokenLogprob(token: token, logprob: value["logProbability"]?.double ?? 0)
    }

    /// The member `logprobsResult`; none for no tokens.
    static func write(_ tokens: [TokenLogprob], to json: inout JSONBuilder) {
        guard !tokens.isEmpty else { return }
        json.openObject("logprobsResult")
        json.openArray("topCandidates")
        for token in tokens {
            json.openObject()
            json.openArray("candidates")
            for alternative in token.alternatives { write(alternative, to: &json) }
            json.closeArray()
            json.closeObject()
        }
        json.closeArray()
        json.openArray("chosenCandidates")
        for token in tokens { write(token, to: &json) }
        json.closeArray()
        json.closeObject()
    }

    private static func write(_ token: TokenLogprob, to json: inout JSONBuilder) {
        json.openObject()
        json.member("token", token.token)
        json.member("logProbability", token.logprob.isFinite ? token.logprob : -9999)
        json.closeObject()
    }
}
