import GatewayTypes
import NIOCore

/// A call of a surface whose path and head say nothing beside it.
func call(_ surface: Surface, model: String? = nil, streams: Bool = false, query: String? = nil) -> SurfaceCall {
    SurfaceCall(
        surface: surface, model: model, pathStreams: streams,
        head: RequestHead(
            bytes: ByteBuffer(), method: .post, path: "/", query: query, fields: [], clientAddress: "127.0.0.1"))
}

/// A call whose head names its path and the media type of its body.
func call(
    _ surface: Surface, path: String = "/", query: String? = nil, contentType: String?, method: Method = .post
) -> SurfaceCall {
    let name = "content-type"
    let fields = contentType.map {
        [
            RequestHead.Field(
                nameStart: 0, nameLength: name.utf8.count, valueStart: name.utf8.count, valueLength: $0.utf8.count)
        ]
    }
    return SurfaceCall(
        surface: surface,
        head: RequestHead(
            bytes: ByteBuffer(string: name + (contentType ?? "")), method: method, path: path, query: query,
            fields: fields ?? [], clientAddress: "127.0.0.1"))
}

/// A target that serves `model`; `kind`: `gen_ai.provider.name`.
func target(_ model: String, kind: String = "openai") -> Target {
    var names = NameTable()
    return Target(
        index: 0, provider: names.declare("p"), providerKind: kind, servedModel: names.declare(model), weight: 1,
        ways: [],
        keyAlias: "", injectsStreamUsage: true)
}
