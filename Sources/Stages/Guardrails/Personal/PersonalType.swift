/// What the detector of personal data and secrets looks for; the word is the finding's reason.
public enum PersonalType: String, CaseIterable, Sendable {
    case email
    case phone
    case iban
    case paymentCard = "payment_card"
    case nationalID = "national_id"
    case ipAddress = "ip_address"
    case apiKey = "api_key"
    case cloudCredential = "cloud_credential"
    case privateKey = "private_key"
    case jwt
    case secret

    public var reason: Reason { Reason(rawValue) }

    /// For users: what is found under this word.
    public var meaning: String {
        switch self {
        case .email: "e-mail addresses"
        case .phone: "telephone numbers: international with + or 00, national as the packs' countries write them"
        case .iban: "bank accounts: length of the country and check digits"
        case .paymentCard: "payment cards: issuer, length and Luhn's check digit"
        case .nationalID: "personal and tax numbers of the packs' countries"
        case .ipAddress: "IP addresses, but not loopback, unspecified, documentation or masks"
        case .apiKey: "keys and tokens of providers, by their published prefixes"
        case .cloudCredential: "access keys of clouds"
        case .privateKey: "private keys in PEM"
        case .jwt: "JSON Web Tokens"
        case .secret:
            "values of names such as password, secret or api_key that look made by a machine; passwords in URLs"
        }
    }

    var bit: UInt16 {
        switch self {
        case .email: 1 << 0
        case .phone: 1 << 1
        case .iban: 1 << 2
        case .paymentCard: 1 << 3
        case .nationalID: 1 << 4
        case .ipAddress: 1 << 5
        case .apiKey: 1 << 6
        case .cloudCredential: 1 << 7
        case .privateKey: 1 << 8
        case .jwt: 1 << 9
        case .secret: 1 << 10
        }
    }
}

/// Types as bits: what is asked at every candidate.
struct PersonalTypes: Sendable {
    var bits: UInt16 = 0

    init(_ types: [PersonalType]) {
        for type in types { bits |= type.bit }
    }

    func has(_ type: PersonalType) -> Bool { bits & type.bit != 0 }
}
