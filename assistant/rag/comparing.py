"""Reads which figures of which companies and periods a question compares, as a plan of cells.

    text ── names, periods, figures and instructions taken out ── only plain words left? ── cells

"Compare gross margin of A and B in 2023 and 2024" is four questions: two companies, two years. A
word that the lists do not know ("Gaming revenue", "adjusted") would change what is asked, so then
there is no comparison and the question is read as any other. A company that no filing is of keeps
its row, whose cells are not found.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.domain.comparisons import CellQuestion, CellSearch, Comparison
from assistant.domain.filings import Filing
from assistant.rag.asking import Shape, read_ask
from assistant.rag.companies import Company, directory, named
from assistant.rag.documents import choose
from assistant.rag.fiscal import AskedPeriod, asked_periods
from assistant.rag.line_items import Term, find_terms
from assistant.rag.periods import periods, without_periods
from assistant.rag.reading import read_question, without_instructions
from assistant.rag.words import word_list

_MOST_ROWS = 12
_MOST_COLUMNS = 10
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_LAST = re.compile(
    r"\b(?:last|past|previous|latest|most recent)\s+(?:(?P<n>[2-9]|two|three|four|five|six)\s+)"
    r"(?:fiscal\s+)?years\b",
    re.I,
)
_SPAN = re.compile(r"\b(?:from|between|over|through)\b|\d\s*[-\u2013]\s*(?:FY\s*)?\d", re.I)
_GROWTH = re.compile(
    r"\b(?:(?:annual|yearly|year[\s-](?:over|on)[\s-]year|yoy|percent(?:age)?)\s+)?"
    r"(?:growth(?:\s+rates?)?|cagr|average)\b|\b(?:yoy|year[\s-](?:over|on)[\s-]year)\b",
    re.I,
)
_MARGIN = re.compile(r"\s*(?:%|percent(?:age)?)?\s*margins?\b", re.I)
_SHARE = re.compile(
    r"\s*\(?\s*(?:as\s+an?\s+(?:%|percent(?:age)?|share)\s+of|divided\s+by)\s+"
    r"(?:(?:its|their|the|total|net)\s+)*",
    re.I,
)
_HIGHEST = re.compile(
    r"\b(?:highest|largest|biggest|greatest|higher|larger|bigger|more|most)\b", re.I
)
_LOWEST = re.compile(r"\b(?:lowest|smallest|lower|smaller|less|least)\b", re.I)
_EVERY = re.compile(
    r"^\W*(?:which|what)\s+(?:company|companies|firms?|filers?)\b|\b(?:all|every|each)\s+(?:the\s+)?(?:company|companies|firms?|filers?)\b",
    re.I,
)
_SCALED = re.compile(
    r"\bin\s+(?:usd\s+|us\s+)?(?:\$\s*|dollars?\s+)?(?:thousand|million|billion)s?\b", re.I
)
_ROUNDED = re.compile(
    r"\b(?:one|two|three|four|[1-4])\s+(?:decimal|digit)s?\b|\bnearest\s+(?:whole|million|billion|percent)",
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


@dataclass(frozen=True, slots=True)
class _Row:
    """A company compared; without filings where the catalogue has none of it."""

    name: str
    company: Company | None


@dataclass(frozen=True, slots=True)
class _Column:
    """A time compared: how it is headed, and how a question names it."""

    name: str
    asked: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A question taken apart. `rest` is its text with everything that was read blanked."""

    text: str
    rows: tuple[_Row, ...]
    metrics: tuple[str, ...]
    periods: tuple[AskedPeriod, ...]
    rest: str


def read_comparison(text: str, filings: Sequence[Filing]) -> Comparison | None:
    """Return what a question compares; None when it compares nothing that is understood.

    Args:
        text: The question, stand-alone.
        filings: The filings that may answer.
    """
    read = _taken_apart(text, filings)
    if read is None or not _is_comparison(read) or _strange(read.rest):
        return None
    columns = _columns(read)
    if not all(_is_asked(metric, columns) for metric in read.metrics):
        return None
    return _planned(read, columns, filings)


def _taken_apart(text: str, filings: Sequence[Filing]) -> _Read | None:
    asked = without_instructions(text)
    companies = directory(filings)
    said = named(asked, companies)
    rest = _blank_words(asked, said.words)
    terms = _joined(rest, find_terms(rest))
    if not terms:
        return None
    metrics = tuple(dict.fromkeys(rest[start:end] for start, end in terms))
    for start, end in terms:
        rest = _blank(rest, start, end)
    rows = [_Row(one.name, one) for one in _in_order(asked, said.companies)]
    rest, unknown = _unknown(rest)
    rows += [_Row(name, None) for name in unknown]
    if not rows and _EVERY.search(asked):
        rows = [_Row(one.name, one) for one in companies]
    growth = _GROWTH.search(rest)
    if growth:
        metrics = tuple(f"{metric} {growth.group().lower()}" for metric in metrics)
        rest = _blank(rest, *growth.span())
    return _Read(asked, tuple(rows), metrics, _periods(asked, rows, filings), rest)


def _is_comparison(read: _Read) -> bool:
    """Whether a question asks for more than one cell, and for nothing else that is understood."""
    if not any(row.company for row in read.rows):
        return False
    if len(read.rows) > 1:
        return bool(read.periods)
    if _GROWTH.search(read.text):
        return False  # "growth from 2022 to 2024" is one figure
    ask = read_ask(read.text)
    return len(read.periods) * len(read.metrics) > 1 and (ask is None or ask.shape is Shape.VALUE)


def _strange(rest: str) -> bool:
    """Whether a word is left that may change what is asked."""
    left = _LEFT.findall(without_periods(_LAST.sub(" ", _SCALED.sub(" ", rest))))
    plain = word_list("comparing")
    return any(word.lower().strip("_'\u2019") not in plain for word in left if word.strip("_"))


def _is_asked(metric: str, columns: Sequence[_Column]) -> bool:
    ask = read_ask(_question(metric, columns[0], ""))
    return ask is not None and ask.shape in _READ_SHAPES


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
        if places and _SHARE.fullmatch(text[places[-1][1] : term.start]):
            places[-1] = (places[-1][0], end)
        else:
            places.append((term.start, end))
    return places


def _in_order(text: str, companies: Sequence[Company]) -> list[Company]:
    """Return companies in the order in which the text names them, as far as it can be seen."""
    low = re.sub(r"[^a-z0-9 ]", "", text.lower())

    def place(company: Company) -> int:
        firsts = [re.sub(r"[^a-z0-9 ]", "", name.lower()).split(" ")[0] for name in company.names]
        found = [low.find(first) for first in [*firsts, *map(str.lower, company.tickers)] if first]
        return min((at for at in found if at >= 0), default=len(low))

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


def _periods(text: str, rows: Sequence[_Row], filings: Sequence[Filing]) -> tuple[AskedPeriod, ...]:
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


def _newest(rows: Sequence[_Row], filings: Sequence[Filing]) -> int:
    years = [
        max(
            (one.cover.fiscal_year or 0 for one in filings if one.id in row.company.filings),
            default=0,
        )
        for row in rows
        if row.company
    ]
    return min((year for year in years if year), default=0)


def _columns(read: _Read) -> list[_Column]:
    """Return the times compared; growth over a span of years is one figure, not one a year."""
    first, last = read.periods[0], read.periods[-1]
    whole = re.search(r"\b(?:cagr|average)\b", read.text, re.I)
    if first != last and _GROWTH.search(read.text) and (whole or _SPAN.search(read.text)):
        return [_Column(f"{first.words} to {last.words}", f"from {first.words} to {last.words}")]
    return [_Column(period.words, f"in {period.words}") for period in read.periods]


def _question(metric: str, column: _Column, how: str, owner: str = "") -> str:
    return f"What was the {metric} {owner}{column.asked}{how}?"


def _planned(read: _Read, columns: Sequence[_Column], filings: Sequence[Filing]) -> Comparison:
    """Lay out the cells: a row a company; a row a figure where one company has several."""
    kept = columns[-_MOST_COLUMNS:]
    rows = read.rows[:_MOST_ROWS]
    left_out = len(columns) - len(kept) + len(read.rows) - len(rows)
    by_metric = len(read.rows) == 1 and len(read.metrics) > 1
    several = len(read.metrics) > 1 and not by_metric
    heads = [
        f"{metric} {column.name}"
        if several and len(kept) > 1
        else metric
        if several
        else column.name
        for metric in (read.metrics if several else read.metrics[:1])
        for column in kept
    ]
    own = {row.name: _own(row, filings) for row in rows}
    cells = tuple(_cells(read, rows, kept, by_metric, own))
    return Comparison(
        title=", ".join(read.metrics),
        corner=rows[0].name if by_metric else "Company",
        rows=tuple(read.metrics) if by_metric else tuple(row.name for row in rows),
        columns=tuple(heads),
        cells=cells,
        searches=tuple(_searches(read, rows, kept, own)),
        extreme=_extreme(read.text),
        left_out=left_out,
    )


def _own(row: _Row, filings: Sequence[Filing]) -> list[Filing]:
    return [one for one in filings if row.company and one.id in row.company.filings]


def _cells(
    read: _Read,
    rows: Sequence[_Row],
    columns: Sequence[_Column],
    by_metric: bool,
    own: dict[str, list[Filing]],
) -> Iterator[CellQuestion]:
    how = _how(read.text)
    for at, row in enumerate(rows):
        for number, metric in enumerate(read.metrics):
            for place, column in enumerate(columns):
                text = _question(metric, column, how)
                order = choose(own[row.name], read_question(text, own[row.name]), {})
                across = place if by_metric else number * len(columns) + place
                yield CellQuestion(number if by_metric else at, across, text, tuple(order))


def _searches(
    read: _Read,
    rows: Sequence[_Row],
    columns: Sequence[_Column],
    own: dict[str, list[Filing]],
) -> Iterator[CellSearch]:
    for row in rows:
        for column in columns if own[row.name] else ():
            text = _question(" and ".join(read.metrics), column, "", f"of {row.name} ")
            meant = read_question(text, own[row.name])
            ids = frozenset(one.id for one in own[row.name])
            yield CellSearch(text, replace(meant, companies=(row.name,), filings=ids))


def _how(text: str) -> str:
    """Return the unit and the rounding that the question asks for."""
    scaled, rounded = _SCALED.search(text), _ROUNDED.search(text)
    return (f" {scaled.group()}" if scaled else "") + (f" to {rounded.group()}" if rounded else "")


def _extreme(text: str) -> str:
    if not re.search(r"\b(?:which|who)\b", text, re.I):
        return ""
    return "highest" if _HIGHEST.search(text) else "lowest" if _LOWEST.search(text) else ""
