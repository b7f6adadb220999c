import GatewayTypes

/// How thoughts stand in items of reasoning.
enum ResponsesReasoning {
    /// Between the parts of a summary where they become one text.
    static let separator = "\n\n"

    /// What `encrypted_content` proves. Thoughts of another dialect carry marks that no encrypted text begins with,
    /// because that dialect tells sealed thoughts and calls' proofs apart.
    enum Proof: Equatable {
        case thought(Signature)
        case sealed(Signature)
        /// Of the function call that follows the item.
        case call(Signature)

        init(_ written: String, hasText: Bool) {
            switch written.first {
            case "!": self = .sealed(Signature(written: String(written.dropFirst()), in: .responses))
            case "@": self = .call(Signature(written: String(written.dropFirst()), in: .responses))
            default:
                let signature = Signature(written: written, in: .responses)
                self = hasText || signature.origin != .responses ? .thought(signature) : .sealed(signature)
            }
        }

        var written: String {
            switch self {
            case .thought(let signature): signature.written(in: .responses)
            case .sealed(let signature):
                (signature.origin == .responses ? "" : "!") + signature.written(in: .responses)
            case .call(let signature): "@" + signature.written(in: .responses)
            }
        }
    }
}
