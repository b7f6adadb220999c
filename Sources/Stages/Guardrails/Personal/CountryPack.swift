/// What is known of a country's numbers: how its telephone numbers look without `+`, and which personal numbers it gives.
public enum CountryPack: String, CaseIterable, Sendable {
    case at, au, be, bg, br, ca, ch, cl, cn, cz, de, dk, ee, es, fi, fr, gb, gr, hr, hu, ie, il
    case india = "in"
    case it, jp, kr, lt, lv, mx, nl, no, nz, pl, pt, ro, ru, se, sg, sk, th, tr, tw, ua, us, za
}

/// Countries as bits.
struct CountrySet: Sendable {
    private var bits: UInt64 = 0

    init(_ countries: [CountryPack]) {
        for country in countries { bits |= Self.bit(country) }
    }

    func has(_ country: CountryPack) -> Bool { bits & Self.bit(country) != 0 }

    private static func bit(_ country: CountryPack) -> UInt64 {
        switch country {
        case .at: 1 << 0
        case .au: 1 << 1
        case .be: 1 << 2
        case .bg: 1 << 3
        case .br: 1 << 4
        case .ca: 1 << 5
        case .ch: 1 << 6
        case .cl: 1 << 7
        case .cn: 1 << 8
        case .cz: 1 << 9
        case .de: 1 << 10
        case .dk: 1 << 11
        case .ee: 1 << 12
        case .es: 1 << 13
        case .fi: 1 << 14
        case .fr: 1 << 15
        case .gb: 1 << 16
        case .gr: 1 << 17
        case .hr: 1 << 18
        case .hu: 1 << 19
        case .ie: 1 << 20
        case .il: 1 << 21
        case .india: 1 << 22
        case .it: 1 << 23
        case .jp: 1 << 24
        case .kr: 1 << 25
        case .lt: 1 << 26
        case .lv: 1 << 27
        case .mx: 1 << 28
        case .nl: 1 << 29
        case .no: 1 << 30
        case .nz: 1 << 31
        case .pl: 1 << 32
        case .pt: 1 << 33
        case .ro: 1 << 34
        case .ru: 1 << 35
        case .se: 1 << 36
        case .sg: 1 << 37
        case .sk: 1 << 38
        case .th: 1 << 39
        case .tr: 1 << 40
        case .tw: 1 << 41
        case .ua: 1 << 42
        case .us: 1 << 43
        case .za: 1 << 44
        }
    }
}
