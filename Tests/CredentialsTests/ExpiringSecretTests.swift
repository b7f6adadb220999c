import GatewayTypes
import Testing

@testable import Credentials

struct ExpiringSecretTests {
    static let call = "GET http://metadata.test/computeMetadata/v1/instance/service-accounts/default/token"

    private func credential(_ service: FakeService) throws -> GoogleCredential {
        try GoogleCredential(
            metadataURL: "http://metadata.test", fetcher: service, nextEndpointID: service.nextEndpointID)
    }

    private func token(_ text: String) -> FakeService.Answer {
        .init(body: #"{"access_token":"\#(text)","expires_in":3600,"token_type":"Bearer"}"#)
    }

    @Test func `Many who need the first secret wait for one fetch`() async throws {
        let service = FakeService([Self.call: token("one")])
        let google = try credential(service)
        service.hold()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { try await google.bearer(at: 0) } }
            await service.whenAsked(1)
            service.release()
            for try await bearer in group { #expect(bearer == "Bearer one") }
        }
        #expect(service.calls.count == 1)
    }

    @Test func `While a new secret is fetched the others use the old one`() async throws {
        let service = FakeService([Self.call: token("one")])
        let google = try credential(service)
        #expect(try await google.bearer(at: 0) == "Bearer one")
        service.answer(Self.call, token("two"))
        service.hold()
        async let fetching = google.bearer(at: 3400)
        await service.whenAsked(2)
        #expect(try await google.bearer(at: 3400) == "Bearer one")
        service.release()
        #expect(try await fetching == "Bearer two")
        #expect(try await google.bearer(at: 3600) == "Bearer two")
        #expect(service.calls.count == 2)
    }

    @Test func `Those who wait do not fail with the one who leaves`() async throws {
        let service = FakeService([Self.call: token("one")])
        let google = try credential(service)
        service.hold()
        let leaving = Task { try await google.bearer(at: 0) }
        await service.whenAsked(1)
        async let waiting = google.bearer(at: 0)
        leaving.cancel()
        service.release()
        await #expect(throws: Failure.self) { try await leaving.value }
        #expect(try await waiting == "Bearer one")
    }

    @Test func `A failure is told to all who waited, and not asked for again at once`() async throws {
        let service = FakeService([:])
        let google = try credential(service)
        await #expect(throws: Failure.self) { try await google.bearer(at: 0) }
        service.answer(Self.call, token("one"))
        await #expect(throws: Failure.self) { try await google.bearer(at: 4) }
        #expect(service.calls.count == 1)
        #expect(try await google.bearer(at: 5) == "Bearer one")
    }

    @Test func `A secret that comes with little time left is not asked for with every request`() async throws {
        let service = FakeService([Self.call: .init(body: #"{"access_token":"short","expires_in":200}"#)])
        let google = try credential(service)
        for second: Int64 in 0..<5 { #expect(try await google.bearer(at: second) == "Bearer short") }
        #expect(service.calls.count == 1)
        #expect(try await google.bearer(at: 5) == "Bearer short")
        #expect(service.calls.count == 2)
    }
}
