"""Chooses the filings that may hold the answer: by who files, for which period, on which form.

A soft prior, in points: a filing of the asked year counts most, one that restates the year less;
without a named form or quarter an annual report is preferred, without a period the newest filing.
The points are set by hand; fitting them to a few dozen questions gained nothing on unseen ones.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

from assistant.domain.filings import Filing
from assistant.domain.structure import Form
from assistant.domain.understanding import Understanding

MOST = 12
ANNUAL_FORMS = ("10-K", "20-F", "40-F")
_NEAR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Points:
    """What speaks for a filing, in points.

    Args:
        year: It is the filing of the latest year asked; `year_of_end` where that year ends in the
            asked calendar year under another number, `other_year` where it is another year asked,
            `year_after` where it restates the asked one.
        quarter: It is of the quarter asked; against it when it is not.
        form: It has the form named; against it when it has not.
        annual: It is an annual report and neither form, quarter nor date is asked.
        event: It tells of the date asked; `near_event` within a week of it.
        newest: It is of the newest year, and no period is asked.
        amended: It amends another filing.
        superseded: An amendment restates its statements; that one is not held against it.
        found: A search over everything finds it most, and no company is named.
    """

    year: float = 2.0
    year_of_end: float = 1.5
    other_year: float = 0.7
    year_after: float = 0.6
    quarter: float = 1.5
    form: float = 2.0
    annual: float = 1.0
    event: float = 4.0
    near_event: float = 2.0
    newest: float = 0.5
    amended: float = -0.3
    superseded: float = -1.5
    found: float = 1.5


POINTS = Points()


def choose(
    filings: Sequence[Filing], understanding: Understanding, points: Points = POINTS
) -> dict[str, float]:
    """Return the ids of the filings that may be looked into, each with its points, best first.

    Where the question names a company that is known, at most `MOST` of its filings; else all of
    them, because what they say must tell.

    Args:
        filings: Those in scope.
        understanding: The question; filings of its companies are kept where it names some.
        points: What speaks for a filing.
    """
    own = [filing for filing in filings if filing.id in understanding.filings]
    held = own or filings
    newest = max((_year(filing) for filing in held), default=0)
    restating = {filing.superseded_by for filing in held}
    scored = {
        filing.id: prior(filing, understanding, newest, points)
        + _for_current(filing, restating, points)
        for filing in held
    }
    best = sorted(scored, key=lambda key: -scored[key])
    return {key: scored[key] for key in (best[:MOST] if own else best)}


def prior(
    filing: Filing, understanding: Understanding, newest: int, points: Points = POINTS
) -> float:
    """Return what speaks for a filing before its text is read, in points."""
    return (
        _for_year(filing, understanding, newest, points)
        + _for_form(filing, understanding, points)
        + _for_quarter(filing, understanding, points)
        + _for_event(filing, understanding, points)
        + (points.amended if filing.cover.amended else 0.0)
    )


def _for_current(filing: Filing, restating: Set[str], points: Points) -> float:
    if filing.superseded_by:
        return points.superseded
    return -points.amended if filing.id in restating else 0.0


def _year(filing: Filing) -> int:
    cover = filing.cover
    return cover.fiscal_year or (cover.event.year if cover.event else 0)


def _for_year(filing: Filing, asked: Understanding, newest: int, points: Points) -> float:
    year, wanted = _year(filing), asked.periods.year
    if wanted is None:
        return points.newest if year == newest else 0.0
    if year == wanted:
        return points.year
    end = filing.cover.period_end
    if end and end.year == wanted and year == wanted - 1:
        return points.year_of_end
    if year in asked.periods.years:
        return points.other_year
    return points.year_after if year == wanted + 1 else 0.0


def _for_form(filing: Filing, asked: Understanding, points: Points) -> float:
    form = filing.cover.form
    if asked.forms:
        return points.form if form in asked.forms else -points.form
    if asked.periods.quarter or asked.periods.dates:
        return 0.0
    told = {item for topic in asked.topics for item in topic.items}
    current = form in (Form.CURRENT, Form.PRESS) and any("." in item for item in told)
    return points.annual if form.startswith(ANNUAL_FORMS) or current else 0.0


def _for_quarter(filing: Filing, asked: Understanding, points: Points) -> float:
    wanted = asked.periods.quarter
    if wanted is None:
        return 0.0
    return points.quarter if filing.cover.quarter == wanted else -points.quarter


def _for_event(filing: Filing, asked: Understanding, points: Points) -> float:
    event = filing.cover.event
    if event is None or not asked.periods.dates:
        return 0.0
    apart = min(abs(event - day) for day in asked.periods.dates)
    if not apart:
        return points.event
    return points.near_event if apart <= _NEAR else 0.0
