import GatewayTypes
import NIOCore
import Testing

@testable import Credentials

extension GoogleCredential {
    func bearer(at seconds: Int64) async throws -> String? {
        try await fields(
            method: .post, url: "https://aiplatform.test/x", fields: [], body: ByteBuffer(), at: .after(seconds))[
                "authorization"]
    }
}

struct GoogleCredentialTests {
    static let call = "POST https://oauth2.example.com/token"

    private func credential(_ service: FakeService, json: String) throws(CredentialProblem) -> GoogleCredential {
        try GoogleCredential(serviceAccountJSON: json, fetcher: service, nextEndpointID: service.nextEndpointID)
    }

    @Test func `A service account exchanges a signed claim for a token`() async throws {
        let service = FakeService([Self.call: .init(body: #"{"access_token":"ya29.x","expires_in":3599}"#)])
        let google = try credential(service, json: ServiceAccount.json())
        #expect(try await google.bearer(at: 0) == "Bearer ya29.x")
        #expect(service.calls == [Self.call])
        #expect(service.requests[0].endpoint.fields["content-type"] == "application/x-www-form-urlencoded")
        #expect(
            String(buffer: service.requests[0].body)
                == "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
                + ServiceAccount.claim)
        #expect(try await google.bearer(at: 3298) == "Bearer ya29.x")
        #expect(service.calls.count == 1)
        #expect(try await google.bearer(at: 3299) == "Bearer ya29.x")
        #expect(service.calls.count == 2)
    }

    @Test func `A machine's token is asked for in Google's flavour`() async throws {
        let url = "http://127.0.0.1:8/computeMetadata/v1/instance/service-accounts/default/token"
        let service = FakeService(["GET " + url: .init(body: #"{"access_token":"ya29.m","expires_in":3599}"#)])
        let google = try GoogleCredential(
            metadataURL: "http://127.0.0.1:8", fetcher: service, nextEndpointID: service.nextEndpointID)
        #expect(try await google.bearer(at: 0) == "Bearer ya29.m")
        #expect(service.requests[0].endpoint.fields["metadata-flavor"] == "Google")
    }

    @Test(arguments: [
        "", "[]", "{}", ServiceAccount.json(type: "authorized_user"), ServiceAccount.json(key: "no key"),
        ServiceAccount.json(tokenURL: "http://tokens.example/"),
    ])
    func `What is no service account's key file is refused, without showing it`(json: String) {
        let problem = #expect(throws: CredentialProblem.self) { try credential(FakeService([:]), json: json) }
        #expect(problem?.message.contains("no key") == false)
        #expect(problem?.message.contains("PRIVATE") == false)
    }

    @Test(arguments: [
        FakeService.Answer(status: 401, body: #"{"error":"invalid_grant","error_description":"SECRET"}"#),
        FakeService.Answer(body: #"{"access_token":"","expires_in":3599}"#),
        FakeService.Answer(body: #"{"access_token":"SECRET\n","expires_in":3599}"#),
        FakeService.Answer(body: #"{"access_token":"SECRET","expires_in":-1}"#),
        FakeService.Answer(body: "SECRET"),
    ])
    func `A reply without a token fails, without showing it`(answer: FakeService.Answer) async throws {
        let google = try credential(FakeService([Self.call: answer]), json: ServiceAccount.json())
        let failure = await #expect(throws: Failure.self) { _ = try await google.bearer(at: 0) }
        #expect(failure?.reason == .upstreamUnauthenticated)
        #expect(failure?.retryable == true)
        #expect(failure?.message.contains("SECRET") == false)
    }
}
