import GatewayTypes
import NIOCore

/// A call of a surface whose path and head say nothing beside it.
func call(_ surface: Surface, model: String? = nil, streams: Bool = false, query: String? = nil) -> SurfaceCall {
    SurfaceCall(
        surface: surface, model: model, pathStreams: streams,
        head: RequestHead(
            bytes: ByteBuffer(), method: .post, path: "/", query: query, fields: [], clientAddress: "127.0.0.1"))
}
