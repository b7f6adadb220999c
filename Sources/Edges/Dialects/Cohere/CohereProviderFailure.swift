import GatewayTypes
import JSON

/// What an error reply of Cohere means: `{"id","message"}`, or `message` alone.
struct CohereProviderFailure {
    let reply: ProviderErrorReply

    func failure(now: WallTime) -> Failure {
        let root = reply.document
        let said = root?["message"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return reply.failure(
            kind(said ?? ""), said: said.map { String($0.prefix(ProviderErrorReply.messageCharactersMax)) },
            shown: root?.isObject == true, now: now)
    }

    private func kind(_ said: String) -> ProviderErrorKind {
        switch reply.status {
        // A trial key's allowance for the month comes back with the next, not in a moment.
        case 429 where said.contains("/ month"): .quota
        case 498: .credentialsRefused
        // Another target may have the model that this one lacks.
        case 404: .rejected(elsewhere: said.contains("model"))
        case 499: .failed
        case let status: ProviderErrorKind(status: status)
        }
    }
}
