import Glibc

/// An address of the internet. IPv4's are kept as IPv6 maps them (`::ffff:0:0/96`), so that a client counts the same
/// whichever way its connection was accepted.
public struct IPAddress: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    fileprivate static let mapped: UInt64 = 0xFFFF_0000_0000

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil: not an address. An interface behind `%` does not count.
    public init?(_ text: String) {
        if let four = Self.four(text) {
            self.init(high: 0, low: Self.mapped | UInt64(four))
            return
        }
        var bytes = in6_addr()
        let plain = text.utf8.firstIndex(of: UInt8(ascii: "%")).map { String(text[..<$0]) } ?? text
        guard inet_pton(AF_INET6, plain, &bytes) == 1 else { return nil }
        let (high, low) = withUnsafeBytes(of: &bytes) { raw in
            (
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        self.init(high: high, low: low)
    }

    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Four decimal numbers without leading zeros, which some read as octal.
    private static func four(_ text: String) -> UInt32? {
        var value: UInt32 = 0
        var part: UInt32?
        var dots = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39:
                if part == 0 { return nil }
                let next = (part ?? 0) * 10 + UInt32(byte - 0x30)
                guard next <= 255 else { return nil }
                part = next
            case UInt8(ascii: "."):
                guard let done = part, dots < 3 else { return nil }
                value = value << 8 | done
                dots += 1
                part = nil
            case _: return nil
            }
        }
        guard dots == 3, let last = part else { return nil }
        return value << 8 | last
    }
}

/// A range of addresses by their first bits: `10.0.0.0/8`, `2001:db8::/32`.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    /// Of the 128 bits; IPv4's begin at 96.
    public let bits: UInt8

    /// The network of that many bits that an address is in.
    public init(of address: IPAddress, bits: UInt8) {
        let (high, low) = Self.mask(bits)
        self.address = IPAddress(high: address.high & high, low: address.low & low)
        self.bits = bits
    }

    /// An address with `/` and a number of bits, or an address alone. Nil: something else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])), !text.contains("%") else { return nil }
        // An IPv4 address written as IPv6 counts its bits as IPv6.
        let first: UInt8 = address.isV4 && !text.contains(":") ? 96 : 0
        guard parts.count > 1 else {
            self.init(of: address, bits: 128)
            return
        }
        let digits = parts[1]
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let bits = UInt8(digits), bits <= 128 - first
        else { return nil }
        self.init(of: address, bits: bits + first)
        guard self.address == address else { return nil }
    }

    /// What a client of this address shares with its neighbours: a /24 of IPv4, a /48 of IPv6.
    public static func around(_ address: IPAddress) -> IPNetwork {
        IPNetwork(of: address, bits: address.isV4 ? 120 : 48)
    }

    public func contains(_ other: IPAddress) -> Bool {
        // `::/0` means IPv6: who means IPv4 writes 0.0.0.0/0.
        guard address.isV4 == other.isV4 || bits > 80 else { return false }
        let (high, low) = Self.mask(bits)
        return other.high & high == address.high && other.low & low == address.low
    }

    private static func mask(_ bits: UInt8) -> (high: UInt64, low: UInt64) {
        (bits >= 64 ? .max : ~(UInt64.max >> bits), bits <= 64 ? 0 : ~(UInt64.max >> (bits - 64)))
    }

    public var description: String {
        if address.isV4, bits >= 96 {
            let four = stride(from: 24, through: 0, by: -8).map { "\(address.low >> UInt64($0) & 0xFF)" }
            return four.joined(separator: ".") + "/\(bits - 96)"
        }
        var bytes = in6_addr()
        withUnsafeMutableBytes(of: &bytes) { raw in
            raw.storeBytes(of: address.high.bigEndian, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/\(bits)"
    }
}
