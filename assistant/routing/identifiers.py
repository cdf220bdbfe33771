"""Finds what is sensitive by its form: identifiers with their check digits, and credentials.

Where a standard has check digits they decide (IBAN: ISO 13616, modulo 97; cards: Luhn, ISO/IEC 7812;
phone numbers: the numbering plans in `phonenumbers`), so a figure of a filing is not taken for one.
Where it has none, a word beside it decides ("account 88213377").
"""

import re
from collections.abc import Callable, Iterator

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

from assistant.domain.routing import Secret
from assistant.routing.views import fold

Found = tuple[int, int, Secret]
Detector = Callable[[str], Iterator[Found]]

_EMAIL = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+|[\w.+-]{1,64} ?[\[(]at[\])] ?[\w.-]{3,64}", re.I
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_IBAN_LENGTHS = range(15, 35)
_CARD = re.compile(r"(?<![\d.,])(?:\d[ -]?){12,18}\d(?![\d.,]*\d)")
_CARD_PREFIX = re.compile(r"4|5[1-5]|2[2-7]|3[4-8]|6")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}([- .])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])")
_NEAR = r"[\w .']{0,24}?[\s:#=-]{0,4}"
_TELEPHONE = re.compile(
    r"\b(?:phone|mobile|cell|call|text|reach|tel|whatsapp|handy\w*|telefon\w*|telephone|movil|celular"
    r"|cellulare|numero)\b" + _NEAR + r"(\+?\(?\d[\d ()./-]{6,17}\d)",
    re.I,
)
_NATIONAL_ID = re.compile(
    r"\b(?:ssn|social(?: security)?(?: number)?|tin|itin|tax(?:payer)? id\w*|passport|driver'?s licen[cs]e"
    r"|national id|nino|steuer-?id\w*|ausweis\w*|reisepass\w*|dni|nif|codice fiscale|cpf|passeport)\b"
    + _NEAR
    + r"((?=[\w-]*\d{3})[\w-]{6,16})",
    re.I,
)
_ACCOUNT = re.compile(
    r"\b(?:account|acct|a/c|konto\w*|depotnummer|compte|cuenta|conto|conta)\b[ ]?"
    r"(?:number|no\.?|nr\.?|id|ending in|numero|#|:|=|nummer|num\.?)*[\s:#=-]{0,3}"
    r"((?:[A-Z]{1,4}-?)?\d[\d-]{3,18}\d)\b",
    re.I,
)
_ACCOUNT_CJK = re.compile(fold(r"(?:账户|账号|帳號|口座番号|口座)[^\d]{0,6}(\d[\d-]{3,18}\d)"))
_BORN = re.compile(
    r"\b(?:born|dob|d\.o\.b\.|date of birth|geboren|nee? le|nacid[oa]|nat[oa] il|nascid[oa])\b"
    r"[^\n]{0,12}?((?:\d{1,4}[ ./-]){1,2}?(?:\w+[ ,./-]+)?\d{2,4})",
    re.I,
)
_ADDRESS = re.compile(
    r"\b\d{1,5}[a-z]? (?:[A-Z][\w'.-]+ ){1,3}(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|court|ct"
    r"|boulevard|blvd|square|terrace|close|way|place|crescent)\b(?! capital| partners)"
    r"|\b[A-Z][\w'.-]*(?:stra(?:ss|ß)e|str\.|weg|platz|gasse) \d{1,4}[a-z]?\b",
    re.I,
)
_KEYS = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:live|test|or|ant|proj)?[-_\w]{12,}|\bAKIA[0-9A-Z]{12,20}\b"
    r"|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{20,}"
    r"|\bglpat-[\w-]{16,}|\bhf_\w{20,}|\bwhsec_\w{8,}|\bya29\.[\w-]{16,}"
    r"|\beyJ[\w-]{6,}\.[\w-]{6,}\.?[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b[a-z][a-z0-9+.-]{2,16}://[^\s/:@]+:[^\s/@]+@\S+"
)
_GUARDED = fold(
    r"(?:pass(?:word|wd|phrase|code)?|pwd|pw|pin|secret(?:[ _-]?(?:access[ _-]?)?key)?|(?:\w+[ _-])?api[ _-]?key"
    r"|token|bearer|credentials?|passwort|kennwort|mot de passe|contrasena|clave|senha|parola d'ordine"
    r"|密码|密碼|パスワード|暗証番号)"
)
_GIVEN_SECRET = re.compile(
    r"(?<![A-Za-z])" + _GUARDED + r"(?![A-Za-z])(?: (?:for|of|to) [\w .'-]{1,40}?)?"
    r"\s*(?:is|=|:|->|ist|est|es|e|are|was|to|は|是|为)\s*[\"'`]?((?=\S*(?:\d|[@#$%^&*!_]\w|(?-i:[a-z][A-Z])))\S{4,})",
    re.I,
)
_BESIDE_SECRET = re.compile(
    r"(?<![A-Za-z])(?:pass(?:word|wd)?|pwd|pw|pin|token|secret|key|login|passwort|bearer)\b[ :=]{1,2}[\"'`(]?"
    r"((?=\S*\d)(?=\S*[A-Za-z$@!#%&*])\S{5,}|\d{4,8}\b)",
    re.I,
)
_LOGIN_PAIR = re.compile(
    r"\b([\w.-]{2,24}(?:[/:]| / )(?=\S*\d)(?=\S*[a-zA-Z])(?=\S*[!@#$%^&*?])[^\s/]{6,})"
)
_MIN_PHONE_DIGITS = 7


def identifiers(text: str) -> Iterator[Found]:
    """Yield every identifier and credential of a folded text (see `routing.views`)."""
    for detector in DETECTORS:
        yield from detector(text)


def _emails(text: str) -> Iterator[Found]:
    if "@" in text or "at" in text:
        yield from _whole(_EMAIL, Secret.EMAIL, text)


def _ibans(text: str) -> Iterator[Found]:
    for found in _IBAN.finditer(text):
        for end in _word_ends(found):
            if _is_iban(text[found.start() : end]):
                yield found.start(), end, Secret.IBAN
                break


def _word_ends(found: re.Match[str]) -> Iterator[int]:
    """Yield where the match may end, longest first: an IBAN may be followed by a word."""
    yield found.end()
    for gap in reversed(list(re.finditer(r"[ -]", found[0]))):
        yield found.start() + gap.start()


def _is_iban(written: str) -> bool:
    code = re.sub(r"[ -]", "", written).upper()
    if len(code) not in _IBAN_LENGTHS:
        return False
    return int("".join(str(int(letter, 36)) for letter in code[4:] + code[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Found]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if _CARD_PREFIX.match(digits) and _luhn(digits):
            yield found.start(), found.end(), Secret.CARD


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0 and len(set(digits)) > 1


def _phones(text: str) -> Iterator[Found]:
    if sum(map(str.isdecimal, text)) < _MIN_PHONE_DIGITS:
        return
    yield from _first_group(_TELEPHONE, Secret.PHONE, text)
    if "+" in text:
        for found in PhoneNumberMatcher(text, None, Leniency.POSSIBLE):
            yield found.start, found.end, Secret.PHONE
    for found in PhoneNumberMatcher(text, "US", Leniency.STRICT_GROUPING):
        if phonenumbers.is_valid_number(found.number) and not found.raw_string.isdecimal():
            yield found.start, found.end, Secret.PHONE


def _national_ids(text: str) -> Iterator[Found]:
    yield from _whole(_SSN, Secret.NATIONAL_ID, text)
    yield from _first_group(_NATIONAL_ID, Secret.NATIONAL_ID, text)


def _accounts(text: str) -> Iterator[Found]:
    yield from _first_group(_ACCOUNT, Secret.ACCOUNT_NUMBER, text)
    yield from _first_group(_ACCOUNT_CJK, Secret.ACCOUNT_NUMBER, text)


def _births(text: str) -> Iterator[Found]:
    yield from _first_group(_BORN, Secret.PERSON, text)


def _addresses(text: str) -> Iterator[Found]:
    yield from _whole(_ADDRESS, Secret.ADDRESS, text)


def _credentials(text: str) -> Iterator[Found]:
    yield from _whole(_KEYS, Secret.CREDENTIAL, text)
    for pattern in (_GIVEN_SECRET, _BESIDE_SECRET, _LOGIN_PAIR):
        yield from _first_group(pattern, Secret.CREDENTIAL, text)


def _whole(pattern: re.Pattern[str], kind: Secret, text: str) -> Iterator[Found]:
    for found in pattern.finditer(text):
        yield found.start(), found.end(), kind


def _first_group(pattern: re.Pattern[str], kind: Secret, text: str) -> Iterator[Found]:
    for found in pattern.finditer(text):
        yield found.start(1), found.end(1), kind


DETECTORS: tuple[Detector, ...] = (
    _emails,
    _ibans,
    _cards,
    _phones,
    _national_ids,
    _accounts,
    _births,
    _addresses,
    _credentials,
)
