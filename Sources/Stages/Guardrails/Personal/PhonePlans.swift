/// How the countries write their numbers at home (ITU-T E.164, E.123 and the national numbering plans).
extension PhoneNumbers {
    struct Plan {
        /// Digits with the trunk prefix 0, where the country has one.
        var trunk: [Int] = []
        /// Lengths of the groups as hexadecimal digits, and what the first digit may be.
        var shapes: [(UInt32, [Int])] = []
        /// In one piece: two first digits * 100 + length.
        var whole: [Int] = []
    }

    static func plan(_ country: CountryPack) -> Plan {
        switch country {
        case .us, .ca: Plan(shapes: [(0x334, high), (0x1334, [1])])
        case .mx: Plan(shapes: [(0x334, high), (0x244, high), (0x2224, high), (0x3322, high)])
        case .br:
            Plan(trunk: [11, 12], shapes: [(0x254, some), (0x244, some)])
        case .cl: Plan(shapes: [(0x144, [2, 9]), (0x234, some)])
        case .gb: Plan(trunk: [10, 11], whole: [711, 211, 111])
        case .ie: Plan(trunk: [9, 10], whole: [810])
        case .de: Plan(trunk: [8, 9, 10, 11, 12], whole: [111, 112])
        case .at: Plan(trunk: [8, 9, 10, 11, 12, 13], whole: [611])
        case .ch: Plan(trunk: [10], whole: [710])
        case .fr: Plan(trunk: [10], whole: [110, 210, 310, 410, 510, 610, 710, 810, 910])
        case .be: Plan(trunk: [9, 10], whole: [410])
        case .nl: Plan(trunk: [10], whole: [610])
        case .es: Plan(shapes: [(0x333, [6, 7, 8, 9]), (0x3222, [6, 7, 8, 9]), (0x2322, [9])])
        case .pt: Plan(shapes: [(0x333, [2, 9]), (0x3222, [2, 9]), (0x234, [2])])
        case .it:
            Plan(trunk: [8, 9, 10, 11], shapes: [(0x334, [3]), (0x337, [3]), (0x37, [3]), (0x36, [3]), (0x3322, [3])])
        case .pl: Plan(shapes: [(0x333, some), (0x2322, some)])
        case .cz: Plan(shapes: [(0x333, [2, 3, 4, 5, 6, 7])])
        case .sk: Plan(trunk: [10], whole: [910])
        case .se: Plan(trunk: [8, 9, 10], whole: [710])
        case .no: Plan(shapes: [(0x323, [4, 9])])
        case .fi: Plan(trunk: [8, 9, 10, 11], whole: [410, 510])
        // Eight digits in twos or fours: too much else is written so. They want a word near.
        case .dk, .ee, .lv, .sg: Plan()
        case .lt: Plan(shapes: [(0x1322, [8])])
        case .hu: Plan(trunk: [9, 10, 11], shapes: [(0x2234, [0])])
        case .hr: Plan(trunk: [8, 9, 10], whole: [910])
        case .bg: Plan(trunk: [8, 9, 10], whole: [810])
        case .ro: Plan(trunk: [10], whole: [710])
        case .gr: Plan(shapes: [(0x334, [2, 6]), (0x37, [2, 6]), (0x46, [2, 6]), (0x244, [2])])
        case .tr: Plan(trunk: [11], shapes: [(0x3322, [2, 3, 4, 5])], whole: [511])
        case .ua: Plan(trunk: [10], whole: [610, 910])
        case .ru: Plan(shapes: [(0x13322, [8]), (0x1334, [8]), (0x3322, [3, 4, 8, 9])])
        case .il: Plan(trunk: [9, 10], whole: [510])
        case .india: Plan(trunk: [11], shapes: [(0x55, [6, 7, 8, 9])])
        case .jp: Plan(trunk: [10, 11], whole: [911, 811, 711])
        case .kr: Plan(trunk: [9, 10, 11], whole: [111])
        case .cn: Plan(trunk: [10, 11, 12], shapes: [(0x344, [1])], whole: (13...19).map { $0 * 100 + 11 })
        case .tw: Plan(trunk: [9, 10], whole: [910])
        case .th: Plan(trunk: [9, 10], whole: [610, 810, 910])
        case .au: Plan(trunk: [10], shapes: [(0x433, [1])], whole: [410])
        case .nz: Plan(trunk: [9, 10, 11], whole: [210])
        case .za: Plan(trunk: [10], whole: [610, 710, 810])
        }
    }

    private static let high = [2, 3, 4, 5, 6, 7, 8, 9]
    private static let some = [1, 2, 3, 4, 5, 6, 7, 8, 9]

    /// Whether a country's calling code stands at an index of the digits.
    static func isCountryCode(_ number: DigitGroups, at index: Int) -> Bool {
        guard number.digitCount >= index + 3 else { return false }
        switch number.value(index..<index + 2) {
        case 10...19: return true
        case 70...79: return true
        case 20, 27, 30...34, 36, 39, 40, 41, 43...49, 51...58, 60...66, 81, 82, 84, 86, 90...95, 98: return true
        case 21...26, 29, 35, 37, 38, 42, 50, 59, 67...69, 80, 85, 87, 88, 96, 97, 99: return true
        default: return false
        }
    }
}
