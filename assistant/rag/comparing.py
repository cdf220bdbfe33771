"""Reads which figures of which companies and periods a question compares, as a plan of cells.

    text ── names, periods, figures and instructions taken out ── only plain words left? ── cells

"Compare gross margin of A and B in 2023 and 2024" is four questions: two companies, two years. A
word that the lists do not know ("Gaming revenue", "adjusted") would change what is asked, so then
there is no comparison and the question is read as any other. A company that no filing is of keeps
its row, whose cells are not found.
"""

import re
from collections.abc import Sequence

from assistant.domain.comparisons import Comparison
from assistant.domain.filings import Filing
from assistant.printed.fiscal import AskedPeriod, asked_periods
from assistant.rag.asking import Shape, read_ask
from assistant.rag.companies import Company, directory, named
from assistant.rag.line_items import Term, find_terms
from assistant.rag.periods import periods, without_periods
from assistant.rag.planned_cells import (
    GROWTH,
    SCALED,
    Column,
    Read,
    Row,
    columns_of,
    planned,
    question_of,
)
from assistant.rag.reading import without_instructions
from assistant.rag.words import word_list

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_LAST = re.compile(
    r"\b(?:last|past|previous|latest|most recent)\s+(?:(?P<n>[2-9]|two|three|four|five|six)\s+)"
    r"(?:fiscal\s+)?years\b",
    re.I,
)
_GROWTH_BEHIND = re.compile(r"\s+(?:" + GROWTH.pattern + ")", re.I)
_MARGIN = re.compile(r"\s*(?:%|percent(?:age)?)?\s*margins?\b", re.I)
_SHARE = re.compile(
    r"\s*\(?\s*(?:as\s+an?\s+(?:%|percent(?:age)?|share)\s+of|divided\s+by)\s+"
    r"(?:(?:its|their|the|total|net)\s+)*",
    re.I,
)
_EVERY = re.compile(
    r"^\W*(?:which|what)\s+(?:company|companies|firms?|filers?)\b|\b(?:all|every|each)\s+(?:the\s+)?(?:company|companies|firms?|filers?)\b",
    re.I,
)
_NAME = re.compile(r"(?:[A-Z][\w&.'\u2019-]*)(?:\s+(?:[A-Z][\w&.'\u2019-]*|&))*")
_LISTED_BEFORE = re.compile(
    r"(?:\b(?:and|or|vs\.?|versus|with|to|than|against|compare|between|of)|,|_)\s*$", re.I
)
_LISTED_AFTER = re.compile(r"\s*(?:['\u2019]s?\s)?\s*(?:,|\b(?:and|or|vs|versus)\b)", re.I)
_BESIDE_KNOWN = re.compile(r"_['\u2019s]*\s*(?:,|\b(?:and|or|vs\.?|versus|,\s*and))\s*$", re.I)
_LEFT = re.compile(r"[A-Za-z][\w&'\u2019-]*|\d[\d.,]*")
_MARK = "_"  # stands for a letter that was read
_READ_SHAPES = frozenset({Shape.VALUE, Shape.GROWTH, Shape.CHANGE, Shape.AVERAGE, Shape.CAGR})


def read_comparison(text: str, filings: Sequence[Filing]) -> Comparison | None:
    """Return what a question compares; None when it compares nothing that is understood.

    Args:
        text: The question, stand-alone.
        filings: The filings that may answer.
    """
    read = _taken_apart(text, filings)
    if read is None or not _is_comparison(read) or _strange(read.rest):
        return None
    columns = columns_of(read)
    if not all(_is_asked(metric, columns) for metric in read.metrics):
        return None
    return planned(read, columns, filings)


def _taken_apart(text: str, filings: Sequence[Filing]) -> Read | None:
    asked = without_instructions(text)
    companies = directory(filings)
    said = named(asked, companies)
    rest = _blank_words(asked, said.words)
    terms = _joined(rest, find_terms(rest))
    if not terms:
        return None
    metrics = tuple(dict.fromkeys(" ".join(rest[start:end].split()) for start, end in terms))
    for start, end in terms:
        rest = _blank(rest, start, end)
    rows = [Row(one.name, one) for one in _in_order(asked, said.companies)]
    rest, unknown = _unknown(rest)
    rows += [Row(name, None) for name in unknown]
    if not rows and _EVERY.search(asked):
        rows = [Row(one.name, one) for one in companies]
    growth = GROWTH.search(rest)
    if growth:
        metrics = tuple(_grown(metric, growth.group().lower()) for metric in metrics)
        rest = _blank(rest, *growth.span())
    return Read(text, asked, tuple(rows), metrics, _periods(asked, rows, filings), rest)


def _is_comparison(read: Read) -> bool:
    """Whether a question asks for more than one cell, and for nothing else that is understood."""
    if not any(row.company for row in read.rows):
        return False
    if len(read.rows) > 1:
        return bool(read.periods)
    ask = read_ask(read.text)
    return len(read.periods) * len(read.metrics) > 1 and (ask is None or ask.shape is Shape.VALUE)


def _strange(rest: str) -> bool:
    """Whether a word is left that may change what is asked."""
    left = _LEFT.findall(without_periods(_LAST.sub(" ", SCALED.sub(" ", rest))))
    plain = word_list("comparing")
    return any(word.lower().strip("_'\u2019") not in plain for word in left if word.strip("_"))


def _is_asked(metric: str, columns: Sequence[Column]) -> bool:
    ask = read_ask(question_of(metric, columns[0], ""))
    return ask is not None and ask.shape in _READ_SHAPES


def _grown(metric: str, growth: str) -> str:
    return metric if GROWTH.search(metric) else f"{metric} {growth}"


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + _MARK * (end - start) + text[end:]


def _blank_words(text: str, words: frozenset[str]) -> str:
    """Blank the words that name companies, with the s of a possessive."""
    return re.sub(
        r"[A-Za-z0-9][A-Za-z0-9&.'\u2019]*",
        lambda match: (
            _MARK * len(match.group())
            if re.sub(r"['\u2019]s?$", "", match.group()).lower() in words
            else match.group()
        ),
        text,
    )


def _joined(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Return where the figures stand; "capex as a percentage of revenue" is one figure."""
    places: list[tuple[int, int]] = []
    for term in terms:
        margin = _MARGIN.match(text, term.end)
        end = margin.end() if margin else term.end
        grown = _GROWTH_BEHIND.match(text, end)
        end = grown.end() if grown else end
        if places and _SHARE.fullmatch(text[places[-1][1] : term.start]):
            places[-1] = (places[-1][0], end)
        else:
            places.append((term.start, end))
    return places


def _in_order(text: str, companies: Sequence[Company]) -> list[Company]:
    """Return companies in the order in which the text names them, as far as it can be seen."""
    low = text.lower()

    def place(company: Company) -> int:
        firsts = [re.findall(r"[a-z0-9]+", name.lower())[:1] for name in company.names]
        known = [first for words in firsts for first in words] + [*map(str.lower, company.tickers)]
        return min((at for name in known if (at := low.find(name)) >= 0), default=len(low))

    return sorted(companies, key=place)


def _unknown(rest: str) -> tuple[str, list[str]]:
    """Return the names listed beside the known ones that no filing is of, and the text without them."""
    found: list[str] = []
    for match in list(_NAME.finditer(rest)):
        name = re.sub(r"['\u2019]s?$|[.,]$", "", match.group())
        before, after = rest[: match.start()], rest[match.end() :]
        listed = _LISTED_BEFORE.search(before) or _LISTED_AFTER.match(after)
        plain = all(word.lower() in word_list("comparing") for word in name.split())
        beside = _BESIDE_KNOWN.search(before) or re.search(r"['\u2019]s?$", match.group())
        narrows = re.match(r"\s*_", after) and not beside
        if before.strip() and listed and not plain and not narrows and not _is_period(name):
            found.append(name)
            rest = _blank(rest, match.start(), match.end())
    return rest, found


def _is_period(name: str) -> bool:
    return not without_periods(name).strip() or bool(re.fullmatch(r"FY|Q[1-4]|CY", name))


def _periods(text: str, rows: Sequence[Row], filings: Sequence[Filing]) -> tuple[AskedPeriod, ...]:
    """Return the periods asked for; without any, the newest year that every company has filed."""
    read = periods(text)
    if read.quarter:
        return tuple(asked_periods(text)) or tuple(
            AskedPeriod(year, read.quarter) for year in read.years
        )
    if read.years:
        return tuple(AskedPeriod(year) for year in read.years)
    newest = _newest(rows, filings)
    last = _LAST.search(text)
    if newest == 0:
        return ()
    count = _count(last["n"]) if last else 1
    return tuple(AskedPeriod(year) for year in range(newest - count + 1, newest + 1))


def _count(written: str) -> int:
    return _NUMBERS.get(written.lower()) or int(written)


def _newest(rows: Sequence[Row], filings: Sequence[Filing]) -> int:
    years = [
        max(
            (one.cover.fiscal_year or 0 for one in filings if one.id in row.company.filings),
            default=0,
        )
        for row in rows
        if row.company
    ]
    return min((year for year in years if year), default=0)
