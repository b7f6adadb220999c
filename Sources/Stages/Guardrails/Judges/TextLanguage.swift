/// Languages that a text can be told to be in: by its script, and for those that share one by their commonest words.
///
/// A guess over at most `scalarsMax` scalars. Short texts have no language here: names, numbers, code and a word or two of
/// another language are left alone.
public enum TextLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"
    case italian = "it"
    case portuguese = "pt"
    case dutch = "nl"
    case polish = "pl"
    case swedish = "sv"
    case turkish = "tr"
    case indonesian = "id"
    case vietnamese = "vi"
    case russian = "ru"
    case ukrainian = "uk"
    case bulgarian = "bg"
    case greek = "el"
    case arabic = "ar"
    case persian = "fa"
    case hebrew = "he"
    case hindi = "hi"
    case thai = "th"
    case korean = "ko"
    case japanese = "ja"
    case chinese = "zh"

    static let scalarsMax = 8_000
    /// Words of a script with spaces from which on a text has a language.
    static let wordsMin = 6
    /// Letters of another script from which on it has one.
    static let lettersMin = 4

    /// Nil where there is too little to say, or it is none of these.
    public static func guess(_ text: String) -> TextLanguage? {
        var tally = ScriptTally()
        for scalar in text.unicodeScalars.prefix(scalarsMax) { tally.take(scalar.value) }
        if let language = tally.language { return language }
        guard tally.latin > 0 else { return nil }
        return byWords(text)
    }

    private static func byWords(_ text: String) -> TextLanguage? {
        let words = text.unicodeScalars.prefix(scalarsMax).split { !$0.properties.isAlphabetic && $0 != "'" }
        guard words.count >= wordsMin else { return nil }
        var counts: [TextLanguage: Int] = [:]
        for word in words {
            let folded = String(String.UnicodeScalarView(word)).lowercased()
            for language in languages[folded] ?? [] { counts[language, default: 0] += 1 }
        }
        let best = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
        // One word in eight is common in any running text; code and lists of names have fewer.
        guard let best, best.value >= 2, best.value * 8 >= words.count else { return nil }
        return best.key
    }

    private static let languages: [String: [TextLanguage]] = {
        var found: [String: [TextLanguage]] = [:]
        for (language, words) in commonWords {
            for word in words.split(whereSeparator: \.isWhitespace) {
                found[String(word), default: []].append(language)
            }
        }
        return found
    }()

    private static let commonWords: [(TextLanguage, String)] = [
        (
            .english,
            """
            the of and to is that with for this you what how please are was from which not have be on can do it my your would
            will there their about when if they i we a an by or at as could should
            """
        ),
        (
            .german,
            """
            der die das und ist nicht ein eine mit für auf den dem wie bitte ich von zu was werden im sich auch als bei nach
            einen einer wir sie es oder aber kann mein meine uns zum zur noch nur
            """
        ),
        (
            .french,
            """
            le la les des est et une dans pour que qui avec sur pas vous au je ce du comment un en ne mon ma mes nous il elle
            sont par plus ou mais cette aux être
            """
        ),
        (
            .spanish,
            """
            el los las una por para con que es del como está no qué y más su al de la en un se lo mi pero sus le ya o este
            cuando muy sobre también hay
            """
        ),
        (
            .italian,
            """
            il che di per una con non sono della gli nel come è questo anche alla più le perché un la del mi si ho ma dei delle
            alle nella cosa quando
            """
        ),
        (
            .portuguese,
            """
            o os uma para com não que do da em como é por você mais isso ao dos são um na no se meu minha mas foi ele das à
            também quando
            """
        ),
        (
            .dutch,
            """
            de het een en van is niet met voor dat op zijn hoe wat deze ook aan graag maar kunt ik je te om er naar bij
            worden kan dit nog wel
            """
        ),
        (
            .polish,
            "i w na nie się z do jest to że jak o co po dla ale czy od są przez tak mnie jego który może przy proszę za"
        ),
        (
            .swedish,
            "och att det i en jag som på är av för med till den inte har de ett om men hur kan vi du från så var vad mig"
        ),
        (
            .turkish,
            "bir ve bu için ile de da ne nasıl daha çok gibi var olarak ben mi lütfen olan kadar sonra en değil"
        ),
        (
            .indonesian,
            "yang dan di untuk dengan ini itu tidak dari dalam adalah saya apa bagaimana akan pada ke bisa ada atau"
        ),
        (
            .vietnamese,
            "và của là có cho không được một những trong các tôi với này như thế nào để khi bạn người từ hãy"
        ),
    ]
}

/// Letters by script.
struct ScriptTally {
    private(set) var latin = 0
    private var counts: [TextLanguage: Int] = [:]
    private var kana = 0
    private var ukrainian = 0
    private var bulgarian = 0
    private var russian = 0
    private var persian = 0

    mutating func take(_ value: UInt32) {
        guard value >= 0x250 else {
            if (value | 0x20) &- 0x61 < 26 || value >= 0xC0 { latin += 1 }
            return
        }
        switch value {
        case 0x370...0x3FF: counts[.greek, default: 0] += 1
        case 0x400...0x52F:
            counts[.russian, default: 0] += 1
            switch value {
            case 0x454, 0x456, 0x457, 0x491: ukrainian += 1
            case 0x44B, 0x44D, 0x451: russian += 1
            case 0x44A: bulgarian += 1
            default: break
            }
        case 0x590...0x5FF: counts[.hebrew, default: 0] += 1
        case 0x600...0x6FF, 0x750...0x77F:
            counts[.arabic, default: 0] += 1
            if [0x67E, 0x686, 0x698, 0x6AF, 0x6CC, 0x6A9].contains(value) { persian += 1 }
        case 0x900...0x97F: counts[.hindi, default: 0] += 1
        case 0xE00...0xE7F: counts[.thai, default: 0] += 1
        case 0x1100...0x11FF, 0xAC00...0xD7AF: counts[.korean, default: 0] += 1
        case 0x3040...0x30FF:
            counts[.chinese, default: 0] += 1
            kana += 1
        case 0x3400...0x4DBF, 0x4E00...0x9FFF: counts[.chinese, default: 0] += 1
        case 0x1E00...0x1EFF: latin += 1
        default: break
        }
    }

    /// The script of most letters, where that is not Latin.
    var language: TextLanguage? {
        guard let most = counts.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }),
            most.value >= TextLanguage.lettersMin, most.value > latin
        else { return nil }
        switch most.key {
        // Kana stand among Han in Japanese, never in Chinese.
        case .chinese: return kana * 20 > most.value ? .japanese : .chinese
        case .arabic: return persian * 12 > most.value ? .persian : .arabic
        case .russian:
            if ukrainian > russian { return .ukrainian }
            return bulgarian > 0 && russian == 0 && bulgarian * 60 > most.value ? .bulgarian : .russian
        case .english, .german, .french, .spanish, .italian, .portuguese, .dutch, .polish, .swedish, .turkish,
            .indonesian, .vietnamese, .ukrainian, .bulgarian, .greek, .persian, .hebrew, .hindi, .thai, .korean,
            .japanese:
            return most.key
        }
    }
}
