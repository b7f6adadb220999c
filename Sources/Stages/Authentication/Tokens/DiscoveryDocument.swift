/// What an OpenID provider says of itself under `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0).
public struct DiscoveryDocument: Sendable {
    /// Bytes at most.
    public static let bytesMax = 256 * 1024

    public enum Fault: Error, CustomStringConvertible {
        case notADocument
        /// It speaks for another issuer (section 4.3): its keys would count for the wrong tokens.
        case otherIssuer

        public var description: String {
            switch self {
            case .notADocument: "is no discovery document: a JSON object with issuer and jwks_uri"
            case .otherIssuer: "names another issuer than jwt.issuer, which must be the same to the letter"
            }
        }
    }

    /// Where the keys are.
    public let keysURL: String

    /// Where the document of an issuer is.
    public static func url(of issuer: String) -> String {
        issuer + (issuer.hasSuffix("/") ? "" : "/") + ".well-known/openid-configuration"
    }

    public init(json: [UInt8], issuer: String) throws(Fault) {
        guard json.count <= Self.bytesMax, let root = TokenJSON(json), let keysURL = root["jwks_uri"]?.text else {
            throw .notADocument
        }
        guard root["issuer"]?.text == issuer else { throw .otherIssuer }
        self.keysURL = keysURL
    }
}
