import Crypto
import GatewayTypes
import NIOCore

/// A request's signature in AWS's scheme "Signature Version 4": pure, the same fields for the same request and time.
///
/// Signed are `host`, `content-type` and every `x-amz-` field; what others on the way may change is left out.
struct SignatureV4 {
    let keys: AWSKeys
    let region: String
    let service: String

    /// The fields that prove the request; `fields` are those that it has.
    func fields(
        method: Method, url: String, fields: [ReplyField], body: ByteBuffer, at time: WallTime
    ) -> [ReplyField]? {
        guard let parts = URLParts(url) else { return nil }
        let stamp = Self.stamp(time)
        let bodyHash = body.withUnsafeReadableBytes { Hex.text(SHA256.digest($0)) }
        var added = [ReplyField("x-amz-date", stamp), ReplyField("x-amz-content-sha256", bodyHash)]
        if let token = keys.sessionToken { added.append(ReplyField("x-amz-security-token", token.exposed)) }
        let ownNames = Set(added.map(\.name))
        let given = fields.filter { field in
            let name = field.name.lowercased()
            return !ownNames.contains(name) && (name == "content-type" || name.hasPrefix("x-amz-"))
        }
        let value = authorization(
            method: method.rawValue, parts, signing: given + added, bodyHash: bodyHash, stamp: stamp)
        return added + [ReplyField("authorization", value)]
    }

    /// The value of `authorization`. `signing`: the fields to sign beside `host`.
    func authorization(
        method: String, _ url: URLParts, signing: [ReplyField], bodyHash: String, stamp: String
    ) -> String {
        let signed = SignedFields(signing + [ReplyField("host", url.hostField)])
        let request = Self.canonicalRequest(method: method, url, signed, bodyHash: bodyHash)
        let date = String(stamp.prefix(8))
        let scope = "\(date)/\(region)/\(service)/aws4_request"
        let toSign = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(Hex.text(SHA256.digest(request)))"
        let signature = Hex.text(HMACSHA256.sign(key: signingKey(date: date), message: toSign))
        return "AWS4-HMAC-SHA256 Credential=\(keys.accessKeyID)/\(scope), "
            + "SignedHeaders=\(signed.names), Signature=\(signature)"
    }

    static func canonicalRequest(
        method: String, _ url: URLParts, _ signed: SignedFields, bodyHash: String
    ) -> String {
        [method, encoded(path: url.path), sorted(query: url.query), signed.lines, signed.names, bodyHash]
            .joined(separator: "\n")
    }

    private func signingKey(date: String) -> [UInt8] {
        [date, region, service, "aws4_request"].reduce(Array("AWS4\(keys.secretAccessKey.exposed)".utf8)) {
            HMACSHA256.sign(key: $0, message: $1)
        }
    }

    // MARK: Canonical forms

    /// The path as it goes over the wire, encoded once more: every service but S3 signs that.
    private static func encoded(path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { PercentEncoding.encode($0) }
            .joined(separator: "/")
    }

    /// The query's members in the order of their names and values; what stands encoded there stays so.
    private static func sorted(query: String) -> String {
        query.split(separator: "&").map { member -> (String, String) in
            let name = member.prefix { $0 != "=" }
            let value = member.dropFirst(name.count + 1)
            return (Self.encodedOnce(name), Self.encodedOnce(value))
        }
        .sorted {
            $0.0 == $1.0
                ? $0.1.utf8.lexicographicallyPrecedes($1.1.utf8) : $0.0.utf8.lexicographicallyPrecedes($1.0.utf8)
        }
        .map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// Encoded exactly once, whether it was or not.
    private static func encodedOnce(_ text: Substring) -> String {
        PercentEncoding.encode(bytes: PercentEncoding.bytes(of: text))
    }

    /// `20261122T174401Z`.
    static func stamp(_ time: WallTime) -> String {
        Timestamp.text(time).prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
