import GatewayTypes
import NIOCore

/// `[client u8][options u8][body]`.
enum RequestCase {
    static func run(_ bytes: [UInt8]) throws {
        guard bytes.count >= 2 else { return }
        let client = Parties.clients[Int(bytes[0]) % Parties.clients.count]
        let body = ByteBuffer(bytes: bytes[2...])
        let request: ModelRequest
        do throws(Failure) {
            request = try client.dialect.parse(Parties.call(client.surface, nil), body: body)
        } catch {
            return try refuse(error, client)
        }
        guard PlainJSON.accepts(body.readableBytesView) else {
            throw BrokenPromise("\(client.surface): accepts what is no JSON text")
        }
        try pass(request, client, cap: bytes[1] & 1 == 1 ? 7 : nil)
        try translate(request, client, cap: bytes[1] & 2 == 2 ? 9 : nil)
    }

    private static func refuse(_ failure: Failure, _ client: Parties.Client) throws {
        guard PlainJSON.accepts(client.dialect.render(failure).body.readableBytesView) else {
            throw BrokenPromise("\(client.surface): the refusal is no JSON text")
        }
    }

    private static func pass(_ request: ModelRequest, _ client: Parties.Client, cap: Int64?) throws {
        let same = Parties.target(request.askedModel, kind: "generic")
        let other = Parties.target("another \"model\"", kind: "openai")
        let sent: ByteBuffer
        let spliced: ByteBuffer
        do throws(Failure) {
            sent = try client.provider.encode(request, for: same, outputTokensMax: nil)
            spliced = try client.provider.encode(request, for: other, outputTokensMax: cap)
        } catch {
            return try refuse(error, client)
        }
        try check(request, client, sent, spliced)
    }

    private static func check(
        _ request: ModelRequest, _ client: Parties.Client, _ sent: ByteBuffer, _ spliced: ByteBuffer
    ) throws {
        // Anthropic's default caps and Gemini's names are put in where they are missing; a model's name is then said anew.
        if client.surface == .openAIChat || client.surface == .openAIEmbeddings, sent != request.body,
            !contains(request.body, "\\"), !request.askedModel.isEmpty
        {
            throw BrokenPromise("\(client.surface): changes a body in which nothing must change")
        }
        for body in [sent, spliced] where !PlainJSON.accepts(body.readableBytesView) {
            throw BrokenPromise("\(client.surface): passes on what is no JSON text: \(String(buffer: body))")
        }
    }

    private static func contains(_ body: ByteBuffer, _ text: String) -> Bool {
        String(buffer: body).contains(text)
    }

    private static func translate(_ request: ModelRequest, _ client: Parties.Client, cap: Int64?) throws {
        guard request.operation.isTranslatable else { return }
        let neutral: NeutralRequest
        do throws(Failure) { neutral = try client.dialect.neutral(request) } catch { return try refuse(error, client) }
        for provider in Parties.providers {
            let encoded: EncodedRequest
            do throws(Failure) {
                encoded = try provider.dialect.encode(neutral, for: provider.target, outputTokensMax: cap)
            } catch {
                try refuse(error, client)
                continue
            }
            guard PlainJSON.accepts(encoded.body.readableBytesView) else {
                throw BrokenPromise(
                    "\(client.surface) to \(provider.kind) \(provider.model): no JSON text: \(String(buffer: encoded.body))"
                )
            }
        }
    }
}
