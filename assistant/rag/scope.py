"""Which filings a question is about, in short and as choices.

    Understanding + filings ── matching ── chip      "PepsiCo, Inc. · 10-K · FY2022 · 1 filing"
                                   └────── offers    the scopes a user may choose instead

Search weighs filings softly and may look beyond the matching ones; a scope that the user chose is
kept to strictly.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from assistant.domain.answers import Choice, Scope
from assistant.domain.filings import Filing
from assistant.domain.understanding import Periods, Understanding
from assistant.rag.words import word_list

MOST_OFFERED = 6
_ABBREVIATED = 3  # letters of a word that may stand for several
_ORDINARY = word_list("suffixes") - {"lp", "nv", "sa", "ag", "se", "llc"} | word_list("common")
_MOST_YEARS = 3
_MOST_NAMED = 100  # documents in a scope: what the REST request takes


def matching(filings: Sequence[Filing], understanding: Understanding) -> list[Filing]:
    """Return the filings that a question names by company, form and period, newest first.

    What no filing fits does not narrow: a question for a year that is not there keeps all years.
    """
    own = [one for one in filings if one.id in understanding.filings] or list(filings)
    for fits in (_of_form, _of_period, _of_quarter):
        own = [one for one in own if fits(one, understanding)] or own
    return newest_first(own)


def newest_first(filings: Iterable[Filing]) -> list[Filing]:
    """Return filings by the end of their period, the newest first, then by name."""
    return sorted(sorted(filings, key=lambda one: one.name), key=_ends, reverse=True)


def chip(
    understanding: Understanding, filings: Sequence[Filing], *, chosen: bool
) -> tuple[str, ...]:
    """Return the scope in short: company, form, period, metrics, and the number of filings.

    Args:
        understanding: The question.
        filings: Those that match it; what all of them share is shown where the question is silent.
        chosen: Whether the user chose them.
    """
    if not filings:
        return ()
    said = understanding.chip
    known = len(understanding.companies)
    companies = understanding.companies or _same(one.cover.company for one in filings)
    shared: list[str] = []
    if not understanding.forms:
        shared += _same(one.cover.form_name for one in filings)
    if understanding.periods == Periods():
        shared += _same(one.cover.period for one in filings)
    count = f"{len(filings)} filing{'s' if len(filings) > 1 else ''}"
    return (
        *map(readable, companies),
        *shared,
        *said[known:],
        f"{count}, chosen" if chosen else count,
    )


def readable(company: str) -> str:
    """Return a name that a cover prints in capitals as text writes it: "Amcor Plc", "PG&E Corp".

    A short first word, or one without vowels, may be an abbreviation and keeps its capitals.
    """
    if not company.isupper():
        return company
    company = re.sub(r"^THE\b", "The", company)
    return re.sub(r"[A-Z][A-Z'\u2019.]*(?![A-Z&\d])(?<!&.)", _capitalised, company)


def _capitalised(word: re.Match[str]) -> str:
    letters = word[0].rstrip(".").lower()
    if letters in {"of", "and", "the", "for"} and word.start():
        return word[0].lower()
    leads = not word.string[: word.start()].removeprefix("The ")
    short = len(letters) <= _ABBREVIATED and (leads or not re.search("[aeiouy]", letters))
    return word[0] if short and letters not in _ORDINARY else word[0].capitalize()


def filing_label(filing: Filing) -> str:
    """Return a filing as an analyst names it: "PepsiCo, Inc. · 10-K · FY2022", else by its name."""
    cover = filing.cover
    if not cover.company or not cover.period:
        return filing.name
    parts = (readable(cover.company), cover.form_name, cover.period)
    return " · ".join(part for part in parts if part)


def offers(
    text: str, filings: Sequence[Filing], understanding: Understanding
) -> tuple[Choice, ...]:
    """Return the scopes that a user may choose for a question, the widest first.

    All filings; those of the company; of a year; then single filings, those that match first.
    """
    widest = f"All {len(filings)} filings" if len(filings) > 1 else "The only filing"
    choices = [Choice(widest, text)]
    own = [one for one in filings if one.id in understanding.filings]
    if 1 < len(own) < len(filings):
        whose = " and ".join(map(readable, understanding.companies))
        choices.append(Choice(f"All {len(own)} filings of {whose}", text, scope_of(own)))
    choices += _years(text, own)
    single = dict.fromkeys([*matching(filings, understanding), *newest_first(own)])
    shown = [one for one in single if len(filings) > 1][:MOST_OFFERED]
    choices += [Choice(label, text, scope_of([one])) for one, label in labelled(shown)]
    return tuple(choices)


def scope_of(filings: Sequence[Filing]) -> Scope:
    """Return the scope of exactly these filings, the newest where there are very many."""
    return Scope(tuple(one.id for one in newest_first(filings)[:_MOST_NAMED]))


def labelled(filings: Sequence[Filing]) -> list[tuple[Filing, str]]:
    """Return each filing with its label; those that share one also show their names."""
    labels = [filing_label(one) for one in filings]
    often = Counter(labels)
    return [
        (one, label if often[label] == 1 else f"{label} ({one.name})")
        for one, label in zip(filings, labels, strict=True)
    ]


def _years(text: str, own: Sequence[Filing]) -> list[Choice]:
    """Return a choice for each of the newest years that several of the filings are of."""
    years = Counter(one.cover.fiscal_year for one in own if one.cover.fiscal_year)
    if len(years) < 2:
        return []
    several = sorted((year for year, count in years.items() if count > 1), reverse=True)
    return [
        Choice(
            f"Only FY{year}",
            text,
            scope_of([one for one in own if one.cover.fiscal_year == year]),
        )
        for year in several[:_MOST_YEARS]
    ]


def _same(values: Iterable[str]) -> list[str]:
    """Return the value that all share, or nothing."""
    found = set(values)
    return [value for value in found if value] if len(found) == 1 else []


def _ends(filing: Filing) -> date:
    cover = filing.cover
    year = cover.fiscal_year
    return cover.period_end or cover.event or (date(year, 12, 31) if year else date.min)


def _of_form(filing: Filing, asked: Understanding) -> bool:
    return not asked.forms or filing.cover.form in asked.forms


def _of_period(filing: Filing, asked: Understanding) -> bool:
    cover, years = filing.cover, asked.periods.years
    if asked.periods.dates and cover.event:
        return cover.event in asked.periods.dates
    year = cover.fiscal_year or (cover.event.year if cover.event else None)
    return not years or year in years


def _of_quarter(filing: Filing, asked: Understanding) -> bool:
    return asked.periods.quarter is None or filing.cover.quarter == asked.periods.quarter
