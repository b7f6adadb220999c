import GatewayTypes
import NIOCore
import ProxyCore
import Synchronization
import Telemetry
import Testing

/// A provider with several keys: each attempt takes one, and a refused one gives way to the next.
@Suite struct ProviderKeyTests {
    private static var served: [ScriptedUpstream.Step] { [.head(200), .body("t1;u3,4;"), .body("done;"), .end] }
    private static func refused(_ status: Int) -> [ScriptedUpstream.Step] { [.head(status), .end] }

    private func sent(_ house: TestHouse) -> [String?] {
        house.upstream.requests.map { request in request.fields.first { $0.name == "x-key" }?.value }
    }

    @Test(arguments: [401, 429]) func `Where a key is refused, another one of the same target serves`(status: Int)
        async throws
    {
        let ring = ListedKeys(["a", "b"])
        let house = TestHouse(scripts: [Self.refused(status), Self.served], observes: true, keys: ring)
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(sent(house) == ["secret-a", "secret-b"])
        #expect(outcome.attempts.map(\.target.servedModel.text) == ["first", "first"])
        #expect(outcome.attempts.map(\.keyAlias) == ["a", "b"])
        #expect(outcome.attempts.map(\.resendCount) == [0, 1])
        #expect(outcome.failure == nil)
        #expect(outcome.moved == .no)
        #expect(house.gate.granted == 2 && house.gate.settled == 2)
        #expect(ring.settled == ["a failed", "b served"])
        let spans = await house.spans()
        let named = spans.compactMap { $0.attributes[WeirKey.providerKey] }
        #expect(named.map { "\($0)" }.filter { $0.contains("secret") }.isEmpty)
        #expect(named.count == 2)
    }

    @Test func `When all keys are left alone the next target serves`() async throws {
        let house = TestHouse(
            scripts: [Self.refused(401), Self.refused(401), Self.served], keys: ListedKeys(["a", "b"]))
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.attempts.map(\.target.servedModel.text) == ["first", "first", "second"])
        #expect(sent(house) == ["secret-a", "secret-b", nil])
        #expect(outcome.moved == .fallback)
        let again = TestHouse(scripts: [Self.served], keys: ListedKeys([]))
        await again.send("smart hello stream")
        let second = try #require(again.journal.outcomes.first)
        #expect(second.attempts.map(\.target.servedModel.text) == ["second"], "no attempt is made without a key")
        #expect(second.notes.contains { $0.text.contains("refused: upstream_unauthenticated") })
        #expect(again.gate.granted == again.gate.settled)
    }

    @Test func `A key may prove each request anew`() async throws {
        let house = TestHouse(
            scripts: [Self.refused(401), Self.served], keys: ListedKeys(["a", "b"], credential: NamedCredential()))
        await house.send("smart hello stream")
        let proofs = house.upstream.requests.map { request in
            request.fields.filter { $0.name == "x-proof" }.map(\.value)
        }
        #expect(proofs == [["after secret-a"], ["after secret-b"]], "it proves what is sent, the key's own fields too")
    }

    @Test func `A session over a WebSocket is asked for with another key, too`() async throws {
        let house = TestHouse(scripts: [Self.refused(401), Self.refused(429)], keys: ListedKeys(["a", "b"]))
        await house.send("smart", path: "/realtime", method: .get)
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.attempts.prefix(2).map(\.keyAlias) == ["a", "b"])
        #expect(sent(house).prefix(2) == ["secret-a", "secret-b"])
    }

    @Test func `Attempts stay bounded however many keys there are`() async throws {
        let house = TestHouse(
            scripts: [Self.refused(401), Self.refused(401), Self.refused(401), Self.served],
            keys: ListedKeys(["a", "b", "c", "d", "e"]))
        await house.send("smart hello stream")
        #expect(house.upstream.requests.count == 3)
        #expect(house.journal.outcomes.first?.failure?.reason == .upstreamUnauthenticated)
    }

    @Test func `Nothing is tried with another key once content was sent, nor for another failure`() async throws {
        let cut = TestHouse(
            scripts: [[.head(200), .body("t1;"), .fail(.upstreamRateLimited, retryable: true)], Self.served],
            keys: ListedKeys(["a", "b"]))
        await cut.send("smart hello stream")
        #expect(cut.upstream.requests.count == 1)
        let broken = TestHouse(scripts: [Self.refused(500), Self.served], keys: ListedKeys(["a", "b"]))
        await broken.send("smart hello stream")
        #expect(sent(broken) == ["secret-a", nil])
    }
}

/// Takes its keys in turn; one that an attempt failed with is left alone.
private final class ListedKeys: ProviderKeyRing {
    private struct State {
        var left: [ProviderKey]
        var settled: [String] = []
    }
    private let state: Mutex<State>

    init(_ names: [String], credential: (any Credential)? = nil) {
        state = Mutex(
            State(
                left: names.enumerated().map { position, name in
                    ProviderKey(
                        name: name, position: position, fields: [ReplyField("x-key", "secret-" + name)],
                        credential: credential)
                }))
    }

    var settled: [String] { state.withLock { $0.settled } }

    func take(draw: UInt64, at now: Moment) throws(Failure) -> ProviderKey {
        guard let key = state.withLock({ $0.left.first }) else {
            throw Failure(.upstreamUnauthenticated, "none left", retryable: true)
        }
        return key
    }

    func settle(_ key: ProviderKey, _ outcome: borrowing AttemptOutcome, isOwnAPI: Bool) {
        let failed = outcome.failure != nil
        state.withLock { state in
            state.settled.append(key.name + (failed ? " failed" : " served"))
            if failed { state.left.removeAll { $0.name == key.name } }
        }
    }

    func replaces(_ key: ProviderKey, at now: Moment) -> Bool {
        state.withLock { state in !state.left.contains { $0.name == key.name } && !state.left.isEmpty }
    }

    func isUsable(at now: Moment) -> Bool { state.withLock { !$0.left.isEmpty } }
}

/// Tells what it was shown.
private struct NamedCredential: Credential {
    func fields(
        method: GatewayTypes.Method, url: String, fields: [ReplyField], body: ByteBuffer, at time: WallTime
    ) async throws(Failure) -> [ReplyField] {
        [ReplyField("x-proof", "after " + (fields.first { $0.name == "x-key" }?.value ?? "nothing"))]
    }
}
