import GatewayTypes

extension Kind where Value == IPNetwork {
    /// A range of addresses, or one.
    static let network = Kind.scalar(
        .text(
            "network such as `10.0.0.0/8` or `2001:db8::/32`, or an address", pattern: "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"),
        expected: "a network such as 10.0.0.0/8"
    ) { text, _ in
        Parsed(IPNetwork(text), else: networkFault(text))
    } write: {
        $0.description
    }

    /// What is wrong with it, and what to write.
    static func networkFault(_ text: String) -> String {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let address = IPAddress(String(parts[0])), let bits = UInt8(parts[1]),
            bits <= (address.isV4 ? 32 : 128)
        {
            let meant = IPNetwork(of: address, bits: address.isV4 ? bits + 96 : bits)
            return "\(Words.quoted(text)) names an address within its network; write \(meant)"
        }
        return "\(Words.quoted(text)) is not a network; write 10.0.0.0/8, 2001:db8::/32 or an address"
    }
}
