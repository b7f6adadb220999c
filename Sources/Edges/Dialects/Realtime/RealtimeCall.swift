import GatewayTypes
import NIOCore

/// The request that opens a live conversation: all that it says stands in its head.
enum RealtimeCall {
    static func request(_ call: SurfaceCall) throws(Failure) -> ModelRequest {
        guard call.head.opensWebSocket else {
            throw Failure(
                .badRequest, "This path speaks WebSocket only; open one (RFC 6455, version 13) and send events over it."
            )
        }
        guard let model = model(in: call.head.query), !model.isEmpty else {
            throw Failure(.badRequest, "`model` is missing from the query; name the model to talk to.", param: "model")
        }
        var facts = RequestFacts()
        facts.opensWebSocket = true
        return ModelRequest(surface: call.surface, askedModel: model, stream: true, body: ByteBuffer(), facts: facts)
    }

    /// The model that a query names; Azure's clients call it a deployment.
    static func model(in query: String?) -> String? {
        let pairs = (query ?? "").split(separator: "&")
        for name in ["model=", "deployment="] {
            if let pair = pairs.first(where: { $0.hasPrefix(name) }) {
                return PercentEncoding.decode(pair.dropFirst(name.count))
            }
        }
        return nil
    }
}
