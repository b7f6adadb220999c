import Crypto
import GatewayTypes
import Testing

@testable import Authentication

@Suite struct SightingTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func `A network is new once, and the first one of a key is told apart`() throws {
        let sighting = KeySighting(subject: "key:1")
        #expect(sighting.see(from: try address("192.0.2.7"), at: Door.noon) == (true, true))
        #expect(sighting.see(from: try address("192.0.2.200"), at: Door.noon) == (false, false))
        #expect(sighting.see(from: try address("2001:db8::1"), at: Door.noon) == (true, false))
        #expect(sighting.see(from: try address("192.0.2.9"), at: Door.noon) == (false, false))
    }

    @Test func `What an earlier process knew is not new`() throws {
        let known = try #require(IPNetwork("192.0.2.0/24"))
        let sighting = KeySighting(subject: "key:1", networks: [known])
        #expect(sighting.see(from: try address("192.0.2.7"), at: Door.noon) == (false, false))
        #expect(sighting.see(from: try address("192.0.3.7"), at: Door.noon) == (true, false))
    }

    @Test func `Networks are bounded; the one met first is forgotten`() throws {
        let sighting = KeySighting(subject: "key:1")
        for number in 0...KeySighting.networksMax {
            #expect(sighting.see(from: try address("10.0.\(number).1"), at: Door.noon).isNew)
        }
        #expect(sighting.see(from: try address("10.0.5.1"), at: Door.noon) == (false, false))
        #expect(sighting.see(from: try address("10.0.0.1"), at: Door.noon).isNew)
    }

    @Test func `The last use is coarse`() {
        let sighting = KeySighting(subject: "key:1")
        #expect(sighting.lastUsed == nil)
        _ = sighting.see(from: nil, at: Door.noon)
        _ = sighting.see(from: nil, at: Door.noon.advanced(byNanoseconds: 59_000_000_000))
        #expect(sighting.lastUsed == Door.noon)
        let later = Door.noon.advanced(byNanoseconds: 60_000_000_000)
        _ = sighting.see(from: nil, at: later)
        #expect(sighting.lastUsed == later)
    }

    @Test func `A key in use from elsewhere is counted for its team, told once, and refused uses are not sightings`()
        async throws
    {
        let key = try VirtualKey(random: RandomBytes.make)
        let sighting = KeySighting(subject: "key:1")
        let door = Door(
            stored: [
                key.prefix: Door.identity(key, sighting: sighting) {
                    $0.networks = [IPNetwork("192.0.0.0/8")].compactMap { $0 }
                }
            ])
        for from in ["192.0.2.7", "192.0.2.8", "192.0.3.1", "198.51.100.1"] {
            _ = await door.knock(key.text, from: from)
        }
        let met = door.watch.takeNewNetworks()
        #expect(met.map(\.network.description) == ["192.0.2.0/24", "192.0.3.0/24"])
        #expect(met.map(\.isFirst) == [true, false])
        #expect(door.watch.counts.newNetworks == ["search": 1])
        #expect(door.watch.takeNewNetworks().isEmpty)
    }

    @Test func `The watch gives one sighting for one name`() {
        let watch = KeyWatch()
        #expect(watch.sighting(of: "config:a") === watch.sighting(of: "config:a"))
        watch.restore([KeySighting(subject: "key:1", lastUsed: Door.noon)])
        #expect(watch.sighting(of: "key:1")?.lastUsed == Door.noon)
        watch.forget("key:1")
        #expect(watch.sighting(of: "key:1")?.lastUsed == nil)
    }

    @Test func `A permission that stands in the way is counted and noted`() async throws {
        var rules = PermissionRules()
        rules.models = PermissionRules.Rule(allow: ["fast"])
        let watch = KeyWatch()
        var exchange = Door.exchange(key: nil)
        exchange.caller = Door.caller(
            "ci", permissions: Permissions([Permissions.Level(holder: "team search", rules: rules)]))
        do throws(Failure) {
            _ = try await PermissionStage(watch: watch).enter(&exchange)
            Issue.record("it was let in")
        } catch {
            #expect(error.message == #"team search may not use model "smart": permissions.models"#)
        }
        #expect(exchange.notes.map(\.hop) == [.authentication])
        #expect(watch.counts.denials == [KeyWatch.Denial(team: "search", subject: .models): 1])
    }
}
