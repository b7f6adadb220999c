import Crypto
import FoundationEssentials
import GatewayTypes

/// A service account's key file, and the signed claim (RFC 7523) that is exchanged for an access token.
struct GoogleServiceAccount: Sendable {
    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// Seconds that a claim holds: the most that Google takes.
    private static let claimSeconds: Int64 = 3600

    let email: String
    let tokenURL: String
    private let keyID: String?
    private let signer: RSASigner

    private struct Wire: Decodable {
        let type: String?
        let client_email: String?
        let private_key: String?
        let private_key_id: String?
        let token_uri: String?
    }

    private struct Header: Encodable {
        let alg = "RS256"
        let typ = "JWT"
        let kid: String?
    }

    private struct Claims: Encodable {
        let iss: String
        let scope: String
        let aud: String
        let iat: Int64
        let exp: Int64
    }

    /// `json`: the key file as Google gives it out.
    init(json: String) throws(CredentialProblem) {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(json.utf8)) else {
            throw CredentialProblem("The Google credential is no JSON object; give the key file of a service account.")
        }
        guard wire.type ?? "service_account" == "service_account" else {
            throw CredentialProblem(
                "The Google credential is of type `\(wire.type?.prefix(64) ?? "")`; give the key file of a service account."
            )
        }
        guard let email = wire.client_email, let pem = wire.private_key, !email.isEmpty else {
            throw CredentialProblem("The Google credential lacks `client_email` or `private_key`.")
        }
        let tokenURL = wire.token_uri ?? "https://oauth2.googleapis.com/token"
        guard let parts = URLParts(tokenURL), parts.isSecure || parts.isLoopback else {
            throw CredentialProblem("The Google credential's `token_uri` must be an https URL.")
        }
        self.email = email
        self.tokenURL = tokenURL
        keyID = wire.private_key_id
        do throws(RSASigner.Fault) {
            signer = try RSASigner(pem: pem)
        } catch {
            throw CredentialProblem("The Google credential's `private_key`: \(error.description).")
        }
    }

    /// The form to send to `tokenURL`.
    func form(at time: WallTime) throws(Failure) -> String {
        "grant_type=" + PercentEncoding.encode("urn:ietf:params:oauth:grant-type:jwt-bearer")
            + "&assertion=" + (try claim(at: time))
    }

    private func claim(at time: WallTime) throws(Failure) -> String {
        let seconds = time.nanoseconds / 1_000_000_000
        let claims = Claims(
            iss: email, scope: Self.scope, aud: tokenURL, iat: seconds, exp: seconds + Self.claimSeconds)
        let toSign = try Self.part(Header(kid: keyID)) + "." + Self.part(claims)
        do throws(RSASigner.Fault) {
            return toSign + "." + Base64URL.text(try signer.sign(Array(toSign.utf8)))
        } catch {
            throw SecretSource.failure("the claim to Google could not be signed.")
        }
    }

    private static func part(_ value: some Encodable) throws(Failure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            throw SecretSource.failure("the claim to Google could not be written.")
        }
        return Base64URL.text(Array(data))
    }
}
