/// The keys that an issuer signs with (RFC 7517), each with the one algorithm that it is used for.
public struct TokenKeySet: Sendable {
    /// Bytes of a set, and keys in it, at most.
    public static let bytesMax = 256 * 1024
    static let keysMax = 100

    struct Key: Sendable {
        let id: String?
        let algorithm: TokenAlgorithm
        let accepts: SignatureCheck
    }

    public enum Fault: Error, CustomStringConvertible {
        case notASet
        case tooLarge
        /// None that can be used.
        case noKeys

        public var description: String {
            switch self {
            case .notASet: "is no JSON Web Key Set: a JSON object with the list `keys`, no member twice"
            case .tooLarge:
                "is larger than \(TokenKeySet.bytesMax) bytes or holds more than \(TokenKeySet.keysMax) keys"
            case .noKeys: "holds no key for the algorithms that are configured"
            }
        }
    }

    let keys: [Key]
    /// As it was read.
    let json: [UInt8]

    public var count: Int { keys.count }

    /// - Parameters:
    ///   - algorithms: those that count; keys for others are left out, as are keys of kinds that Weir does not know.
    ///   - check: makes a key of its parts; nil where they make none.
    public init(
        json: [UInt8], algorithms: [TokenAlgorithm], check: (TokenKeyMaterial) -> SignatureCheck?
    ) throws(Fault) {
        guard json.count <= Self.bytesMax else { throw .tooLarge }
        guard let root = TokenJSON(json), case .array(let written)? = root["keys"] else { throw .notASet }
        guard written.count <= Self.keysMax else { throw .tooLarge }
        keys = written.compactMap { Self.key($0, algorithms, check) }
        guard !keys.isEmpty else { throw .noKeys }
        self.json = json
    }

    /// The keys that a token may be signed with. Without a `kid` there must be no choice.
    func keys(for token: CompactToken) -> [Key] {
        guard let id = token.keyID else {
            let fitting = keys.filter { $0.algorithm == token.algorithm }
            return fitting.count == 1 ? fitting : []
        }
        // Sets are seen with two keys of one name; few, since each may cost a check.
        return Array(keys.lazy.filter { $0.id == id && $0.algorithm == token.algorithm }.prefix(3))
    }

    /// Whether a key has that name, for whatever algorithm.
    func names(_ id: String?) -> Bool { id != nil && keys.contains { $0.id == id } }

    private static func key(
        _ json: TokenJSON, _ algorithms: [TokenAlgorithm], _ check: (TokenKeyMaterial) -> SignatureCheck?
    ) -> Key? {
        guard json["use"].map({ $0.text == "sig" }) ?? true,
            json["key_ops"].map({ $0.entries.contains(.string("verify")) }) ?? true,
            let algorithm = algorithm(of: json, algorithms), algorithms.contains(algorithm),
            let material = material(json, algorithm), let accepts = check(material)
        else { return nil }
        return Key(id: json["kid"]?.text, algorithm: algorithm, accepts: accepts)
    }

    /// What the key says, else what its kind is for; of the two for RSA the first that is configured.
    private static func algorithm(of json: TokenJSON, _ algorithms: [TokenAlgorithm]) -> TokenAlgorithm? {
        let fitting: [TokenAlgorithm]
        switch (json["kty"]?.text, json["crv"]?.text) {
        case ("RSA"?, _): fitting = [.rs256, .ps256]
        case ("EC"?, "P-256"?): fitting = [.es256]
        case ("OKP"?, "Ed25519"?): fitting = [.edDSA]
        case _: return nil
        }
        guard let written = json["alg"] else { return algorithms.first { fitting.contains($0) } }
        // RFC 9864 names the curve.
        if written.text == "Ed25519", fitting == [.edDSA] { return .edDSA }
        return written.text.flatMap { TokenAlgorithm(rawValue: $0) }.flatMap { fitting.contains($0) ? $0 : nil }
    }

    private static func material(_ json: TokenJSON, _ algorithm: TokenAlgorithm) -> TokenKeyMaterial? {
        func number(_ name: String) -> [UInt8]? { json[name]?.text.flatMap { Base64URL.bytes(Array($0.utf8)) } }
        switch algorithm {
        case .rs256, .ps256:
            guard let modulus = number("n"), let exponent = number("e") else { return nil }
            return .rsa(modulus: modulus, exponent: exponent, isPSS: algorithm == .ps256)
        case .es256:
            guard let x = number("x"), let y = number("y") else { return nil }
            return .p256(x: x, y: y)
        case .edDSA: return number("x").map { .ed25519($0) }
        }
    }
}
