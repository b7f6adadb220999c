import GatewayTypes
import JSON

/// What an error reply of a host of Anthropic's models means.
struct AnthropicProviderFailure {
    let reply: ProviderErrorReply

    func failure(now: WallTime) -> Failure {
        let document = parsed()
        // Anthropic's and Google's, or Amazon's shape.
        let error = document?["error"] ?? document
        let said = AnthropicWords.message(error)
        return reply.failure(
            kind(error?["type"]?.string, said ?? ""), said: said, shown: document != nil, now: now)
    }

    private func parsed() -> JSONValue? {
        guard let root = reply.document else { return nil }
        // Google puts the errors of a stream into an array.
        let value = root.isArray ? root.elements.first : root
        return value.flatMap { $0.isObject ? $0 : nil }
    }

    private func kind(_ type: String?, _ said: String) -> ProviderErrorKind {
        switch reply.status {
        // Anthropic says so of an account without money, or at the limit that its owner has set.
        case 400 where said.contains("credit balance is too low") || said.contains("usage limits"): .quota
        case 429 where type == "billing_error": .quota
        // `model: …` is what it says of a model that it does not have.
        case 404: .rejected(elsewhere: said.hasPrefix("model") || said.contains("odel `"))
        case 529: .overloaded
        case let status: ProviderErrorKind(status: status)
        }
    }
}
