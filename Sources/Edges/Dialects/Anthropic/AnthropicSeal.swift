import GatewayTypes
import JSON

/// What a `redacted_thinking` block carries: a provider's sealed thought, or its proof that it made the call behind the
/// block, for which Anthropic's `tool_use` has no place.
enum AnthropicSeal {
    case thought(Signature)
    case call(Signature)

    /// No sealed thought begins with it.
    private static let callMark: Character = "@"

    init(data: String) {
        if data.first == Self.callMark {
            self = .call(Signature(written: String(data.dropFirst()), in: .anthropic))
        } else {
            self = .thought(Signature(written: data, in: .anthropic))
        }
    }

    private var data: String {
        switch self {
        case .thought(let signature): signature.written(in: .anthropic)
        case .call(let signature): String(Self.callMark) + signature.written(in: .anthropic)
        }
    }

    /// The members of the block.
    func write(into json: inout JSONBuilder) {
        json.member("type", "redacted_thinking")
        json.member("data", data)
    }
}
