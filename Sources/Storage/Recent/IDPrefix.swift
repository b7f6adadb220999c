import GRDB
public import GatewayTypes

/// The beginning of an exchange's identifier, as people copy it.
public struct IDPrefix: Sendable, Equatable {
    /// Fewer digits than this begin every identifier of some minutes.
    public static let digitsMin = 8

    /// Lower-case hexadecimal digits, without dashes; 8 … 32.
    public let digits: String

    /// Nil when it is too short or too long, or holds anything but hexadecimal digits and dashes.
    public init?(_ text: some StringProtocol) {
        let digits = text.lowercased().filter { $0 != "-" }
        guard (Self.digitsMin...32).contains(digits.utf8.count), digits.utf8.allSatisfy(Self.isDigit) else {
            return nil
        }
        self.digits = digits
    }

    /// The whole identifier, where all of it is there.
    public var whole: ExchangeID? { ExchangeID(digits) }

    /// The lowest and the highest identifier that begin so.
    var lowest: ExchangeID { padded(with: "0") }
    var highest: ExchangeID { padded(with: "f") }

    private func padded(with digit: String) -> ExchangeID {
        let text = digits + String(repeating: digit, count: 32 - digits.utf8.count)
        return ExchangeID(text) ?? ExchangeID(high: 0, low: 0)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension Ledger {
    /// At most `limit` identifiers of exchanges that begin with `prefix`.
    public func ids(beginningWith prefix: IDPrefix, limit: Int) throws(StorageError) -> [ExchangeID] {
        try reading { database in
            try String.fetchAll(
                database, sql: "SELECT id FROM exchanges WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?",
                arguments: [prefix.lowest.description, prefix.highest.description, limit]
            ).compactMap { ExchangeID($0) }
        }
    }
}
