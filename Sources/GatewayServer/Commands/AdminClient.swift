import GatewayTypes

/// Asks the admin API at `WEIR_ADMIN_URL` with `WEIR_ADMIN_KEY`; `WEIR_ADMIN_CA` is the PEM file of the authority that
/// vouches for it, where the system does not know it.
enum AdminClient {
    /// The body of a reply with status 200; anything else is a refusal.
    static func reply(
        _ method: GatewayTypes.Method, _ path: String, json: String = ""
    ) async throws(Commands.Refusal) -> String {
        let base = Commands.environment["WEIR_ADMIN_URL"] ?? "http://127.0.0.1:9465"
        guard let key = Commands.environment["WEIR_ADMIN_KEY"] else {
            throw Commands.Refusal("Set WEIR_ADMIN_KEY to an admin key (admin.key in the configuration).")
        }
        let fields = [ReplyField("authorization", "Bearer \(key)")]
        let bench = try await ClientBench(authorities: Commands.environment["WEIR_ADMIN_CA"])
        let result: Result<ClientBench.Answer, Commands.Refusal>
        do throws(Commands.Refusal) {
            result = .success(
                method == .post
                    ? try await bench.post(base + path, fields: fields, json: json)
                    : try await bench.get(base + path, fields: fields))
        } catch {
            result = .failure(error)
        }
        try await bench.close()
        let answer = try result.get()
        guard answer.status == 200 else {
            throw Commands.Refusal("\(base) answered \(answer.status): \(answer.text)")
        }
        return answer.text
    }
}
