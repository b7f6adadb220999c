/// The words that decide whether two questions may be one.
enum EssentialWords {
    static let negations: Set<String> = set(
        """
        not no never none nobody nothing nowhere neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent
        wont wouldnt shouldnt couldnt hasnt havent hadnt mustnt except excluding exclude avoid unable lack lacks lacking
        lacked fail fails failed failing stop stops hardly barely instead
        nicht kein keine keinen keinem nie niemals ohne pas jamais sans aucun aucune nunca jamás sin ningún ninguna não nem
        sem mai non senza niet geen nooit zonder nie bez inte ikke aldrig
        """)

    static let numbers: [String: String] = {
        var found: [String: String] = [:]
        let units =
            "zero _ two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
            + "eighteen nineteen"
        for (value, word) in units.split(separator: " ").enumerated() where word != "_" {
            found[String(word)] = "\(value)"
        }
        let tens = "twenty thirty forty fifty sixty seventy eighty ninety"
        for (value, word) in tens.split(separator: " ").enumerated() { found[String(word)] = "\((value + 2) * 10)" }
        let ordinals = "first _ third fourth fifth sixth seventh eighth ninth tenth"
        for (value, word) in ordinals.split(separator: " ").enumerated() where word != "_" {
            found[String(word)] = "\(value + 1)"
        }
        for (word, value) in [
            ("hundred", "100"), ("hundreds", "100"), ("thousand", "1000"), ("thousands", "1000"),
            ("million", "1000000"), ("millions", "1000000"), ("billion", "1000000000"), ("dozen", "12"),
            ("half", "0.5"),
            ("twice", "2"), ("thrice", "3"), ("double", "2"), ("triple", "3"), ("couple", "2"), ("pair", "2"),
            ("twentieth", "20"), ("both", "2"), ("once", "1"), ("single", "1"),
        ] { found[word] = value }
        return found
    }()

    static let ordinalEnds: Set<String> = ["st", "nd", "rd", "th", "s"]

    static let dates: [String: String] = {
        var found = classes(
            """
            today todays|tomorrow tomorrows|yesterday yesterdays|tonight|next upcoming coming following|last previous prior
            past|current currently now nowadays|morning mornings|noon midday|evening evenings|afternoon afternoons|midnight
            night nights overnight|weekend weekends|daily|weekly|monthly|quarterly|yearly annual annually|hourly|ago|
            spring|summer|autumn|winter|christmas|easter|thanksgiving|ramadan|halloween|latest newest|recent recently
            """)
        for name in [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        ] {
            found[name] = name
            found[name + "s"] = name
        }
        return found
    }()

    /// By what they measure; each is the first of its kind.
    static let units = classes(
        """
        km kilometer kilometers kilometre kilometres kms|mile miles mi|meter meters metre metres|cm centimeter centimeters
        centimetre centimetres|mm millimeter millimeters|foot feet ft|inch inches|yard yards|kg kilogram kilograms kilo kilos|
        g gram grams|mg milligram milligrams|pound pounds lb lbs £ gbp sterling|ounce ounces oz|ton tons tonne tonnes|liter
        liters litre litres|ml milliliter milliliters|gallon gallons|cup cups|teaspoon teaspoons tsp|tablespoon tablespoons
        tbsp|celsius centigrade °c|fahrenheit °f|kelvin|% percent percentage|$ dollar dollars usd|€ euro euros eur|¥ yen
        jpy|rupee rupees inr|yuan cny|franc francs chf|byte bytes|kb kilobyte kilobytes|mb megabyte megabytes|gb gigabyte
        gigabytes|tb terabyte terabytes|bit bits|mph|kph kmh|watt watts|kwh|volt volts|hz hertz|mhz|ghz|calorie calories kcal|
        acre acres|hectare hectares|degree degrees
        """)

    /// Units where a number stands before them; else things.
    static let times = classes(
        """
        second seconds sec secs s|minute minutes min mins|hour hours hr hrs h|day days d|week weeks wk|month months|year years
        yr yrs y|decade decades|century centuries|ms millisecond milliseconds
        """)

    /// Axes and their two ends, 1 and 2.
    static let poles: [String: (axis: Int, end: Int)] = {
        var found: [String: (axis: Int, end: Int)] = [:]
        for (axis, line) in axes.split(separator: "|").enumerated() {
            let ends = line.split(separator: "/")
            for (position, end) in ends.enumerated() {
                for word in end.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                    found[String(word)] = (axis, position + 1)
                }
            }
        }
        return found
    }()

    /// `before` and `after`: where only one of the questions has it, they differ.
    static let orderAxis = 0

    private static let axes = """
        before/after|increase increasing increases raise raising grow growing gain gaining rise rising/decrease decreasing
        decreases lower lowering reduce reducing shrink drop dropping lose losing fall falling|more greater higher/less fewer
        lower|most maximum max highest largest biggest greatest/least minimum min lowest smallest|above over/below under
        beneath|enable enabling activate activating allow allowing permit start starting begin open opening/disable disabling
        deactivate deactivating block blocking forbid stop stopping end ending close closing|add adding insert
        install/remove removing delete deleting uninstall|buy buying purchase purchasing/sell selling|import
        importing/export exporting|upload uploading/download downloading|encrypt encrypting encode encoding/decrypt decrypting
        decode decoding|left/right|up upwards upgrade/down downwards downgrade|inside/outside|true correct
        valid/false incorrect invalid|win winning/lose losing|hot warm warmer/cold cool cooler|fast faster quick quickly
        fastest/slow slower slowly slowest|cheap cheaper cheapest/expensive dearer dearest|early earlier/late later|push
        send sending/pull receive receiving|lock locking/unlock unlocking|accept accepting approve/reject rejecting
        decline|good better best/bad worse worst|old older oldest/new newer newest young younger|long longer longest/short
        shorter shortest|big large larger bigger/small smaller tiny|including include/excluding exclude|pros
        advantages advantage benefits benefit/cons disadvantages disadvantage drawbacks drawback|input/output|lend
        lending/borrow borrowing|arrive arriving arrival/depart departing departure leave leaving|public/private|safe
        safely/dangerous unsafe|legal legally/illegal illegally|ascending/descending|vertical vertically/horizontal
        horizontally|connect connecting join joining/disconnect disconnecting|success succeed/failure fail|simple easy
        easier/complex difficult hard harder|hire hiring/fire firing dismiss|deposit depositing/withdraw withdrawing
        withdrawal|male men man boy/female women woman girl|husband father son brother/wife mother daughter sister|encourage/
        discourage|always/sometimes rarely seldom|all every/some|must required mandatory/
        optional voluntary|debit/credit|north/south|east/west|positive/negative|summary summarize summarise shorten/expand
        elaborate lengthen|sync/async|load/unload|attach/detach|show display/hide|expand/collapse|agree/
        disagree|love/hate
        """

    static func isCommon(_ word: String, _ stem: String) -> Bool { common.contains(word) || common.contains(stem) }

    /// One word for those that say the same; else the stem.
    static func meaning(of word: String) -> String { synonyms[word] ?? synonyms[stem(word)] ?? stem(word) }

    /// Without the commonest ends, so that `resets`, `resetting` and `reset` are one.
    static func stem(_ word: String) -> String {
        guard word.utf8.count > 3, word.utf8.allSatisfy({ $0 < 0x80 }) else { return word }
        var stem = word
        for (end, instead) in [("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")]
        where stem.hasSuffix(end) && stem.count - end.count >= 3 && !stem.hasSuffix("ss") {
            stem = stem.dropLast(end.count) + instead
            break
        }
        // `resett`, `runn`.
        if stem != word, let last = stem.last, stem.dropLast().last == last, !"aeiouls".contains(last) {
            stem.removeLast()
        }
        if stem.hasSuffix("e"), stem.count > 3 { stem.removeLast() }
        return stem
    }

    // MARK: Reading the lists

    private static func set(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
    }

    /// `a b c|d e`: each word leads to the first of its class.
    static func classes(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for line in text.split(separator: "|") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
            for word in words { found[word] = words[0] }
        }
        return found
    }

    private static let common: Set<String> = {
        let words = set(CommonWords.text)
        return words.union(words.map { stem($0) })
    }()

    private static let synonyms: [String: String] = {
        var found: [String: String] = [:]
        for (word, meaning) in classes(CommonWords.synonyms) {
            found[word] = stem(meaning)
            found[stem(word)] = stem(meaning)
        }
        return found
    }()
}
