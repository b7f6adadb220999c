/// Words that make of a number what it could otherwise not be told to be: "call 5551234", "BSN 111222333".
enum ContextWords {
    struct Kinds: OptionSet {
        let rawValue: UInt8
        static let phone = Kinds(rawValue: 1)
        static let identity = Kinds(rawValue: 2)
        static let card = Kinds(rawValue: 4)
        /// A number that looks like an address of the internet, and is none.
        static let version = Kinds(rawValue: 8)
    }

    /// How far before a number its word may stand, in bytes.
    static let reachBytes = 40

    /// The kinds of the words that stand before `index`.
    static func kinds(in text: Span<UInt8>, before index: Int) -> Kinds {
        var kinds: Kinds = []
        var position = max(0, index - reachBytes)
        if position > 0 {
            // A word that began before is not whole: it is passed over.
            while position < index, text[position].isWord || text[position] & 0xC0 == 0x80 { position += 1 }
        }
        while position < index {
            let byte = text[position]
            if byte.isLetter || byte >= 0xC3 {
                let (key, end) = word(text, position, before: index)
                if let found = table[key] { kinds.formUnion(found) }
                position = end
            } else {
                position += 1
            }
        }
        return kinds
    }

    /// The first eight bytes of a word in small letters, and where it ends. Characters of three bytes, which are written without
    /// spaces, are words of two characters each.
    private static func word(_ text: Span<UInt8>, _ start: Int, before limit: Int) -> (UInt64, Int) {
        var (key, index): (UInt64, Int) = (0, start)
        if text[start] >= 0xE1 {
            while index < min(limit, start + 6) {
                key = key << 8 | UInt64(text[index])
                index += 1
            }
            return (key, min(limit, start + 3))
        }
        while index < limit {
            let byte = text[index]
            guard byte.isLetter || (byte >= 0x80 && byte < 0xE1) else { break }
            if index - start < 8 { key = key << 8 | UInt64(small(byte, after: UInt8(truncatingIfNeeded: key))) }
            if byte >= 0xD0, byte < 0xD2, index + 1 < limit, index - start < 7 {
                key = key & ~0xFF | UInt64(smallLead(byte, text[index + 1]))
            }
            index += 1
        }
        return (key, index)
    }

    /// The small letter of a byte of ASCII, of Latin-1 or Cyrillic.
    private static func small(_ byte: UInt8, after lead: UInt8) -> UInt8 {
        if byte.isUpper { return byte | 32 }
        switch (lead, byte) {
        case (0xC3, 0x80...0x9E): return byte + 0x20
        case (0xD0, 0x90...0x9F): return byte + 0x20
        case (0xD1, 0xA0...0xAF): return byte - 0x20
        default: return byte
        }
    }

    /// The first byte of the small letter of a Cyrillic one: the second half of the capitals has another.
    private static func smallLead(_ lead: UInt8, _ trail: UInt8) -> UInt8 {
        lead == 0xD0 && (0xA0...0xAF).contains(trail) ? 0xD1 : lead
    }

    private static let table: [UInt64: Kinds] = {
        var table: [UInt64: Kinds] = [:]
        for (kinds, words) in lists {
            for word in words.split(separator: " ") {
                let key = word.utf8.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                table[key, default: []].formUnion(kinds)
            }
        }
        return table
    }()

    /// Small letters; of words longer than eight bytes, eight count. Letters beyond ASCII with and without their capital.
    private static let lists: [(Kinds, String)] = [
        (
            .phone,
            "tel telephone phone phones cell mobile fax call calls calling dial whatsapp sms hotline reach "
                + "telefon telefonnummer handy mobil mobilnummer anrufen anruf rufnummer erreichen telefone telemóvel celular "
                + "ligue telefono teléfono móvil llame llama llamar llámame chiama chiamare chiami chiamami cellulare "
                + "téléphone portable appelez appeler appelle numéro telefoon bel bellen mobiel telefonu zadzwoń komórka "
                + "telefonem zavolejte volejte mobilní zavolajte telefonen mobilen puhelin puhelinnumero soita "
                + "tlf tlf telefonnr mob gsm telefonszám hívjon hívj sună sunați ara arayın cep звоните телефон тел позвоните "
                + "позвони телефону номер дзвоніть зателефонуйте τηλέφωνο τηλ κινητό καλέστε 電話 电话 手机 手機 携帯 番号 致电 "
                + "전화 휴대 번호 연락 טלפון נייד โทร เบอร์ फ़ोन फोन मोबाइल điện gọi hubungi telepon telp"
        ),
        (
            .identity,
            "ssn social sin insurance nhs nino tax taxpayer tin utr identity identification national passport citizen "
                + "personal bsn burgerservicenummer sofinummer steuer steuerid steueridentifikationsnummer idnr steuernummer "
                + "sozialversicherung sozialversicherungsnummer versicherungsnummer svnr personnummer personnr fødselsnummer "
                + "cpr dni nie nif nuss rut curp nss rfc cpf nis pis contribuinte cidadão numer identidade identidad "
                + "identité sécurité insee nir codice fiscale identificativo pesel nip dowód rodné číslo henkilötunnus hetu "
                + "aadhaar aadhar uidai egn егн инн снилс паспорт іпн рнокпп tfn ird pps ppsn irpef amka αμκα αφμ afm oib taj "
                + "cnp tckn kimlik tc isikukood asmens personas mynumber マイナ 身份 身分 주민 ת.ז תעודת זהות บัตร"
        ),
        (
            .card,
            "card cards visa mastercard maestro amex credit debit karte kreditkarte tarjeta carte carta kaart cartão karta "
                + "kort kortti kartı карта карты карту κάρτα kártya card's cc 信用 カード 카드"
        ),
        (
            .version,
            "version versions ver release releases released rev revision v build upgrade upgraded firmware section sections "
                + "chapter paragraph kernel oid versione versión wersja версия clause rfc figure table"
        ),
    ]
}
