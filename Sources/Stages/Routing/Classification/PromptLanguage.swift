/// Which language a text is in, by its script and its commonest words: a guess that costs microseconds.
public enum PromptLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"
    case italian = "it"
    case portuguese = "pt"
    case dutch = "nl"
    /// Scripts that are taken for what they are: several languages are written in some.
    case cyrillic, greek, arabic, hebrew, devanagari, thai, korean, japanese, chinese
    /// None of them, or too little text to say.
    case other

    /// Nothing of a text beyond so many scalars is looked at.
    private static let scalarsMax = 4_000

    /// `words` are lower-case; `text` is what they were taken from.
    static func guess(_ text: String, words: [Substring]) -> PromptLanguage {
        if let script = script(of: text) { return script }
        var best = (language: PromptLanguage.other, count: 0)
        for (language, common) in commonWords {
            let count = words.prefix(scalarsMax / 4).count { common.contains($0) }
            if count > best.count { best = (language, count) }
        }
        // One word in twelve is common in any running text; a name or two in another language are not.
        return best.count > 0 && best.count * 12 >= min(words.count, scalarsMax / 4) ? best.language : .other
    }

    /// The script of most letters, where that is not Latin.
    private static func script(of text: String) -> PromptLanguage? {
        var counts: [PromptLanguage: Int] = [:]
        var latin = 0
        for scalar in text.unicodeScalars.prefix(scalarsMax) {
            guard scalar.value >= 0x41 else { continue }
            if scalar.value < 0x250 {
                if scalar.properties.isAlphabetic { latin += 1 }
            } else if let script = script(of: scalar.value) {
                counts[script, default: 0] += 1
            }
        }
        // Kana stand among Han in Japanese, never in Chinese.
        if let kana = counts[.japanese] { counts[.japanese] = kana + (counts.removeValue(forKey: .chinese) ?? 0) }
        guard let most = counts.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }) else {
            return nil
        }
        return most.value * 2 > latin ? most.key : nil
    }

    private static func script(of value: UInt32) -> PromptLanguage? {
        switch value {
        case 0x370...0x3FF: .greek
        case 0x400...0x52F: .cyrillic
        case 0x590...0x5FF: .hebrew
        case 0x600...0x6FF, 0x750...0x77F: .arabic
        case 0x900...0x97F: .devanagari
        case 0xE00...0xE7F: .thai
        case 0x1100...0x11FF, 0xAC00...0xD7AF: .korean
        case 0x3040...0x30FF: .japanese
        case 0x3400...0x4DBF, 0x4E00...0x9FFF: .chinese
        case _: nil
        }
    }

    private static let commonWords: [(PromptLanguage, Set<Substring>)] = [
        (.english, words("the of and to is that with for this you what how please are was from which not have")),
        (.german, words("der die das und ist nicht ein eine mit für auf den dem wie bitte ich von zu was werden")),
        (.french, words("le la les des est et une dans pour que qui avec sur pas vous au je ce du comment")),
        (.spanish, words("el los las una por para con que es del como está no por favor qué y más su al")),
        (.italian, words("il che di per una con non sono della gli nel come è questo anche alla più le perché")),
        (.portuguese, words("o os uma para com não que do da em como é por você mais isso ao dos são")),
        (.dutch, words("de het een en van is niet met voor dat op zijn hoe wat deze ook aan graag maar kunt")),
    ]

    private static func words(_ text: Substring) -> Set<Substring> { Set(text.split(separator: " ")) }
}
