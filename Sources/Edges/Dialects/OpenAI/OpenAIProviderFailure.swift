import GatewayTypes
import JSON
import NIOCore

/// What an error reply of an OpenAI-shaped provider means.
struct OpenAIProviderFailure {
    let reply: ProviderErrorReply

    func failure(now: WallTime) -> Failure {
        let error = reply.body.withUnsafeReadableBytes { OpenAIErrorBody($0) }
        return reply.failure(
            kind(error), said: OpenAIErrorMessage.text(in: reply.body), shown: error.isJSON, now: now)
    }

    private func kind(_ error: OpenAIErrorBody) -> ProviderErrorKind {
        switch reply.status {
        case 429 where [error.code, error.type].contains { Self.quotaWords.contains($0 ?? "") }: .quota
        case 498: .rateLimited
        case 400 where error.saysKeyIsInvalid: .credentialsRefused
        case 404: .rejected(elsewhere: Self.missingModelWords.contains(error.code ?? ""))
        case let status: ProviderErrorKind(status: status)
        }
    }

    private static let quotaWords: Set<String> = [
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded",
    ]
    private static let missingModelWords: Set<String> = ["model_not_found", "DeploymentNotFound"]
}

/// The few words of an error reply that say what happened.
struct OpenAIErrorBody {
    private(set) var code: String?
    private(set) var type: String?
    private(set) var isJSON = false
    /// Gemini says so with status 400.
    private(set) var saysKeyIsInvalid = false

    private enum Field: String, CaseIterable, Sendable {
        case error, code, type
        static let keys = JSONKeys<Self>()
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= ProviderErrorReply.bodyBytesMax, var scanner = JSONScanner(bytes) else { return }
        saysKeyIsInvalid = Self.contains(bytes, "API_KEY_INVALID")
        do throws(JSONProblem) {
            let first = scanner.peek()
            if first == UInt8(ascii: "{") { try read(&scanner) } else { try scanner.skipValue() }
            try scanner.finish()
            isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        } catch {
            isJSON = false
        }
    }

    /// `{"error":{"code","type"}}`, or `code` and `type` at the top, as some providers send them.
    init(_ scanner: inout JSONScanner) throws(JSONProblem) { try read(&scanner) }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
        var members = LenientMembers(Field.keys)
        while let field = try members.next(&scanner) {
            switch (field, scanner.peek()) {
            case (.error, UInt8(ascii: "{")): try read(&scanner)
            case (.code, UInt8(ascii: "\"")): code = try scanner.text(of: scanner.string())
            case (.type, UInt8(ascii: "\"")): type = try scanner.text(of: scanner.string())
            case (.error, _), (.code, _), (.type, _): try scanner.skipValue()
            }
        }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard bytes.count >= length else { return false }
        return (0...bytes.count - length).contains { start in
            (0..<length).allSatisfy { bytes[start + $0] == text.utf8Start[$0] }
        }
    }
}
