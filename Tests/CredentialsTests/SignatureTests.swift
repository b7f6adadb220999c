import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Credentials

struct SignatureTests {
    struct Case: Sendable {
        let method: Method
        let url: String
        let region: String
        var token: String?
        var body = ""
        var fields = [ReplyField("Content-Type", "application/json")]
        let signed: String
        let signature: String
    }

    /// Signatures that AWS's own SDK for Python makes of the same requests.
    static let cases = [
        Case(
            method: .post,
            url: "https://bedrock-runtime.eu-central-1.amazonaws.com/model/"
                + "eu.meta.llama3-2-1b-instruct-v1%3A0/converse",
            region: "eu-central-1", body: #"{"messages":[{"role":"user"}]}"#,
            signed: "content-type;host;x-amz-content-sha256;x-amz-date",
            signature: "517ec0233ee6630540f2d045b95f4af7b7fdd9d14869f77a341424aef790b157"),
        Case(
            method: .post,
            url: "https://bedrock-runtime.eu-central-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3A%3A1%3Ax%2Fy/"
                + "invoke-with-response-stream",
            region: "eu-central-1", token: "TOKEN==", body: #"{"é":1}"#,
            signed: "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
            signature: "c89be046bf19d0f93b324c5eaf9fccabc21edbe42967aba2d9a6b18bb61e2e2e"),
        Case(
            method: .get,
            url: "https://bedrock.us-east-1.amazonaws.com/custom-models?nameContains=a%20b&maxResults=5"
                + "&byCustomizationType=X",
            region: "us-east-1", token: "TOKEN==",
            signed: "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
            signature: "070e2532da4915ae096650348abe458559cf0ea6f8c0bb4e333bbe615f1c185a"),
        Case(
            method: .post, url: "http://127.0.0.1:4566/model/m/converse", region: "us-east-1", body: "{}",
            fields: [
                ReplyField("Content-Type", "application/json"), ReplyField("X-Amz-Target", "A   b"),
                ReplyField("traceparent", "00-1-2-01"), ReplyField("user-agent", "weir"),
            ],
            signed: "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target",
            signature: "1a49fa3fb26934ec181d4db542a41f95fdef719ff960a8c2d46728977eb4971d"),
    ]

    @Test(arguments: cases) func `A signature is the one that AWS's own SDK makes`(_ sample: Case) throws {
        let keys = AWSKeys(accessKeyID: "AKIDOWN", secretAccessKey: "own/secret+key", sessionToken: sample.token)
        let signature = SignatureV4(keys: keys, region: sample.region, service: "bedrock")
        let fields = try #require(
            signature.fields(
                method: sample.method, url: sample.url, fields: sample.fields, body: ByteBuffer(string: sample.body),
                at: .after(0)))
        #expect(fields["x-amz-date"] == "20261122T174401Z")
        #expect(fields["x-amz-security-token"] == sample.token)
        #expect(fields["x-amz-content-sha256"]?.count == 64)
        #expect(
            fields["authorization"] == "AWS4-HMAC-SHA256 Credential=AKIDOWN/20261122/\(sample.region)/bedrock/"
                + "aws4_request, SignedHeaders=\(sample.signed), Signature=\(sample.signature)")
    }

    struct Recorded: Decodable {
        struct Vector: Decodable {
            let name: String
            let method: String
            let url: String
            let region: String
            let service: String
            let body: String
            let access_key: String
            let secret_key: String
            let session_token: String?
            let headers: [String: String]
            let canonical_request: String
        }

        let vectors: [Vector]
    }

    static let folder = ProcessInfo.processInfo.environment["WEIR_TRAFFIC"]

    @Test(.enabled(if: folder != nil)) func `Every vector at hand is signed as it should be`() throws {
        let path = try #require(Self.folder) + "/extra/vectors/sigv4-bedrock.json"
        let recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(!recorded.vectors.isEmpty)
        for vector in recorded.vectors {
            var headers = vector.headers
            let expected = headers.removeValue(forKey: "Authorization")
            let url = try #require(URLParts(vector.url))
            let signing = headers.map { ReplyField($0.key, $0.value) }
            let signature = SignatureV4(
                keys: AWSKeys(
                    accessKeyID: vector.access_key, secretAccessKey: vector.secret_key,
                    sessionToken: vector.session_token), region: vector.region, service: vector.service)
            let hash = try #require(vector.canonical_request.split(separator: "\n").last.map { String($0) })
            let signed = SignedFields(signing + [ReplyField("host", url.hostField)])
            #expect(
                SignatureV4.canonicalRequest(method: vector.method, url, signed, bodyHash: hash)
                    == vector.canonical_request, "\(vector.name)")
            #expect(
                signature.authorization(
                    method: vector.method, url, signing: signing, bodyHash: hash,
                    stamp: headers["X-Amz-Date"] ?? "") == expected, "\(vector.name)")
        }
    }

    @Test func `A query is sorted by its encoded names, then values`() throws {
        let url = try #require(URLParts("https://example.com?b=2&a=%7e&b=10&flag&a=+"))
        let request = SignatureV4.canonicalRequest(method: "GET", url, SignedFields([]), bodyHash: "h")
        #expect(request.split(separator: "\n")[1...2] == ["/", "a=%2B&a=~&b=10&b=2&flag="])
    }

    @Test(arguments: [
        ("https://a.example", "a.example", 443, "a.example", "/"),
        ("http://A.example:80/x", "a.example", 80, "a.example", "/x"),
        ("http://[FD00:ec2::23]:8080/v1?q", "fd00:ec2::23", 8080, "[fd00:ec2::23]:8080", "/v1"),
    ])
    func `A URL comes apart`(text: String, host: String, port: Int, field: String, path: String) throws {
        let url = try #require(URLParts(text))
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.hostField == field)
        #expect(url.path == path)
    }

    @Test(arguments: [
        "", "ftp://a", "https://", "https://u@a", "https://a:b", "https://a:0", "http://[::1", "a.example",
    ])
    func `What is no http URL is none`(text: String) {
        #expect(URLParts(text) == nil)
    }
}
