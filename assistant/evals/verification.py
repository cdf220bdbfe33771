"""Scores the verification: wrong figures planted into right answers, and right ones left alone.

    statement rows ── sentences that state them rightly ── each figure verified?     (false flags)
                              └── the same with one thing wrong ── figure unsupported?  (caught)

Right answers are written from rows of real statements, so nobody has to label anything; a plant
changes one thing: a digit, the scale, the sign, the year, the company. Everything is done in a fixed
order, so two runs give the same figures.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from assistant.domain.answers import Evidence, Figure, FigureStatus
from assistant.domain.filings import Filing, Locator
from assistant.domain.filings import Page as FilingPage
from assistant.ports import Catalogue
from assistant.printed.fiscal import ColumnPeriod
from assistant.printed.tables import Row, Table, tables
from assistant.rag.citations import CitationStream
from assistant.rag.line_items import PER_SHARE
from assistant.rag.sources import is_spent, tables_of
from assistant.rag.verify import verify

_WORDS = {Decimal(1_000): "thousand", Decimal(10**6): "million", Decimal(10**9): "billion"}
_SHORT = {Decimal(1_000): "K", Decimal(10**6): "M", Decimal(10**9): "B"}
_WRONG_SCALE = {
    "thousand": "million",
    "million": "billion",
    "billion": "million",
    "K": "M",
    "M": "B",
    "B": "M",
}
_LONGEST_LABEL = 60
_ROUNDED_FROM = 1_000  # millions
_KINDS = ("digit", "scale", "sign", "year", "company")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a filing as evidence, and the name that answers call its company by."""

    evidence: Evidence
    company: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A right answer: its text with `[1]`, and the parts a plant may change."""

    text: str
    page: Page
    amount: str
    year: int
    other_years: tuple[int, ...]
    values: frozenset[Decimal]
    printed_negative: bool = False


@dataclass(frozen=True, slots=True)
class Plant:
    """A right answer with one thing made wrong."""

    kind: str
    text: str
    amount: str
    page: Page


@dataclass(slots=True)
class Score:
    """What was caught and what was flagged falsely, with the cases that went wrong."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    right: int = 0
    flagged: int = 0
    quotes: int = 0
    verbatim: int = 0
    keys: int = 0
    removed: int = 0
    missed: list[str] = field(default_factory=list)
    false_flags: list[str] = field(default_factory=list)

    @property
    def metrics(self) -> dict[str, float]:
        """The figures of the report; shares from 0 to 1."""
        shares = {
            f"caught_{kind}": _share(self.caught[kind], self.planted[kind]) for kind in _KINDS
        }
        return {
            "planted": self.planted.total(),
            "caught": _share(self.caught.total(), self.planted.total()),
            **shares,
            "right": self.right,
            "false_flags": _share(self.flagged, self.right),
            "quotes_verbatim": _share(self.verbatim, self.quotes),
            "invented_keys_removed": _share(self.removed, self.keys),
        }


async def statement_pages(catalogue: Catalogue, most: int = 12) -> list[Page]:
    """Return pages of the store's filings that hold a statement's table, `most` of each filing.

    A filing is called by the first words of its name; one whose name has no word is left out.
    """
    found: list[Page] = []
    for filing in await catalogue.filings():
        company = _company(filing.name)
        pages = await catalogue.pages(filing.id) if company else []
        held = [page for page in pages if any(table.statement for table in tables(page.text))]
        found += (Page(_evidence(filing, page), company) for page in held[:most])
    return found


def _company(name: str) -> str:
    """Return the words that a filing's name begins with: "Acme Tools" of "Acme Tools 10-K 2024"."""
    match = re.match(r"[A-Za-z][A-Za-z&.]+(?: [A-Z][A-Za-z&.]+)*", name.replace("_", " "))
    return match.group().title() if match else ""


def _evidence(filing: Filing, page: FilingPage) -> Evidence:
    locator = Locator(filing.id, filing.name, page.number, page.section, 0, len(page.text))
    return Evidence(page.text, locator, header=filing.name, label="E1")


def score(pages: Sequence[Page]) -> Score:
    """Score the verification over pages that hold tables with dated columns."""
    result = Score()
    companies = list(dict.fromkeys(page.company for page in pages))
    for number, stated in enumerate(right_answers(pages)):
        _score_right(stated, result)
        for plant in plants(stated, companies, number):
            _score_plant(plant, result)
        _score_keys(stated, number, result)
    return result


def right_answers(pages: Sequence[Page]) -> Iterator[Stated]:
    """Yield sentences that state rows of the pages' tables rightly, a few forms in turn."""
    number = 0
    for page in pages:
        for table in tables_of(page.evidence):
            for row in table.rows:
                if stated := _stated(page, table, row, number):
                    number += 1
                    yield stated


def _stated(page: Page, table: Table, row: Row, number: int) -> Stated | None:
    """Write one row as a sentence; None for a row that a sentence cannot state."""
    periods = table.periods(row)
    known = [period for period in periods if period is not None]
    if table.scale is None or len(known) < 2 or len(set(known)) < len(known):
        return None
    if not _is_plain(row) or not _is_annual(known):
        return None
    index = number % len(known)
    place = periods.index(known[index])
    amount = _amount(table, row, place, number)
    if amount is None:
        return None
    year = known[index].year
    others = tuple(
        period.year
        for period, cell in zip(periods, row.cells, strict=True)
        if period and period.year != year and cell.value != row.cells[place].value
    )
    values = frozenset(abs(cell.value) for cell in row.cells if cell.value is not None)
    against = _against(table, row, periods, place)
    text = _sentence(page.company, _label(row), amount, year, number, against)
    negative = (row.cells[place].value or 0) < 0
    return Stated(text, page, amount, year, others, values, negative)


def _is_plain(row: Row) -> bool:
    """Whether the label reads as an item in a sentence, without figures of its own."""
    plain = 4 < len(row.label) <= _LONGEST_LABEL and not re.search(r"\d", row.label)
    return plain and not row.label.lower().startswith(("other", "basic", "diluted", "less", "plus"))


def _is_annual(periods: Sequence[ColumnPeriod]) -> bool:
    years = {period.year for period in periods}
    plain = all(not p.quarter and p.months in {0, 12} and p.month not in {1, 2} for p in periods)
    return plain and len(years) == len(periods)


def _label(row: Row) -> str:
    return re.sub(r"\s*\([^)]*\)|[*:\u2020]", "", row.label).strip().lower()


def _against(table: Table, row: Row, periods: Sequence[ColumnPeriod | None], place: int) -> str:
    """Return another year's amount of the row, to be named beside the first; it may be empty."""
    for other, period in enumerate(periods):
        if period and other != place and (amount := _amount(table, row, other, 0)):
            return f", against {amount} in FY{period.year}"
    return ""


def _amount(table: Table, row: Row, place: int, number: int) -> str | None:
    """Write a cell with its unit: in full, shortened, or rounded to billions, in turn."""
    cell = row.cells[place]
    if not cell.value or table.scale is None:
        return None
    size = f"{abs(cell.value):,f}"
    words = f"{row.section} {row.label}"
    minus = "-" if cell.value < 0 and not is_spent(row.label) else ""
    if cell.is_percent:
        return f"{minus}{size}%"
    if PER_SHARE.search(words):
        return f"{minus}${size}"
    if "share" in words.lower() or "%" in words:
        return None
    if number % 5 == 3:
        return f"{minus}${size}{_SHORT.get(table.scale, '')}"
    if number % 5 == 4 and table.scale == 10**6 and abs(cell.value) >= _ROUNDED_FROM:
        return f"{minus}${abs(cell.value) / 1000:.2f} billion"
    return f"{minus}${size} {_WORDS.get(table.scale, '')}".strip()


def _sentence(company: str, label: str, amount: str, year: int, number: int, against: str) -> str:
    forms = (
        f"{company}'s {label} in FY{year} was {amount} [1].",
        f"In FY{year}, {company} reported {label} of {amount} [1].",
        f"{company}'s {label}: {amount} for fiscal {year} [1].",
        f"For fiscal year {year}, {company}'s {label} came to {amount} [1].",
        f"{company}'s {label} was {amount} in FY{year}{against} [1].",
        f"{company}'s {label} totaled {amount} at the end of fiscal {year} [1].",
    )
    return forms[number % len(forms)]


def plants(stated: Stated, companies: Sequence[str], number: int) -> Iterator[Plant]:
    """Yield the answer with one thing wrong, a plant of every kind that the answer allows."""
    if (wrong := _wrong_digit(stated, number)) != stated.amount:
        yield _changed("digit", stated, wrong)
    for right, other in _WRONG_SCALE.items():
        if stated.amount.endswith(right):
            yield _changed("scale", stated, stated.amount.replace(right, other))
    if stated.amount.startswith("-"):
        yield _changed("sign", stated, stated.amount[1:])
    elif (
        not stated.printed_negative
    ):  # "-$116 million" of capital spending printed "(116)" is no lie
        yield _changed("sign", stated, f"-{stated.amount}")
    for year in stated.other_years[:1]:
        text = stated.text.replace(str(stated.year), str(year), 1)
        yield Plant("year", text, stated.amount, stated.page)
    others = [name for name in companies if name != stated.page.company]
    if others:
        text = stated.text.replace(stated.page.company, others[number % len(others)])
        yield Plant("company", text, stated.amount, stated.page)


def _changed(kind: str, stated: Stated, amount: str) -> Plant:
    return Plant(kind, stated.text.replace(stated.amount, amount, 1), amount, stated.page)


def _wrong_digit(stated: Stated, number: int) -> str:
    """Swap two neighbouring digits that differ, or raise one; never into another value of the row."""
    amount = stated.amount
    places = [n for n, char in enumerate(amount) if char.isdigit()]
    for turn in range(len(places)):
        at = places[(number + turn) % len(places)]
        following = next((place for place in places if place > at), None)
        swapped = list(amount)
        if number % 2 and following is not None and amount[at] != amount[following]:
            swapped[at], swapped[following] = amount[following], amount[at]
        else:
            swapped[at] = str((int(amount[at]) + 1 + number % 8) % 10)
        wrong = "".join(swapped)
        value = Decimal(re.sub(r"[^\d.]", "", wrong))
        if wrong != amount and value not in stated.values and not re.match(r"-?\$?0\d", wrong):
            return wrong
    return amount


def _verdict(text: str, page: Page, amount: str) -> tuple[Figure | None, int, int]:
    """Return the verdict on the amount, and how many quotes there are and are verbatim."""
    checked = verify(text, [page.evidence])
    bare = amount.lstrip("-")
    figure = next((item for item in checked.figures if bare in item.text), None)
    verbatim = sum(citation.quote in page.evidence.text for citation in checked.citations)
    return figure, len(checked.citations), verbatim


def _score_right(stated: Stated, result: Score) -> None:
    figure, quotes, verbatim = _verdict(stated.text, stated.page, stated.amount)
    result.right += 1
    result.quotes += quotes
    result.verbatim += verbatim
    if figure is None or figure.status is FigureStatus.UNSUPPORTED:
        result.flagged += 1
        result.false_flags.append(f"{stated.page.evidence.locator.document}: {stated.text}")


def _score_plant(plant: Plant, result: Score) -> None:
    figure, _, _ = _verdict(plant.text, plant.page, plant.amount)
    result.planted[plant.kind] += 1
    if figure is None or figure.status is FigureStatus.UNSUPPORTED:
        result.caught[plant.kind] += 1
    else:
        result.missed.append(f"{plant.kind}: {plant.page.evidence.locator.document}: {plant.text}")


def _score_keys(stated: Stated, number: int, result: Score) -> None:
    """Cite, beside the right key, one that was never handed out."""
    stream = CitationStream((replace(stated.page.evidence, label="E1"),))
    text = stated.text.replace("[1]", f"[E1][E{number % 97 + 2}]")
    shown = stream.feed(text) + stream.close()
    result.keys += 1
    result.removed += stream.removed == 1 and shown == stated.text


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
