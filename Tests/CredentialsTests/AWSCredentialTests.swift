import GatewayTypes
import NIOCore
import Testing

@testable import Credentials

struct AWSCredentialTests {
    static let instance = "http://169.254.169.254/latest"
    static let session = "PUT \(instance)/api/token"
    static let roles = "GET \(instance)/meta-data/iam/security-credentials/"

    private func credential(
        _ service: FakeService, keys: AWSKeys? = nil, _ environment: [String: String] = [:], file: String? = nil
    ) throws(CredentialProblem) -> AWSCredential {
        try AWSCredential(
            region: "us-east-1", keys: keys, environment: environment, fetcher: service,
            nextEndpointID: service.nextEndpointID, readFile: { $0 == "/token" ? file.map { Array($0.utf8) } : nil })
    }

    /// Who signs, and with which session's token.
    private func signer(_ credential: AWSCredential, at seconds: Int64 = 0) async throws -> [String?] {
        let fields = try await credential.fields(
            method: .post, url: "https://bedrock.example/model/m/converse", fields: [], body: ByteBuffer(),
            at: .after(seconds))
        let id = fields["authorization"]?.split(separator: "=")[1].split(separator: "/").first
        return [id.map { String($0) }, fields["x-amz-security-token"]]
    }

    static func keys(_ id: String, until seconds: Int64) -> FakeService.Answer {
        let end = Timestamp.text(.after(seconds)).replacing(".000Z", with: "Z")
        return FakeService.Answer(
            body: """
                {"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"\(id)","SecretAccessKey":"S3CRET",
                 "Token":"T-\(id)","Expiration":"\(end)","RoleArn":"arn:x"}
                """)
    }

    static func machine(role: String = "worker", _ answer: FakeService.Answer) -> FakeService {
        FakeService([
            session: .init(body: "SESSION"), roles: .init(body: role + "\n"), roles + role: answer,
        ])
    }

    @Test func `Keys that were given go before all others`() async throws {
        let service = FakeService([:])
        let environment = [
            "AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x",
        ]
        let given = try credential(service, keys: AWSKeys(accessKeyID: "GIVEN", secretAccessKey: "s"), environment)
        #expect(try await signer(given) == ["GIVEN", nil])
        #expect(try await signer(try credential(service, environment)) == ["ENV", "t"])
        #expect(service.calls.isEmpty)
    }

    @Test func `Half of the keys in the environment is a mistake`() {
        #expect(throws: CredentialProblem.self) {
            try credential(FakeService([:]), ["AWS_ACCESS_KEY_ID": "ENV"])
        }
    }

    @Test func `A container's agent gives keys to who shows the token of the file`() async throws {
        let service = FakeService(["GET http://169.254.170.2/v2/creds": Self.keys("ECS", until: 3600)])
        let aws = try credential(
            service,
            [
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/creds", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "old",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token",
            ], file: "fresh\n")
        #expect(try await signer(aws) == ["ECS", "T-ECS"])
        #expect(service.requests.map { $0.fields["authorization"] } == ["fresh"])
    }

    @Test(arguments: [
        "https://creds.example/x", "http://127.0.0.1:1338/x", "http://[::1]/x", "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials",
    ])
    func `A full URI may be secure, here, or the agent`(url: String) async throws {
        let service = FakeService(["GET \(url)": Self.keys("EKS", until: 3600)])
        let aws = try credential(
            service, ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "tok"])
        #expect(try await signer(aws) == ["EKS", "T-EKS"])
        #expect(service.requests.first?.fields["authorization"] == "tok")
    }

    @Test(arguments: ["http://creds.example/x", "http://127.0.0.1.evil.example/", "http://169.254.170.3/", "file:///x"])
    func `A full URI over the open network is refused`(url: String) {
        #expect(throws: CredentialProblem.self) {
            try credential(FakeService([:]), ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        }
    }

    @Test func `A machine's metadata is asked in its second version, by a numbered endpoint each`() async throws {
        let service = Self.machine(Self.keys("EC2", until: 3600))
        let aws = try credential(service)
        #expect(try await signer(aws) == ["EC2", "T-EC2"])
        #expect(service.calls == [Self.session, Self.roles, Self.roles + "worker"])
        #expect(service.requests[0].endpoint.fields["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(service.requests[1...].map { $0.fields["x-aws-ec2-metadata-token"] } == ["SESSION", "SESSION"])
        #expect(Set(service.requests.map(\.endpoint.id)).count == 3)
        #expect(try await signer(aws, at: 3500) == ["EC2", "T-EC2"])
        #expect(Set(service.requests.map(\.endpoint.id)).count == 3, "the role's endpoint is used again")
    }

    @Test func `Keys are used until five minutes before their end, then fetched anew`() async throws {
        let service = Self.machine(Self.keys("ONE", until: 3600))
        let aws = try credential(service)
        #expect(try await signer(aws) == ["ONE", "T-ONE"])
        service.answer(Self.roles + "worker", Self.keys("TWO", until: 7200))
        #expect(try await signer(aws, at: 3299) == ["ONE", "T-ONE"])
        #expect(service.calls.count == 3)
        #expect(try await signer(aws, at: 3300) == ["TWO", "T-TWO"])
        #expect(service.calls.count == 6)
    }

    @Test func `A failed refresh goes on with keys that are still good, and not longer`() async throws {
        let service = Self.machine(Self.keys("ONE", until: 3600))
        let aws = try credential(service)
        #expect(try await signer(aws) == ["ONE", "T-ONE"])
        service.answer(Self.session, .init(status: 500, body: "SECRET of the service"))
        #expect(try await signer(aws, at: 3400) == ["ONE", "T-ONE"])
        #expect(service.calls.count == 4)
        #expect(try await signer(aws, at: 3404) == ["ONE", "T-ONE"])
        #expect(service.calls.count == 4, "nobody asks again at once")
        #expect(try await signer(aws, at: 3405) == ["ONE", "T-ONE"])
        #expect(service.calls.count == 5)
        let failure = await #expect(throws: Failure.self) { _ = try await signer(aws, at: 3595) }
        #expect(failure?.reason == .upstreamUnauthenticated)
        #expect(failure?.retryable == true)
        #expect(failure?.message.contains("status 500") == true)
        #expect(failure?.message.contains("SECRET") == false)
    }

    @Test func `Without any source the sentence says so`() async throws {
        let service = FakeService([:])
        let aws = try credential(service, ["AWS_EC2_METADATA_DISABLED": "TRUE"])
        let failure = await #expect(throws: Failure.self) { _ = try await signer(aws) }
        #expect(failure?.reason == .upstreamUnauthenticated)
        #expect(failure?.message.contains("AWS_EC2_METADATA_DISABLED") == true)
        #expect(service.calls.isEmpty)
    }

    @Test(arguments: [
        "", "{}", #"{"Code":"Failed"}"#,
        #"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"tomorrow"}"#,
    ])
    func `A reply without keys is no keys`(body: String) async throws {
        let aws = try credential(Self.machine(.init(body: body)))
        let failure = await #expect(throws: Failure.self) { _ = try await signer(aws) }
        #expect(failure?.reason == .upstreamUnauthenticated)
    }

    @Test func `A machine without a role has no keys`() async throws {
        let service = FakeService([Self.session: .init(body: "SESSION"), Self.roles: .init(status: 404, body: "")])
        let failure = await #expect(throws: Failure.self) { _ = try await signer(try credential(service)) }
        #expect(failure?.message.contains("status 404") == true)
    }

    @Test func `Keys show in no description`() {
        let keys = AWSKeys(accessKeyID: "AKID", secretAccessKey: "S3CRET", sessionToken: "T0KEN")
        var dumped = ""
        dump(keys, to: &dumped)
        for text in [dumped, "\(keys)", String(reflecting: keys)] {
            #expect(text.contains("AKID"))
            #expect(!text.contains("S3CRET"))
            #expect(!text.contains("T0KEN"))
        }
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-22T17:44:01Z", 1_795_369_441),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199),
    ])
    func `A point in time is read`(text: String, seconds: Int64) {
        #expect(UTCTime.parse(text) == WallTime(nanoseconds: seconds * 1_000_000_000))
    }

    @Test(arguments: ["", "Z", "2026-11-22", "2026-13-22T00:00:00Z", "2026-11-22T17:44Z", "2026-11-22T17:44:01+01:00"])
    func `What is no point in time is none`(text: String) {
        #expect(UTCTime.parse(text) == nil)
    }
}
