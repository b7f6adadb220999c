public import GatewayTypes
import JSON
public import NIOCore

/// A dialect without some top-level members of its bodies, which a provider of it refuses: every other byte is sent
/// as it would be without.
public struct OmittingDialect: ProviderDialect {
    private let inner: any ProviderDialect
    private let omits: Set<String>

    public init(inner: any ProviderDialect, omits: [String]) {
        self.inner = inner
        self.omits = Set(omits)
    }

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        inner.path(for: surface, model: model, stream: stream)
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        inner.path(translating: operation, model: model, stream: stream)
    }

    public var forwardedFields: [HeaderName] { inner.forwardedFields }
    public var defaultFields: [ReplyField] { inner.defaultFields }
    public var returnedFields: [HeaderName] { inner.returnedFields }
    public var requestIDField: HeaderName { inner.requestIDField }

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        without(try inner.encode(request, for: target, outputTokensMax: outputTokensMax))
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        var encoded = try inner.encode(request, for: target, outputTokensMax: outputTokensMax)
        encoded.body = without(encoded.body)
        return encoded
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        inner.decoder(for: request, target: target)
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        inner.reader(for: operation, target: target, stream: stream)
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        inner.failure(status: status, head: head, body: body)
    }

    // MARK: Bytes

    /// What is no JSON object stays as it is.
    private func without(_ body: ByteBuffer) -> ByteBuffer {
        let ranges = body.withUnsafeReadableBytes { bytes in
            do throws(JSONProblem) { return try cuts(in: bytes) } catch { return [] }
        }
        guard !ranges.isEmpty else { return body }
        var splice = JSONSplice()
        for range in ranges { splice.replace(range, json: "") }
        return splice.apply(to: body)
    }

    /// The bytes to leave out: each member with the comma before it, those at the beginning up to the first that stays.
    private func cuts(in bytes: UnsafeRawBufferPointer) throws(JSONProblem) -> [Range<Int>] {
        guard var scanner = JSONScanner(bytes), scanner.peek() == UInt8(ascii: "{") else { return [] }
        var cuts: [Range<Int>] = []
        var leading: Int?
        var isFirst = true
        var lastLeadingEnd = 0
        var end: Int?
        while try scanner.advanceToMember(first: &isFirst) {
            _ = scanner.peek()
            let start = scanner.offset
            let key = try scanner.key()
            let isOmitted = omits.contains(try scanner.text(of: key))
            _ = scanner.peek()
            try scanner.skipValue()
            switch (isOmitted, end) {
            case (true, .some(let end)): cuts.append(end..<scanner.offset)
            case (true, .none): leading = leading ?? start
            case (false, .none):
                if let leading { cuts.append(leading..<start) }
                leading = nil
            case (false, .some): break
            }
            // Behind a member that stays, or that is cut behind one that stays.
            if end != nil || !isOmitted { end = scanner.offset } else { lastLeadingEnd = scanner.offset }
        }
        if let leading { cuts.append(leading..<lastLeadingEnd) }
        return cuts
    }
}
