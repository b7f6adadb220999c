import GatewayTypes
import NIOCore
import ProxyCore
import Testing

/// Which path leads where.
@Suite struct SurfaceTests {
    @Test(arguments: ["/m/smart:say", "/m/sm%61rt:say"])
    func `A model may stand in the path, percent-encoded too`(path: String) async throws {
        let house = TestHouse(scripts: [[.head(200), .body("done;"), .end]])
        await house.send("hi", path: path)
        #expect(house.upstream.requests.count == 1)
        #expect(house.journal.outcomes.first?.httpRoute == "/m/{model}:say")
    }

    @Test func `A surface that no target serves is refused with the model's name`() async throws {
        let house = TestHouse(scripts: [])
        await house.send("smart hi", path: "/embed")
        #expect(house.writer.text == "bad_request")
        #expect(house.upstream.requests.isEmpty)
    }

    @Test func `A wrong method is told the right one, an unknown path the known ones`() async throws {
        let house = TestHouse(scripts: [])
        await house.send("smart hi", method: .get)
        #expect(house.writer.field("allow") == "POST")
        let other = TestHouse(scripts: [])
        await other.send("smart hi", path: "/m/:say")
        #expect(other.writer.text == "not_found")
    }

    // MARK: Doors

    @Test(
        arguments: [
            ("/providers/p/files", nil, "/files"), ("/providers/p/v1/files", "a=1&key=secret", "/files?a=1"),
            ("/providers/p/v1", "key=secret", "/v1"), ("/providers/p/v12/files", nil, "/v12/files"),
            ("/providers/p/a%2Fb/c", "x=%2F", "/a%2Fb/c?x=%2F"), ("/providers/p", nil, "/"),
        ] as [(String, String?, String)])
    func `A provider's path is asked for as it came, in full or below its base`(
        path: String, query: String?, suffix: String
    ) async throws {
        let house = TestHouse(scripts: [[.head(200), .body("done;"), .end]])
        await house.send("other hi", path: path, method: .get, query: query)
        let resource = try #require(house.upstream.requests.first?.resource)
        #expect(resource.suffix == suffix)
        #expect(resource.method == .get)
    }

    @Test func `A door's exchange is labelled by the model that the configuration names`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;u1,1;done;"), .end]])
        await house.send("first hi", path: "/providers/p/chat")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.target?.servedModel.text == "first")
        #expect(outcome.route.name.text == "door")
        #expect(outcome.cost.status == .priced)
    }

    @Test func `What is merely fetched costs nothing; what was asked and not counted has no known price`() async throws
    {
        let fetched = TestHouse(scripts: [[.head(200), .body("u5,5;done;"), .end]])
        await fetched.send("other", path: "/providers/p/files", method: .get)
        #expect(fetched.journal.outcomes.first?.cost.status == .nothing)
        let asked = TestHouse(scripts: [[.head(200), .body("done;"), .end]])
        await asked.send("other", path: "/providers/p/files")
        #expect(asked.journal.outcomes.first?.cost.status == .unpriced)
    }

    @Test func `A provider that nobody configured is not found`() async throws {
        let house = TestHouse(scripts: [])
        await house.send("other", path: "/providers/q/files")
        #expect(house.writer.text == "not_found")
    }
}
