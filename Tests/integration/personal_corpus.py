"""Texts with personal data and secrets in them, labelled, and real text without.

The values come from Faker, phonenumbers and cryptography, from generators of the check digits that those do not know, and
from the published formats of keys. They stand in sentences of the locale's language, with and without a word that says what
they are. The negatives are fortune files in five languages (Debian packages) and the sources of Python's own library.
"""
import base64
import hashlib
import ipaddress
import json
import random
import re
import string
import sysconfig
from pathlib import Path

import phonenumbers
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from faker import Faker

# Locale, region of its telephone numbers, word and sentence for a telephone, sentence for an e-mail, for a personal number
# with a word that says so, a neutral one.
LOCALES = {
    "en_US": ("US", "You can call me at {}, any time after six.", "Please write to {} before Friday.", "My SSN is {}.", "Jane Miller, 12 Oak Street, {}, room 4"),
    "en_GB": ("GB", "My phone number is {} if you need anything.", "Send the invoice to {}, please.", "National insurance: {}", "Flat 3, 9 Mill Lane; {}; ask for Tom"),
    "en_CA": ("CA", "Reach us by phone: {}.", "Her address is {} I think", "SIN {} was on the form", "Ottawa office, {}, second floor"),
    "en_AU": ("AU", "Mobile {} or after hours.", "Contact {} for details.", "TFN: {}", "Dr. Wong ({}) will see you"),
    "en_IN": ("IN", "Call {} for the booking", "Mail the report to {}.", "Aadhaar no {} is linked.", "Rahul from Pune, {}, ordered two"),
    "de_DE": ("DE", "Bitte rufen Sie mich an: Telefon {}.", "Schreiben Sie an {}, danke.", "Meine Steuer-ID lautet {}.", "Anna Meier, Hauptstr. 5, {}"),
    "de_AT": ("AT", "Unter Tel. {} bin ich zu erreichen.", "E-Mail: {}", "Die Versicherungsnummer ist {}.", "Familie Huber, Linz, {}"),
    "de_CH": ("CH", "Telefon {} (nur abends)", "Antworten Sie bitte an {}.", "AHV-Nummer {}", "Praxis Keller, Bern, {}"),
    "fr_FR": ("FR", "Appelez-moi au {} demain.", "Mon adresse est {}, merci.", "Numéro de sécurité sociale : {}", "Mme Petit, 3 rue Haute, {}"),
    "es_ES": ("ES", "Mi teléfono es {} por si acaso.", "Escríbeme a {}.", "El DNI del cliente es {}.", "Ana Ruiz, calle Mayor 4, {}"),
    "it_IT": ("IT", "Il mio cellulare è {}.", "Scrivimi a {} domani.", "Codice fiscale {}", "Sig. Bianchi, via Roma 8, {}"),
    "nl_NL": ("NL", "Bel mij op telefoon {}.", "Stuur het naar {} alsjeblieft.", "Mijn BSN is {}.", "Fam. de Vries, Dorpsstraat 2, {}"),
    "nl_BE": ("BE", "Telefoon: {}, na zes uur.", "Mail naar {}.", "Rijksregisternummer {}", "Bakkerij Peeters, Gent, {}"),
    "pt_BR": ("BR", "Meu telefone é {}.", "Envie para {} hoje.", "CPF: {}", "João Silva, Rua Azul 9, {}"),
    "pt_PT": ("PT", "O meu telemóvel é {}.", "O endereço é {}.", "Contribuinte n.º {}", "Maria Sousa, Porto, {}"),
    "pl_PL": ("PL", "Mój telefon to {}.", "Proszę pisać na {}.", "PESEL {}", "Jan Nowak, ul. Polna 7, {}"),
    "cs_CZ": ("CZ", "Můj telefon je {}.", "Pište na {}.", "rodné číslo {}", "Petr Novák, Brno, {}"),
    "sv_SE": ("SE", "Ring mig på {}.", "Skriv till {}, tack.", "Mitt personnummer är {}.", "Eva Lund, Storgatan 1, {}"),
    "no_NO": ("NO", "Telefon {} hele dagen.", "Send til {}.", "Fødselsnummer {}", "Kari Berg, Bergen, {}"),
    "da_DK": ("DK", "Min telefon er {}.", "Skriv til {}.", "CPR-nummer {}", "Lars Holm, Aarhus, {}"),
    "fi_FI": ("FI", "Puhelin {} iltaisin.", "Kirjoita osoitteeseen {}.", "Henkilötunnus {}", "Matti Salo, Turku, {}"),
    "tr_TR": ("TR", "Telefon numaram {}.", "Bana {} adresinden yazın.", "TC kimlik no {}", "Ayşe Demir, Ankara, {}"),
    "ro_RO": ("RO", "Telefonul meu este {}.", "Scrieți la {}.", "CNP {}", "Ion Popa, Cluj, {}"),
    "ru_RU": ("RU", "Мой телефон {}.", "Пишите на {}.", "СНИЛС {}", "Иван Петров, Тула, {}"),
    "ja_JP": ("JP", "電話番号は{}です。", "メールは {} までお願いします。", "マイナンバー {}", "山田太郎、東京都、{}"),
    "zh_CN": ("CN", "我的电话是{}。", "请发邮件到 {} 谢谢。", "身份证号 {}", "张伟,北京,{}"),
    "ko_KR": ("KR", "제 전화 번호는 {} 입니다.", "메일은 {} 로 보내 주세요.", "주민등록번호 {}", "김민수, 서울, {}"),
}

# Faker's ssn() where it makes the country's number; elsewhere it makes an American one, or one that nobody is given.
PERSONAL_NUMBERS = {
    "en_US", "en_CA", "de_AT", "de_CH", "fr_FR", "it_IT", "nl_NL", "nl_BE", "pt_BR", "pl_PL", "sv_SE", "no_NO", "fi_FI", "tr_TR",
    "ro_RO", "zh_CN", "ko_KR",
}
OTHER_NUMBERS = {"es_ES": ("nif", "nie", "nuss"), "de_DE": ("rvnr",), "pt_BR": ("cpf",), "ru_RU": ("snils",), "en_US": ("itin",)}
# Found wherever they stand: for these the neutral sentence is used as often as the telling one.
SURE = {"de_CH", "de_DE", "fr_FR", "it_IT", "nl_BE", "pt_BR", "pl_PL", "sv_SE", "no_NO", "fi_FI", "tr_TR", "ro_RO", "zh_CN", "ko_KR"}

NETWORKS = [
    "The server at {} did not answer.", "Blocked {} after three attempts", "ssh root login from {} port 22", "client={} status=200",
    "Please open the firewall for {}.", '{{"remote": "{}", "ok": true}}']
CARDS = ["My card {} expires next year.", "Pay with {} please", "It was charged to {}, twice.", '{{"pan": "{}"}}', "card number: {}"]
ACCOUNTS = ["IBAN {}", "Transfer it to {}, please.", "Bitte überweisen Sie auf {}.", '"account": "{}"', "Konto ({}) gesperrt"]
KEYS = ["export KEY={}", "Use {} for the tests.", 'client = Client("{}")', "Authorization: Bearer {}", "my key is {}, does it work?", "curl -H 'x-api-key: {}' https://api.test/v1"]
SECRETS = ['password = "{}"', "DB_PASSWORD={}", "password: {}", '"passwd": "{}"', "pwd={};", "export ADMIN_PASSWORD='{}'"]
TOKENS = ["api_key: {}", "API_KEY={}", '"client_secret": "{}"', "AUTH_TOKEN='{}'", "secret = \"{}\"", "aws_secret_access_key = {}"]


class Corpus:
    """Texts and, for each, its labels: (type, first byte, byte after the last, origin)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.texts, self.labels = [], []

    def add(self, sentence, kind, value, origin):
        before, after = sentence.split("{}")
        before, after = before.replace("{{", "{").replace("}}", "}"), after.replace("{{", "{").replace("}}", "}")
        start = len(before.encode())
        self.texts.append(before + value + after)
        self.labels.append([(kind, start, start + len(value.encode()), origin)])

    def one_of(self, sentences):
        return self.random.choice(sentences)

    def characters(self, alphabet, length):
        return "".join(self.random.choices(alphabet, k=length))


def positives(seed=1, each=24):
    corpus = Corpus(seed)
    Faker.seed(seed)
    for locale, (region, call, write, identify, neutral) in LOCALES.items():
        fake = Faker(locale)
        fake.seed_instance(seed)
        for _ in range(each):
            for make in (fake.email, fake.company_email, fake.free_email):
                corpus.add(corpus.one_of([write, neutral]), "email", make(), locale)
            corpus.add(call, "phone", fake.phone_number(), locale)
        for number in numbers(corpus, region, each):
            for style in ("E164", "INTERNATIONAL", "RFC3966", "NATIONAL"):
                text = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, style))
                text = text.removeprefix("tel:")
                corpus.add(corpus.one_of([call, neutral]) if style != "NATIONAL" else call, "phone", text, f"{region}-{style}")
            corpus.add(neutral, "phone", text, f"{region}-bare")
        personal_numbers(corpus, fake, locale, identify, neutral, each)
        for _ in range(each // 2):
            account = fake.iban()
            if account.startswith(region):  # Elsewhere Faker's are British, and a digit too short.
                grouped = " ".join(account[i:i + 4] for i in range(0, len(account), 4))
                corpus.add(corpus.one_of(ACCOUNTS), "iban", corpus.one_of([account, grouped]), locale)
    fake = Faker("en_US")
    fake.seed_instance(seed)
    for _ in range(each * 6):
        corpus.add(corpus.one_of(NETWORKS), "ip_address", address(fake.ipv4), "v4")
        corpus.add(corpus.one_of(NETWORKS), "ip_address", fake.ipv6(), "v6")
        corpus.add(corpus.one_of(NETWORKS), "ip_address", short_six(corpus.random), "v6-short")
    cards(corpus, fake, each)
    keys(corpus, each // 2)
    for _ in range(each * 4):
        corpus.add(corpus.one_of(SECRETS), "secret", password(fake), "password")
        corpus.add(corpus.one_of(TOKENS), "secret", corpus.characters(string.ascii_letters + string.digits, 32), "token")
        corpus.add(corpus.one_of(TOKENS), "secret", corpus.characters("0123456789abcdef", 40), "hex")
    return corpus


def numbers(corpus, region, count):
    """Valid numbers of a region: its examples with their last digits drawn anew."""
    made = []
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    while len(made) < count:
        example = phonenumbers.example_number_for_type(region, corpus.random.choice(kinds))
        digits = str(example.national_number)
        drawn = digits[:-5] + corpus.characters(string.digits, 5)
        number = phonenumbers.PhoneNumber(
            country_code=example.country_code, national_number=int(drawn), italian_leading_zero=example.italian_leading_zero)
        if phonenumbers.is_valid_number(number):
            made.append(number)
    return made


def personal_numbers(corpus, fake, locale, identify, neutral, each):
    sentences = [identify, neutral] if locale in SURE else [identify]
    for _ in range(each):
        if locale in PERSONAL_NUMBERS:
            corpus.add(corpus.one_of(sentences), "national_id", possible(fake.ssn), locale)
        for name in OTHER_NUMBERS.get(locale, ()):
            corpus.add(identify, "national_id", getattr(fake, name)(), f"{locale}-{name}")
        if locale == "en_GB":
            corpus.add(corpus.one_of([identify, neutral]), "national_id", insurance(corpus), locale)
        if locale == "en_IN":
            digits = verhoeff(corpus.characters("23456789", 1) + corpus.characters(string.digits, 10))
            grouped = f"{digits[:4]} {digits[4:8]} {digits[8:]}"
            corpus.add(identify, "national_id", corpus.one_of([digits, grouped]), locale)
        if locale == "de_DE":
            corpus.add(corpus.one_of([identify, neutral]), "national_id", tax_number(corpus), "de_DE-tax")


def possible(make):
    """Faker's Korean numbers may be of the month 0 or the day 0."""
    while True:
        text = make()
        if not (text[6:7] == "-" and len(text) == 14 and (text[2:4] == "00" or text[4:6] == "00")):
            return text


def insurance(corpus):
    """A National Insurance number as the United Kingdom gives them; Faker's have a prefix and suffix that are never given."""
    while True:
        prefix = corpus.characters("ABCEGHJKLMNOPRSTWXYZ", 1) + corpus.characters("ABCEGHJKLMNPRSTWXYZ", 1)
        if prefix not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"):
            break
    digits, suffix = corpus.characters(string.digits, 6), corpus.characters("ABCD", 1)
    if corpus.random.random() < 0.5:
        return prefix + digits + suffix
    return f"{prefix} {digits[:2]} {digits[2:4]} {digits[4:]} {suffix}"


def verhoeff(digits):
    multiply = [[(i + j) % 5 if i < 5 and j < 5 else 5 + (i + j - 5) % 5 if i < 5 else
                 5 + (i - 5 - j) % 5 if j < 5 else (i - j) % 5 for j in range(10)] for i in range(10)]
    permute = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(permute) < 8:
        permute.append([permute[-1][permute[1][n]] for n in range(10)])
    check = 0
    for position, digit in enumerate(reversed(digits), 1):
        check = multiply[check][permute[position % 8][int(digit)]]
    return digits + str(next(d for d in range(10) if multiply[check][d] == 0))


def tax_number(corpus):
    """A German tax number: ten digits of which one stands twice, and ISO 7064's check digit."""
    while True:
        digits = corpus.random.sample(string.digits, 10)
        digits[corpus.random.randrange(1, 10)] = digits[0]
        if digits[0] != "0" and max(digits.count(d) for d in digits) == 2:
            break
    product = 10
    for digit in digits:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    number = "".join(digits) + str((11 - product) % 10)
    return corpus.one_of([number, f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"])


def address(make):
    """Not the addresses that point to nobody."""
    while True:
        text = make()
        octets = [int(part) for part in text.split(".")]
        if 0 < octets[0] < 224 and octets[0] != 127 and max(octets) > 9:
            return text


def short_six(source):
    return f"2a0{source.randrange(10)}:{source.randrange(1, 65536):x}::{source.randrange(1, 65536):x}"


def password(fake):
    while True:
        text = fake.password(length=12, special_chars=True)
        if not set("{}<>()[]|,;\"'`$%&*@=/\\") & set(text):
            return text


def cards(corpus, fake, each):
    for kind in ("visa16", "visa13", "mastercard", "amex", "discover", "diners", "jcb16", "jcb15", "maestro"):
        for _ in range(each * 2):
            number = fake.credit_card_number(card_type=kind)
            while kind == "jcb16" and not 3528 <= int(number[:4]) <= 3589:
                number = fake.credit_card_number(card_type=kind)
            if len(number) < 14:
                corpus.add("card number: {}", "payment_card", number, kind)
                continue
            sizes = (4, 6, 5) if len(number) == 15 else (4, 6, 4) if len(number) == 14 else (4, 4, 4, 4)
            parts, index = [], 0
            for size in sizes:
                parts.append(number[index:index + size])
                index += size
            written = corpus.one_of([number, " ".join(parts), "-".join(parts)])
            corpus.add(corpus.one_of(CARDS), "payment_card", written, kind)


def keys(corpus, each):
    base62 = string.ascii_letters + string.digits
    url, upper, hexadecimal = base62 + "_-", string.ascii_uppercase + "234567", "0123456789abcdef"
    formats = [
        ("api_key", "sk-ant-api03-", url, 95), ("api_key", "sk-proj-", url, 156), ("api_key", "sk-", base62, 48),
        ("api_key", "sk-or-v1-", hexadecimal, 64), ("api_key", "gsk_", base62, 52), ("api_key", "hf_", base62, 34),
        ("api_key", "ghp_", base62, 36), ("api_key", "gho_", base62, 36), ("api_key", "github_pat_", base62, 82),
        ("api_key", "glpat-", url, 20), ("api_key", "xoxb-", string.digits, 12), ("api_key", "AIza", url, 35),
        ("api_key", "wk_", base62, 54), ("api_key", "sk_live_", base62, 24), ("api_key", "npm_", base62, 36),
        ("api_key", "shpat_", hexadecimal, 32), ("cloud_credential", "AKIA", upper, 16), ("cloud_credential", "ASIA", upper, 16),
        ("cloud_credential", "dop_v1_", hexadecimal, 64), ("cloud_credential", "GOCSPX-", url, 28),
    ]
    for kind, prefix, alphabet, length in formats:
        for _ in range(each):
            body = corpus.characters(alphabet, length - 1) + corpus.characters(base62 if alphabet == url else alphabet, 1)
            if prefix == "xoxb-":
                body = f"{body}-{corpus.characters(string.digits, 12)}-{corpus.characters(base62, 24)}"
            if prefix == "wk_":
                body = body[:10] + "_" + body[10:53]
            corpus.add(corpus.one_of(KEYS), kind, prefix + body, prefix)
    for _ in range(each * 3):
        parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": corpus.characters(base62, 12), "exp": corpus.random.randrange(2**31)}]
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
        corpus.add(corpus.one_of(KEYS), "jwt", ".".join([*encoded, corpus.characters(url, 42) + "A"]), "jwt")
    for make in (
        lambda: rsa.generate_private_key(65537, 2048), lambda: ec.generate_private_key(ec.SECP256R1()),
            ed25519.Ed25519PrivateKey.generate):
        for _ in range(3):
            pem = make().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode().strip()
            corpus.add("Why does this fail?\n{}\nThanks.", "private_key", pem, "pem")
            corpus.add('{{"private_key": "{}"}}', "private_key", pem.replace("\n", "\\n"), "pem-json")


def negatives():
    """Real text: paragraphs of fortunes in five languages, and of the sources of Python's library."""
    fortunes = Path("/usr/share/games/fortunes")
    seen = set()
    for path in sorted([*fortunes.iterdir(), *(file for folder in ("de", "es", "it", "pl") for file in (fortunes / folder).glob("*"))]):
        if path.is_file() and not path.is_symlink() and path.suffix not in (".dat", ".u8"):
            for text in path.read_bytes().decode("utf-8", "replace").replace("\0", "").split("\n%\n"):
                yield path.name, text
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted([*library.glob("*.py"), *library.glob("asyncio/*.py"), *library.glob("email/*.py"), *library.glob("pydoc_data/*.py")]):
        for text in path.read_bytes().decode("utf-8", "replace").replace("\0", "").split("\n\n\n"):
            yield path.name, text


def is_judged(text):
    """Whether a text is of the half that judges; thresholds are chosen on the other."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] & 1 == 1


def is_real(kind, value):
    """Whether an address found in real text is one, by the word of another parser: real text has them, and nobody labelled it.
    Not counted either way."""
    try:
        match kind:
            case "email":
                return bool(re.fullmatch(r"[\w.+%-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}", value))
            case "ip_address":
                return bool(ipaddress.ip_address(value))
    except ValueError:
        pass
    return False
