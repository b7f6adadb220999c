import GatewayTypes
import Testing

@testable import Guardrails

/// Judges that ask nobody.
@Suite struct PlainJudgeTests {
    @Test func `a size is judged by what is bounded, and nothing else`() {
        var bounds = SizeJudge.Bounds()
        bounds.turnsMax = 2
        bounds.turnCharactersMax = 5
        let judge = SizeJudge(bounds)
        #expect(judge.reasons.map(\.text) == ["turns", "turn_characters"])
        #expect(judge.judge(matter("one", "two")) == .pass)
        #expect(judge.judge(matter("a", "b", "c")) == .deny(Reason("turns"), path: "turns"))
        // Characters are counted, not bytes.
        #expect(judge.judge(matter("ééééé")) == .pass)
        #expect(judge.judge(matter("a", "ééééée")) == .deny(Reason("turn_characters"), path: "turns[1]"))
        var bytes = SizeJudge.Bounds()
        bytes.bytesMax = 3
        #expect(SizeJudge(bytes).judge(matter("éé")) == .deny(Reason("bytes")))
        var all = SizeJudge.Bounds()
        all.charactersMax = 6
        all.toolCallsMax = 0
        #expect(SizeJudge(all).judge(matter("abc", system: "abcd")) == .deny(Reason("characters")))
        let call = ToolUse(name: "f", arguments: "")
        #expect(SizeJudge(all).judge(matter("abc", calls: [call])) == .deny(Reason("tool_calls"), path: "tool_calls"))
    }

    static let languages: [(TextLanguage, String)] = [
        (.english, "Could you please tell me how the weather will be in the north this week?"),
        (.german, "Kannst du mir bitte sagen, wie das Wetter in dieser Woche im Norden wird?"),
        (
            .french,
            "Pouvez-vous me dire comment sera le temps dans le nord pour la semaine, et que faire avec les enfants?"
        ),
        (.spanish, "¿Puedes decirme cómo está el tiempo en el norte y qué hay para los niños en la ciudad?"),
        (.italian, "Puoi dirmi come è il tempo nel nord e che cosa c'è per i bambini della città questa settimana?"),
        (.portuguese, "Você pode me dizer como está o tempo no norte e o que há para as crianças na cidade?"),
        (.dutch, "Kun je mij vertellen hoe het weer deze week is en wat er voor de kinderen te doen is?"),
        (.polish, "Czy możesz mi powiedzieć, jaka jest pogoda na północy i co można robić z dziećmi w tym tygodniu?"),
        (.swedish, "Kan du säga mig hur vädret är i norr den här veckan och vad det finns att göra för barn?"),
        (.turkish, "Bu hafta kuzeyde hava nasıl olacak ve çocuklar için ne var, lütfen bana söyler misin?"),
        (
            .indonesian,
            "Bagaimana cuaca di utara minggu ini dan apa yang bisa saya lakukan dengan anak-anak di kota itu?"
        ),
        (
            .vietnamese,
            "Bạn có thể cho tôi biết thời tiết ở miền bắc như thế nào trong tuần này và có gì cho trẻ em không?"
        ),
        (.russian, "Скажите, пожалуйста, какая погода будет на этой неделе, и что можно было бы делать с детьми?"),
        (.ukrainian, "Скажіть, будь ласка, якою буде погода на цьому тижні і що є цікавого для дітей у місті?"),
        (.greek, "Μπορείς να μου πεις τι καιρό θα κάνει αυτή την εβδομάδα;"),
        (.arabic, "كيف سيكون الطقس هذا الأسبوع في الشمال؟"),
        (.persian, "می‌توانید بگویید هوا این هفته چگونه است و چه کاری برای بچه‌ها هست؟"),
        (.hebrew, "איך יהיה מזג האוויר השבוע בצפון?"),
        (.hindi, "इस हफ्ते उत्तर में मौसम कैसा रहेगा?"), (.thai, "สัปดาห์นี้อากาศเป็นอย่างไร"), (.korean, "이번 주 북쪽 날씨는 어떤가요?"),
        (.japanese, "今週の北部の天気はどうですか。"), (.chinese, "这个星期北方的天气怎么样?"),
    ]

    @Test func `running text has its language`() {
        for (language, text) in Self.languages { #expect(TextLanguage.guess(text) == language, "\(text)") }
    }

    @Test(arguments: [
        "", "ok", "Anna Schmidt", "42", "https://example.com/a/b", "SELECT id FROM users WHERE id = 3", "café", "😀😀😀",
        "func main() { print(x) }", "東京",
    ])
    func `too little text, and code, have none`(text: String) {
        #expect(TextLanguage.guess(text) == nil)
        #expect(LanguageJudge(allowed: [.german], deniesUnknown: true).judge(matter(text)) == .pass)
    }

    @Test func `what the user says is held to the languages allowed`() {
        let judge = LanguageJudge(allowed: [.english, .german])
        #expect(judge.judge(matter(Self.languages[0].1, Self.languages[1].1)) == .pass)
        #expect(judge.judge(matter("ok", Self.languages[2].1)) == .deny(Reason("language"), path: "turns[1]"))
        // An earlier answer is not what the user says; what comes back is looked at.
        var answered = matter(Self.languages[0].1)
        answered = Matter(
            phase: .input, system: "", turns: answered.turns + [.init(isUser: false, text: Self.languages[2].1)],
            toolCalls: [], bytes: 0)
        #expect(judge.judge(answered) == .pass)
        #expect(judge.judge(matter(Self.languages[2].1, phase: .output)) != .pass)
        let lorem = String(repeating: "zqx vbn wrt plk ", count: 8)
        #expect(judge.judge(matter(lorem)) == .pass)
        let strict = LanguageJudge(allowed: [.english], deniesUnknown: true)
        #expect(strict.judge(matter(lorem)) == .deny(Reason("unknown_language"), path: "turns[0]"))
    }

    private static func calling(_ name: String, _ arguments: String = "{}") -> Matter {
        matter("", phase: .output, calls: [ToolUse(name: name, arguments: arguments)])
    }

    @Test func `tools are held to names and to schemas of their arguments`() throws {
        var rules = ToolJudge.Rules()
        rules.allowed = ["files_*", "search", "*_read"]
        rules.denied = ["*delete*"]
        rules.arguments["search"] = try JSONSchema(
            #"{"type":"object","properties":{"q":{"type":"string","maxLength":10}},"required":["q"],"additionalProperties":false}"#
        ) { _ in nil }
        let judge = ToolJudge(rules)
        let name = Reason("tool_name")
        let arguments = Reason("tool_arguments")
        #expect(judge.judge(Self.calling("files_list")) == .pass)
        #expect(judge.judge(Self.calling("mail_read")) == .pass)
        #expect(judge.judge(Self.calling("files_delete_all")) == .deny(name, path: "tool_calls[0]"))
        #expect(judge.judge(Self.calling("shell")) == .deny(name, path: "tool_calls[0]"))
        #expect(judge.judge(Self.calling("search", #"{"q":"weir"}"#)) == .pass)
        for wrong in [#"{"q":"rather long text"}"#, "{}", "", "not json", #"{"q":"a","x":1}"#, #"{"q":"a","q":"b"}"#] {
            #expect(
                judge.judge(Self.calling("search", wrong)) == .deny(arguments, path: "tool_calls[0].arguments"),
                "\(wrong)")
        }
        #expect(judge.judge(matter("no call")) == .pass)
    }

    @Test(arguments: [
        ("*", "x", true), ("**", "", true), ("a*", "a", true), ("a*", "ba", false), ("*a", "ba", true),
        ("*a*", "bab", true),
        ("*a*", "b", false), ("a", "a", true), ("a", "A", false), ("a*c", "abc", false),
    ])
    func `stars stand for anything at the ends of a name`(pattern: String, name: String, fits: Bool) {
        #expect(ToolJudge.fits(pattern, name) == fits)
    }
}
