"""Finds the companies that a question names among those of the catalogue.

    filings ── grouped into companies ── names (printed, short, former, ticker) ── question

Names come from the filings' own covers. A question may also use a short form that a name explains:
its first words ("MGM Resorts"), its letters run together ("Footlocker"), its initials ("J&J",
"JnJ"), the beginnings of its words ("AmEx"), or the name with a typing error. The strongest kind of
match wins, so that "American Express" is not also taken for "American Water".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.domain.filings import Filing
from assistant.rag.words import word_list

_SUFFIXES = word_list("suffixes")
_COMMON = word_list("common")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9&.'\u2019]*")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_LONG_ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the catalogue.

    Args:
        name: As its newest filing prints it.
        names: Every name its filings give it, suffixes and all.
        tickers: Symbols of its stock.
        filings: Ids of its filings.
    """

    name: str
    names: tuple[str, ...]
    tickers: tuple[str, ...]
    filings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Companies that a text names, and the words that name them."""

    companies: tuple[Company, ...] = ()
    words: frozenset[str] = frozenset()


def directory(filings: Iterable[Filing]) -> tuple[Company, ...]:
    """Return the companies of these filings, newest name first."""
    groups: dict[str, list[Filing]] = defaultdict(list)
    keys: dict[str, str] = {}
    for filing in filings:
        cover = filing.cover
        name = cover.company or _spoken(filing.name)
        own = [_joined(_core(name)), cover.cik and f"cik {cover.cik}", f"${cover.ticker}"]
        known = [key for key in own if key and key != "$"]
        group = next((keys[key] for key in known if key in keys), known[0] if known else name)
        keys |= dict.fromkeys(known, group)
        groups[group].append(filing)
    return tuple(map(_company, groups.values()))


def named(text: str, companies: Sequence[Company]) -> Named:
    """Return the companies that a text names, in the catalogue's order."""
    tokens = tuple(_POSSESSIVE.sub("", token) for token in _TOKEN.findall(text))
    best: dict[int, tuple[int, Company, tuple[str, ...]]] = {}
    for company in companies:
        for start, size, strength in _matches(tokens, company):
            for place in range(start, start + size):
                if place not in best or strength > best[place][0]:
                    best[place] = (strength, company, tokens[start : start + size])
    found = [entry for entry in best.values() if entry[0] > 0]
    if any(strength > _TYPING_ERROR for strength, _, _ in found):
        found = [entry for entry in found if entry[0] > _TYPING_ERROR]
    words = frozenset(word.lower() for _, _, said in found for word in said)
    chosen = {company for _, company, _ in found}
    return Named(tuple(company for company in companies if company in chosen), words)


_TYPING_ERROR, _SHORT, _BEGINNING, _WHOLE = 1, 2, 3, 10


def _matches(tokens: tuple[str, ...], company: Company) -> Iterator[tuple[int, int, int]]:
    """Yield where a company is named: first token, number of tokens, strength."""
    forms = _forms(company)
    for start in range(len(tokens)):
        for size in range(min(forms.longest, len(tokens) - start), 0, -1):
            said = tokens[start : start + size]
            strength = _strength(said, forms)
            if strength:
                yield start, size, strength
                break


@dataclass(frozen=True, slots=True)
class _Forms:
    """What a company may be called: joined letters -> how strong that is."""

    joined: dict[str, int]
    cores: tuple[tuple[str, ...], ...]
    tickers: frozenset[str]
    longest: int


@lru_cache(maxsize=4096)
def _forms(company: Company) -> _Forms:
    joined: dict[str, int] = {}
    cores = tuple(dict.fromkeys(core for name in company.names if (core := _core(name))))
    for core in cores:
        joined[_joined(core)] = _WHOLE + len(core)
        for size in range(len(core) - 1, 0, -1):
            if size > 1 or core[0] not in _COMMON:
                joined.setdefault(_joined(core[:size]), _BEGINNING + size)
        for short in _initials(core):
            joined.setdefault(short, _SHORT)
    longest = max((len(core) for core in cores), default=1) + 1
    return _Forms(joined, cores, frozenset(company.tickers), longest)


def _strength(said: tuple[str, ...], forms: _Forms) -> int:
    joined = _joined(said)
    found = forms.joined.get(joined, 0)
    if found and (len(said) > 1 or _is_name(said[0], joined)):
        return found
    if len(said) > 1:
        return _TYPING_ERROR if _mistyped(joined, forms) else 0
    word = said[0]
    if word in forms.tickers and word.isupper():
        return _WHOLE
    if any(_blended(joined, core) for core in forms.cores):
        return _SHORT
    return _TYPING_ERROR if _mistyped(joined, forms) else 0


def _is_name(word: str, joined: str) -> bool:
    """Whether a single word can be meant as a name: written with a capital, or no common word."""
    return not word.islower() or (len(joined) > _LONG_ENOUGH and joined not in _COMMON)


def _initials(core: tuple[str, ...]) -> Iterator[str]:
    """Yield "jj", "jnj", "jandj" for Johnson & Johnson; "gm" for General Motors."""
    words = [word for word in core if word not in ("&", "and")]
    if len(words) < 2:
        return
    letters = [word[0] for word in words]
    if len(words) > 2 or len(words) < len(core):
        yield "".join(letters)
    if len(words) < len(core):
        yield "n".join(letters)
        yield "and".join(letters)


def _blended(word: str, core: tuple[str, ...]) -> bool:
    """Whether a word is made of the beginnings of all words of a name: "amex", "fedex"."""
    if len(core) < 2 or len(word) < _LONG_ENOUGH or len(word) > 8:
        return False
    rests = {word}
    for part in core:
        rests = {
            rest[size:]
            for rest in rests
            for size in range(2, min(len(part), len(rest)) + 1)
            if rest.startswith(part[:size])
        }
    return "" in rests


def _mistyped(joined: str, forms: _Forms) -> bool:
    if len(joined) < 6:
        return False
    allowed = 1 if len(joined) < 9 else 2
    return any(
        strength > _WHOLE and name[0] == joined[0] and _within(joined, name, allowed)
        for name, strength in forms.joined.items()
    )


def _within(a: str, b: str, allowed: int) -> bool:
    """Whether at most `allowed` insertions, deletions and substitutions part two words."""
    if abs(len(a) - len(b)) > allowed:
        return False
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
        if min(row) > allowed:
            return False
    return row[-1] <= allowed


def _company(filings: list[Filing]) -> Company:
    names = dict.fromkeys(filing.cover.company or _spoken(filing.name) for filing in filings)
    names |= dict.fromkeys(other for filing in filings for other in filing.cover.other_names)
    tickers = dict.fromkeys(f.cover.ticker for f in filings if f.cover.ticker)
    ids = tuple(filing.id for filing in filings)
    return Company(next(iter(names)), tuple(names), tuple(tickers), ids)


def _spoken(name: str) -> str:
    return re.sub(r"[_\-.\s]+", " ", name).strip()


def _core(name: str) -> tuple[str, ...]:
    """Return the words of a name without suffixes: "AMAZON.COM, INC." -> ("amazon",)."""
    lowered = re.sub(r"\.com\b", "", name.lower().replace("\u2019", "'"))
    lowered = re.sub(r"/[a-z]{2,3}/?$", "", lowered)
    words = [word.strip(".,'") for word in re.findall(r"[a-z0-9&.'!-]+", lowered)]
    words = [word for word in words if word]
    while len(words) > 1 and (words[-1].replace(".", "") in _SUFFIXES or words[-1] in ("&", "and")):
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return tuple(words)


def _joined(words: Iterable[str]) -> str:
    return re.sub(r"[^a-z0-9]", "", "".join(words).lower())
