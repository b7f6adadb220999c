import GatewayTypes
import JSON
import NIOCore

/// The client's body with only what must change for a target: the model where the body repeats it, and the cap on output
/// tokens that a budget needs.
enum GeminiBodySplice {
    static func body(
        _ request: ModelRequest, _ target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        var splice = JSONSplice()
        let served = GeminiModelName.resource(target.servedModel.text)
        if !request.facts.modelRange.isEmpty {
            for value in GeminiRequestFacts.modelValues(try GeminiClient.document(request.body)) {
                guard let name = value.string, GeminiModelName.resource(GeminiModelName.stripped(name)) != served
                else { continue }
                splice.replace(value.range, string: served)
            }
        }
        if let outputTokensMax { try cap(request, outputTokensMax, &splice) }
        let isSingle = request.surface == .geminiEmbed && !GeminiEmbeddings.isBatch(request.body)
        return isSingle ? wrapped(request, served, splice) : splice.apply(to: request.body)
    }

    /// Lowers what the client wrote, or writes a cap where it wrote none.
    private static func cap(
        _ request: ModelRequest, _ cap: Int64, _ splice: inout JSONSplice
    ) throws(Failure) {
        let facts = request.facts
        guard request.operation == .chat, facts.outputTokensMax.map({ $0 > cap }) ?? true else { return }
        if let range = facts.maxTokensRange { return splice.replace(range, json: String(cap)) }
        let member = "\"maxOutputTokens\":\(cap)"
        let root = GeminiMembers(try GeminiClient.document(request.body))
        guard let config = root.written("generationConfig") else {
            // The object has at least its `contents`, hence the comma.
            return splice.insert(at: facts.objectStart, json: "\"generationConfig\":{\(member)},")
        }
        guard config.isObject else { return splice.replace(config.range, json: "{\(member)}") }
        let comma = config.members.isEmpty ? "" : ","
        splice.insert(at: config.range.lowerBound + 1, json: member + comma)
    }

    /// One text as a batch of one, each of which must name the model.
    private static func wrapped(_ request: ModelRequest, _ served: String, _ splice: JSONSplice) -> ByteBuffer {
        var splice = splice
        var model = JSONBuilder()
        model.string(served)
        let member = "\"model\":\(String(buffer: model.bytes)),"
        if request.facts.modelRange.isEmpty { splice.insert(at: request.facts.objectStart, json: member) }
        var body = ByteBuffer()
        body.writeStaticString(#"{"requests":["#)
        body.writeImmutableBuffer(splice.apply(to: request.body))
        body.writeStaticString("]}")
        return body
    }
}
