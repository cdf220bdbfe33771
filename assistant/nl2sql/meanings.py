"""What the words of a question mean, so that two wordings of one question can be held against each other.

    "all Apple trades that earned > $1k"  ->  {trade, pnl, gt, <instruments.symbol>}, 1000

A `Thesaurus` maps words to meanings (`market/meanings.toml`; what a semantic layer adds comes after).
A `Reading` is a question as a set of meanings, with what varies taken out of it: periods, numbers with
their roles, stored values. Two things are bound, because a set would lose them: `not` belongs to the
meaning after it, and "lost the most" is one direction.

A word that nobody knows is a meaning of its own (`?word`): it is found in a question only if it stands
there. Spelling is corrected towards known words, never away from a stored value.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.domain.queries import LinkedValue
from assistant.nl2sql.numerals import NUMBER, Numeral, numeral, words_as_digits
from assistant.nl2sql.periods import Period, find_periods
from assistant.nl2sql.thesaurus import Thesaurus, nearest_word, stem

COMPARISONS = frozenset({"gt", "ge", "lt", "le"})
_WORD = re.compile(rf"⟦\w+⟧|{NUMBER}|[>=<]=?|[^\W\d_](?:[\w'&/.-]*\w)?|\d+[\w-]*")
_SYMBOLS = {">": "⟦gt⟧", ">=": "⟦ge⟧", "<": "⟦lt⟧", "<=": "⟦le⟧", "=": "equals"}
_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
_RANKS = {"most": 1, "best": 1, "least": -1, "worst": -1}
_SIGNS = {"plus": 1, "winning": 1, "minus": -1, "losing": -1}
_TOP = frozenset({"most", "least", "best", "worst", "first", "latest"})
_UNITS = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year"})


@dataclass(frozen=True, slots=True)
class Said:
    """A number of a question: what it is for, and how much it is."""

    role: str
    value: Decimal
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question says.

    Args:
        meanings: What its words mean.
        groups: The meanings that stand after `by`.
        strict: Meanings of words that also name a stored value: they are never taken for granted.
        numbers: Its numbers, in order.
        periods: Its periods, in order.
        values: The stored values that were taken out of it: column and value, in order.
        any_measure: Whether "best" or "worst" stands for profit, return, or whatever is measured.
    """

    meanings: frozenset[str]
    groups: frozenset[str] = frozenset()
    strict: frozenset[str] = frozenset()
    numbers: tuple[Said, ...] = ()
    periods: tuple[Period, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    any_measure: bool = False


def folded(text: str) -> str:
    """Return a text in lower case, with plain quotes, without possessives."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = plain.translate(_PLAIN)
    plain = re.sub(r"\bwhat's\b|\bwho's\b|\bhow's\b|\blet's\b", lambda m: m[0][:-2], plain)
    plain = re.sub(r"\b(?:one|1)[- ]day\b", "single day", plain)
    return re.sub(r"(\w)'s\b|(?<=s)'(?=\s|$)", lambda m: m[1] or "", plain)


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    stem: str
    number: Numeral | None = None


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A piece of a question and what it means; nothing for a free one."""

    meanings: tuple[str, ...]
    number: Numeral | None = None
    strict: bool = False


def meanings_of(text: str, thesaurus: Thesaurus) -> frozenset[str]:
    """Return what a few words mean, such as the name of a column; unknown words are left out."""
    tokens = [_Token(word, stem(word)) for word in _WORD.findall(text.lower())]
    found = [one for said in _phrases(tokens, thesaurus) for one in said.meanings]
    return frozenset(one for one in found if not one.startswith("?"))


def read(
    text: str,
    thesaurus: Thesaurus,
    values: Sequence[LinkedValue] = (),
    slots: Collection[str] = (),
) -> Reading:
    """Return what a question says.

    Args:
        text: The question.
        thesaurus: What words mean.
        values: The stored values that it names.
        slots: The columns, without their tables, whose values are taken out of it.
    """
    values = [one for one in values if _names(one, text, thesaurus)]
    plain, taken, named = _without_values(folded(text), values, slots)
    plain = _spelled(words_as_digits(plain), thesaurus, named)
    plain, periods = find_periods(plain)
    tokens = _tokens(plain, thesaurus)
    phrases = list(_bound(_phrases(tokens, thesaurus)))
    strict = {
        one
        for words in named
        for phrase in _phrases(_tokens(words, thesaurus), thesaurus)
        for one in phrase.meanings
    }
    numbers = tuple(_numbers(phrases))
    meanings = [one for phrase in phrases for one in phrase.meanings]
    meanings += [f"#{number.role}" for number in numbers]
    meanings += ["percentile" for number in numbers if number.role == "percentile"]
    meanings += [f"<{column}>" for column, _ in taken]
    directed, any_measure = _directed(set(meanings))
    return Reading(
        thesaurus.closed(directed),
        frozenset(_groups(phrases)),
        frozenset(strict),
        numbers,
        periods,
        taken,
        any_measure,
    )


def _without_values(
    plain: str, values: Sequence[LinkedValue], slots: Collection[str]
) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the text without the values of `slots`, those values, and the words of the others."""
    found: dict[int, tuple[int, LinkedValue]] = {}
    for value in sorted(values, key=lambda one: -len(one.text)):
        pattern = rf"(?<!\w){re.escape(folded(value.text))}(?!\w)"
        for match in re.finditer(pattern, plain):
            within = any(at <= match.start() < end for at, (end, _) in found.items())
            if bare(value.column) in slots and not within:
                found[match.start()] = match.end(), value
    taken: list[tuple[str, str]] = []
    for at, (end, value) in sorted(found.items(), reverse=True):
        taken.insert(0, (bare(value.column), value.value))
        plain = f"{plain[:at]} ⟦v{len(taken)}⟧ {plain[end:]}"
    left = [one for one in values if folded(one.text) in plain]
    return plain, tuple(taken), tuple(dict.fromkeys(folded(one.text) for one in left))


def _names(value: LinkedValue, text: str, thesaurus: Thesaurus) -> bool:
    """Return whether words name a stored value, and do not only hint at it.

    They are its own words, or mean the same, or are a name that the thesaurus does not know.
    """
    words, stored = folded(value.text), value.value.lower().replace("_", " ")
    if re.search(rf"(?<!\w){re.escape(stored)}(?!\w)", words) or words == value.value.lower():
        return True
    tokens = _tokens(words_as_digits(words), thesaurus)
    if any(token.number for token in tokens):
        return False
    means = [one for phrase in _phrases(tokens, thesaurus) for one in phrase.meanings]
    if all(one.startswith("?") for one in means):
        return bool(means)
    key = meanings_of(bare(value.column), thesaurus) & thesaurus.things
    capital = re.search(rf"(?<!^)\b{re.escape(value.text)}", text) and value.text[:1].isupper()
    return set(means) == meanings_of(stored, thesaurus) or bool(key and capital)


def bare(column: str) -> str:
    """Return a column's name without its table."""
    return column.rpartition(".")[2]


def _spelled(plain: str, thesaurus: Thesaurus, kept: Collection[str]) -> str:
    values = {word for words in kept for word in words.split()}

    def corrected(match: re.Match[str]) -> str:
        word = match[0]
        known = stem(word) in thesaurus.stems or word in thesaurus.spelled
        if known or word in values:
            return word
        return nearest_word(word, thesaurus.spelled) or word

    return re.sub(r"(?<![\w⟦'-])[a-z]{4,}(?![\w⟧'-])", corrected, plain)


def _tokens(plain: str, thesaurus: Thesaurus) -> list[_Token]:
    """Return the words of a text; one with a hyphen that nobody knows is two."""
    found = []
    for word in _WORD.findall(plain):
        whole = "-" not in word or stem(word) in thesaurus.stems or numeral(word) is not None
        found += [_token(part) for part in ([word] if whole else word.split("-")) if part]
    return found


def _token(word: str) -> _Token:
    word = _SYMBOLS.get(word, word)
    return _Token(word, stem(word), numeral(word))


def _phrases(tokens: Sequence[_Token], thesaurus: Thesaurus) -> Iterator[_Phrase]:
    """Yield the pieces of a question, the longest known phrase first."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.number is not None:
            yield _Phrase((), token.number)
            at += 1
            continue
        for length in range(min(thesaurus.longest, len(tokens) - at), 0, -1):
            piece = tuple(one.stem for one in tokens[at : at + length])
            if piece in thesaurus.says:
                yield _Phrase(thesaurus.says[piece])
                at += length
                break
        else:
            known = token.stem in thesaurus.free or token.word.startswith("⟦")
            yield _Phrase(() if known else (f"?{token.stem}",))
            at += 1


def _bound(phrases: Iterable[_Phrase]) -> Iterator[_Phrase]:
    """Yield the pieces with each `not` bound to the meaning after it."""
    negated = False
    for phrase in phrases:
        meanings = list[str]()
        for one in phrase.meanings:
            if one == "not":
                negated = not negated
            else:
                meanings.append(f"not:{one}" if negated else one)
                negated = False
        yield _Phrase(tuple(meanings), phrase.number)
    if negated:
        yield _Phrase(("not",))


def _numbers(phrases: Sequence[_Phrase]) -> Iterator[Said]:
    """Yield the numbers with what they are for, told from what stands around them."""
    for at, phrase in enumerate(phrases):
        number = phrase.number
        if number is None:
            continue
        before = [one for each in phrases[max(0, at - 3) : at] for one in each.meanings]
        after = [one for each in phrases[at + 1 : at + 4] for one in each.meanings]
        role = _role(number, before, after)
        yield Said(role, number.value, number.percent)


def _role(number: Numeral, before: Sequence[str], after: Sequence[str]) -> str:
    compared = [one for one in before[-1:] if one in COMPARISONS] or [
        one for one in after[:2] if one in {"ge", "le"}
    ]
    if "percentile" in after[:1] or "percentile" in before[-1:] or number.ordinal:
        return "percentile"
    if compared:
        return compared[0]
    if _TOP.intersection(before[-1:]) or _TOP.intersection(after[:1]):
        return "top"
    return after[0] if after and after[0] in _UNITS else "plain"


def _groups(phrases: Sequence[_Phrase]) -> Iterator[str]:
    """Yield the meanings that `by` stands before."""
    after = False
    for phrase in phrases:
        for one in phrase.meanings:
            if after and one != "by":
                yield one
            after = one == "by"


def _directed(meanings: set[str]) -> tuple[set[str], bool]:
    """Return meanings with "lost the most", "worst", "least profitable" as one direction each."""
    ranks = sorted(meanings & _RANKS.keys())
    signs = {_SIGNS[one] for one in meanings & _SIGNS.keys()}
    measured = bool(meanings & _SIGNS.keys())
    any_measure = bool(meanings & {"best", "worst"})
    found = set(meanings) | ({"pnl"} if measured else set())
    directions = {_RANKS[one] for one in ranks}
    if len(directions) == 1 and len(signs) < 2:
        [rank] = directions
        sign = min(signs, default=1)
        if rank < 0 and sign < 0 and not any_measure:
            return found, False  # the smallest loss: no direction that is sure
        upward = rank * sign > 0 or (any_measure and rank > 0 and sign > 0)
        found -= _RANKS.keys() | _SIGNS.keys()
        found.add("upmost" if upward else "downmost")
        if any_measure and sign < 0:
            found.add("downmost")
            found.discard("upmost")
    elif found & COMPARISONS and not found & {"minus", "losing"}:
        found -= {"plus", "winning"}
    return found, any_measure
