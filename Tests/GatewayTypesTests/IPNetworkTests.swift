import GatewayTypes
import Testing

/// Ranges of addresses.
@Suite struct IPNetworkTests {
    private static let members: [(network: String, inside: [String], outside: [String])] = [
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["11.0.0.0", "9.255.255.255", "::a00:1"]),
        ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
        ("192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]),
        ("0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["::1", "2001:db8::1"]),
        ("::/0", ["::1", "2001:db8::1"], ["1.2.3.4"]),
        ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db9::", "10.0.0.1"]),
        ("2001:db8:0:0:8000::/65", ["2001:db8::8000:0:0:1"], ["2001:db8::7fff:0:0:1"]),
        ("::1/128", ["::1"], ["::2", "0.0.0.1"]),
        ("fe80::/10", ["fe80::1%eth0", "febf::"], ["fec0::"]),
    ]

    @Test(arguments: members)
    func `A network holds the addresses that begin as it does`(
        network: String, inside: [String], outside: [String]
    ) throws {
        let parsed = try #require(IPNetwork(network))
        for text in inside { #expect(parsed.contains(try #require(IPAddress(text))), "\(text)") }
        for text in outside { #expect(!parsed.contains(try #require(IPAddress(text))), "\(text)") }
    }

    @Test(arguments: [
        "", "10.0.0.1/8", "10.0.0.0/33", "2001:db8::/129", "10.0.0/8", "010.0.0.0/8", "10.0.0.256", "10.0.0.0/", "/8",
        "10.0.0.0/+8", "::1/128/1", "localhost", "fe80::1%eth0", "10.0.0.0.0", "1.2.3.4 ",
    ])
    func `What is no network is refused`(text: String) { #expect(IPNetwork(text) == nil) }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7/32"), ("2001:DB8:0::/32", "2001:db8::/32"),
        ("::/0", "::/0"), ("0.0.0.0/0", "0.0.0.0/0"), ("::ffff:0:0/96", "0.0.0.0/0"),
    ])
    func `A network is written in one way, which is read back`(text: String, written: String) throws {
        let network = try #require(IPNetwork(text))
        #expect(network.description == written)
        #expect(IPNetwork(network.description) == network)
    }

    @Test func `Neighbours of IPv4 share a 24, those of IPv6 a 48`() throws {
        let four = IPNetwork.around(try #require(IPAddress("192.0.2.77")))
        #expect(four.description == "192.0.2.0/24")
        #expect(IPNetwork.around(try #require(IPAddress("::ffff:192.0.2.1"))) == four)
        #expect(IPNetwork.around(try #require(IPAddress("2001:db8:1:2::3"))).description == "2001:db8:1::/48")
    }
}
