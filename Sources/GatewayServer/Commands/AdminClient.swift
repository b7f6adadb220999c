import Foundation
import GatewayTypes
import NIOCore

/// Asks the admin API at `WEIR_ADMIN_URL` with `WEIR_ADMIN_KEY`; `WEIR_ADMIN_CA` is the PEM file of the authority that
/// vouches for it, where the system does not know it.
enum AdminClient {
    /// The body of a reply that means success; anything else is a refusal.
    static func reply(
        _ method: GatewayTypes.Method, _ path: String, json: String? = nil
    ) async throws(Commands.Refusal) -> String {
        let answer = try await ask(method, path, json: json)
        guard (200...299).contains(answer.status) else { throw refusal(answer) }
        return answer.text
    }

    /// Whatever is answered.
    static func ask(
        _ method: GatewayTypes.Method, _ path: String, json: String? = nil, ifMatch: String? = nil
    ) async throws(Commands.Refusal) -> ClientBench.Answer {
        guard let key = Commands.environment["WEIR_ADMIN_KEY"] else {
            throw Commands.Refusal("Set WEIR_ADMIN_KEY to an admin key (admin.key in the configuration).")
        }
        var fields = [ReplyField("authorization", "Bearer \(key)")]
        if json != nil { fields.append(ReplyField("content-type", "application/json")) }
        if let ifMatch { fields.append(ReplyField("if-match", ifMatch)) }
        let bench = try await ClientBench(authorities: Commands.environment["WEIR_ADMIN_CA"])
        let result: Result<ClientBench.Answer, Commands.Refusal>
        do throws(Commands.Refusal) {
            result = .success(
                try await bench.send(method, base + path, fields: fields, body: ByteBuffer(string: json ?? "")))
        } catch {
            result = .failure(error)
        }
        try await bench.close()
        return try result.get()
    }

    private static var base: String { Commands.environment["WEIR_ADMIN_URL"] ?? "http://127.0.0.1:9465" }

    static func refusal(_ answer: ClientBench.Answer) -> Commands.Refusal {
        struct Problem: Decodable {
            let detail: String
        }
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.text.utf8))
        return Commands.Refusal("\(base) answered \(answer.status): \(problem?.detail ?? answer.text)")
    }
}
