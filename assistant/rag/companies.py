"""Finds the companies that a question names among those of the catalogue.

    filings ── grouped into companies ── names (printed, short, former, ticker) ── question

Names come from the filings' own covers. A question may also use a short form that a name explains:
its first words ("MGM Resorts"), its letters run together ("Footlocker"), its initials ("J&J",
"JnJ"), the beginnings of its words ("AmEx"), or the name with a typing error. The strongest kind of
match wins, so that "American Express" is not also taken for "American Water".
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from assistant.domain.filings import Filing
from assistant.domain.understanding import SharedName
from assistant.rag.words import word_list

_SUFFIXES = word_list("suffixes")
_COMMON = word_list("common")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9&.'\u2019]*")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_LONG_ENOUGH = 4
_LONGEST_BLEND = 8
_TYPED = 6  # letters of a name that may be mistyped once
_TYPED_LONG = 9  # letters of a name that may be mistyped twice
_NAMES = 16_384  # names whose reading is kept


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

    def __hash__(self) -> int:
        """Return the hash of its name, which is enough: a directory holds a name once."""
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Named:
    """Companies that a text names, the words that name them, and names that several have."""

    companies: tuple[Company, ...] = ()
    words: frozenset[str] = frozenset()
    shared: tuple[SharedName, ...] = ()


class _Directories:
    """The companies of the lists of filings asked for last.

    A list that is asked for again holds the same objects, so comparing it costs microseconds;
    grouping thousands of filings costs tens of milliseconds, and every question needs it.
    """

    def __init__(self, most: int) -> None:
        self._made: deque[tuple[tuple[Filing, ...], tuple[Company, ...]]] = deque(maxlen=most)

    def of(self, filings: tuple[Filing, ...]) -> tuple[Company, ...]:
        """Return the companies of these filings."""
        for known, companies in self._made:
            if known == filings:
                return companies
        companies = _grouped(filings)
        self._made.appendleft((filings, companies))
        return companies


_directories = _Directories(8)


def directory(filings: Iterable[Filing]) -> tuple[Company, ...]:
    """Return the companies of these filings, newest name first."""
    return _directories.of(tuple(filings))


def _grouped(filings: Iterable[Filing]) -> tuple[Company, ...]:
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
    places = list(_TOKEN.finditer(text))
    tokens = tuple(_POSSESSIVE.sub("", place.group()) for place in places)
    forms = _forms(tuple(companies))
    typed_low = text.islower()
    found = list(_said(tokens, forms, typed_low)) or list(_mistyped(tokens, forms))
    best: dict[int, _Said] = {}
    for said in found:
        for place in range(said.start, said.start + said.size):
            if place not in best or said.strength > best[place].strength:
                best[place] = said
    words = {tokens[place].lower() for place in best}
    chosen = {company for said in best.values() for company in said.companies}
    shared = tuple(_shared(said, places, tokens) for said in _undecided(best.values()))
    return Named(tuple(one for one in companies if one in chosen), frozenset(words), shared)


def name_spans(text: str, words: frozenset[str]) -> list[tuple[int, int]]:
    """Return where the words that name companies stand, neighbours together, possessives included."""
    merged: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        if _POSSESSIVE.sub("", token.group()).lower() not in words:
            continue
        if merged and text[merged[-1][1] : token.start()].isspace():
            merged[-1] = (merged[-1][0], token.end())
        else:
            merged.append(token.span())
    return merged


def spoken_name(name: str) -> str:
    """Return a printed name as a sentence writes it: "ACME FOODS, INC." -> "Acme Foods"."""
    words = re.sub(r",\s*(?=\S+$)", " ", " ".join(name.split())).split()
    while len(words) > 1 and words[-1].replace(".", "").lower() in _SUFFIXES:
        words.pop()
    spoken = " ".join(words)
    return spoken.title() if spoken.isupper() and len(words) > 1 else spoken


_SHORT, _BEGINNING, _WHOLE = 2, 3, 10


class _Said(NamedTuple):
    """Where a text names companies: first token, number of tokens, how strongly, which."""

    start: int
    size: int
    strength: int
    companies: tuple[Company, ...]


_Meant = tuple[int, dict["Company", None]]


@dataclass(frozen=True)
class _Forms:
    """What the companies may be called.

    Args:
        joined: Letters run together -> strength and the companies so called, in order.
        whole: Full names run together, by their first letter, for typing errors.
        cores: Words of names that a blend may be made of.
        tickers: Symbol -> companies.
        longest: Words of the longest name.
    """

    joined: dict[str, _Meant]
    whole: dict[str, list[str]]
    cores: tuple[tuple[tuple[str, ...], Company], ...]
    tickers: dict[str, tuple[Company, ...]]
    longest: int


@lru_cache(maxsize=16)
def _forms(companies: tuple[Company, ...]) -> _Forms:
    """Return the names of these companies; linear, as a batch that is read changes them often."""
    joined: dict[str, _Meant] = {}
    whole: dict[str, list[str]] = defaultdict(list)
    tickers: dict[str, tuple[Company, ...]] = {}
    cores: dict[tuple[tuple[str, ...], Company], None] = {}
    for company in companies:
        for ticker in company.tickers:
            tickers[ticker] = (*tickers.get(ticker, ()), company)
        for core in dict.fromkeys(core for name in company.names if (core := _core(name))):
            cores[core, company] = None
            for form, strength in _called(core):
                _add(joined, form, strength, company)
                if strength >= _WHOLE and len(form) >= _TYPED:
                    whole[form[0]].append(form)
    longest = max((len(core) for core, _ in cores), default=1) + 1
    return _Forms(joined, whole, tuple(cores), tickers, longest)


@lru_cache(maxsize=_NAMES)
def _called(core: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Return what a name may be called, each with how strongly it means the name."""
    begun = [
        (_joined(core[:size]), _BEGINNING + size)
        for size in range(len(core) - 1, 0, -1)
        if size > 1 or core[0] not in _COMMON
    ]
    initials = [(short, _SHORT) for short in _initials(core)]
    return ((_joined(core), _WHOLE + len(core)), *begun, *initials)


def _add(joined: dict[str, _Meant], form: str, strength: int, company: Company) -> None:
    """Keep the strongest meaning of a form; companies that share it equally share it."""
    known, sharing = joined.get(form, (0, {}))
    if strength > known:
        joined[form] = (strength, {company: None})
    elif strength == known:
        sharing[company] = None


def _said(tokens: tuple[str, ...], forms: _Forms, typed_low: bool) -> Iterator[_Said]:
    for start, token in enumerate(tokens):
        for size in range(min(forms.longest, len(tokens) - start), 0, -1):
            joined = _joined(tokens[start : start + size])
            strength, companies = _meaning(joined, forms)
            low = typed_low and strength >= _WHOLE
            if strength and (size > 1 or low or _is_name(token, joined)):
                yield _Said(start, size, strength, companies)
                break
        else:
            yield from _symbol(start, token, forms)


def _undecided(best: Iterable[_Said]) -> list[_Said]:
    """Return the names of several companies, none of which is named alone elsewhere."""
    said = list(dict.fromkeys(best))
    alone = {one.companies[0] for one in said if len(one.companies) == 1}
    return [one for one in said if len(one.companies) > 1 and not alone & set(one.companies)]


def _shared(said: _Said, places: Sequence[re.Match[str]], tokens: Sequence[str]) -> SharedName:
    last = said.start + said.size - 1
    end = places[last].start() + len(tokens[last])
    names = tuple(company.name for company in said.companies)
    return SharedName(places[said.start].start(), end, names)


def _meaning(joined: str, forms: _Forms) -> tuple[int, tuple[Company, ...]]:
    """Return what letters stand for, also with the s of a possessive written without its mark."""
    strength, companies = forms.joined.get(joined) or forms.joined.get(
        joined.removesuffix("s"), (0, {})
    )
    return strength, tuple(companies)


def _symbol(start: int, token: str, forms: _Forms) -> Iterator[_Said]:
    """Yield what a ticker or a blend of a name's beginnings stands for."""
    if token.isupper() and token in forms.tickers:
        yield _Said(start, 1, _WHOLE, forms.tickers[token])
    elif _LONG_ENOUGH <= len(token) <= _LONGEST_BLEND and not token.islower():
        meant = tuple(one for core, one in forms.cores if _blended(token.lower(), core))
        if meant:
            yield _Said(start, 1, _SHORT, meant)


def _mistyped(tokens: tuple[str, ...], forms: _Forms) -> Iterator[_Said]:
    """Yield full names that a text holds with one typing error, or two in a long name."""
    for start in range(len(tokens)):
        for size in range(min(forms.longest, len(tokens) - start), 0, -1):
            joined = _joined(tokens[start : start + size])
            if len(joined) < _TYPED:
                break
            allowed = 1 if len(joined) < _TYPED_LONG else 2
            for name in forms.whole.get(joined[0], []):
                if joined != name and _within(joined, name, allowed):
                    yield _Said(start, size, _SHORT, tuple(forms.joined[name][1]))


def _is_name(word: str, joined: str) -> bool:
    """Whether a single word can be meant as a name: written with a capital, or no common word.

    A question typed without any capital is taken at its word.
    """
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
    if len(core) < 2 or word[0] != core[0][0]:
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


def _within(a: str, b: str, allowed: int) -> bool:
    """Whether at most `allowed` insertions, deletions and substitutions part two words."""
    if abs(len(a) - len(b)) > allowed or not _share_a_piece(a, b, allowed):
        return False
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
        if min(row) > allowed:
            return False
    return row[-1] <= allowed


def _share_a_piece(a: str, b: str, allowed: int) -> bool:
    """Whether one of `allowed + 1` pieces of `b` stands in `a`: so many edits leave one untouched.

    It spares nearly all names of a large catalogue the full comparison.
    """
    size = len(b) // (allowed + 1)
    return any(b[at * size : (at + 1) * size] in a for at in range(allowed + 1))


def _company(filings: list[Filing]) -> Company:
    names = dict.fromkeys(filing.cover.company or _spoken(filing.name) for filing in filings)
    names |= dict.fromkeys(other for filing in filings for other in filing.cover.other_names)
    tickers = dict.fromkeys(f.cover.ticker for f in filings if f.cover.ticker)
    ids = tuple(filing.id for filing in filings)
    return Company(next(iter(names)), tuple(names), tuple(tickers), ids)


@lru_cache(maxsize=_NAMES)
def _spoken(name: str) -> str:
    return re.sub(r"[_\-.\s]+", " ", name).strip()


@lru_cache(maxsize=_NAMES)
def _core(name: str) -> tuple[str, ...]:
    """Return the words of a name without suffixes: "AMAZON.COM, INC." -> ("amazon",)."""
    lowered = re.sub(r"\.com\b|'s\b", "", name.lower().replace("\u2019", "'"))
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
