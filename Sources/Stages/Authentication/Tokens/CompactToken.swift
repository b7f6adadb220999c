/// A token in its compact form (RFC 7515, section 7.1; RFC 7519), taken apart. Nothing in it is believed yet.
struct CompactToken {
    /// Bytes of a token at most.
    static let bytesMax = 16 * 1024

    let algorithm: TokenAlgorithm
    let keyID: String?
    let claims: TokenJSON
    /// What was signed.
    let signed: [UInt8]
    let signature: [UInt8]

    /// Whether a credential is meant as a token: three or more parts between full stops.
    static func isMeant(by text: String) -> Bool {
        var stops = 0
        for byte in text.utf8 where byte == UInt8(ascii: ".") {
            stops += 1
            if stops == 2 { return true }
        }
        return false
    }

    init(_ text: String) throws(AuthenticationFault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.bytesMax else { throw .tooLarge }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.bytes(parts[0]).flatMap({ TokenJSON($0) }),
            case .object(let members) = header
        else { throw .malformed }
        // The algorithm before all else: a token without a signature is refused for that.
        guard let named = members["alg"]?.text, let algorithm = TokenAlgorithm(rawValue: named) else {
            throw .algorithm
        }
        // Extensions that must be understood: none is.
        guard members["crit"] == nil else { throw .critical }
        guard Self.isOfType(members["typ"]), members["cty"] == nil else { throw .type }
        if let keyID = members["kid"], keyID.text == nil { throw .malformed }
        guard let payload = Base64URL.bytes(parts[1]).flatMap({ TokenJSON($0) }), case .object = payload,
            let signature = Base64URL.bytes(parts[2]), !signature.isEmpty
        else { throw .malformed }
        self.algorithm = algorithm
        keyID = members["kid"]?.text
        claims = payload
        signed = Array(bytes[..<(bytes.count - parts[2].count - 1)])
        self.signature = signature
    }

    /// `JWT`, an OAuth access token (RFC 9068), or nothing said. Other kinds of tokens are signed by the same keys for other
    /// purposes (RFC 8725, section 3.11): logout tokens, proofs of possession.
    private static func isOfType(_ written: TokenJSON?) -> Bool {
        guard let written else { return true }
        guard let text = written.text?.lowercased() else { return false }
        return ["jwt", "at+jwt", "application/at+jwt", "application/jwt"].contains(text)
    }
}
