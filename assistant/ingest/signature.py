"""Reads the day a filing was signed, which is the day it was filed or the day before.

A periodic report ends with the registrant's signature "pursuant to the requirements of Section 13 or
15(d)" or "of the Securities Exchange Act"; the first date behind those words is the registrant's.
Exhibits and powers of attorney are signed elsewhere, so no other date is taken.
"""

import re
from calendar import month_name
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta

from assistant.domain.filings import Page

_MONTHS = tuple(name.lower() for name in month_name[1:])
_MONTH = "|".join(_MONTHS)
_PURSUANT = re.compile(
    r"pursuant\s+to\s+the\s+requirements?\s+of\s+(?:the\s+)?(?:section|securities)", re.I
)
_DATE = re.compile(
    rf"\b(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})\s*,?\s+(?P<year>(?:19|20)\d\d)\b"
    rf"|\b(?P<nth>\d{{1,2}})(?:st|nd|rd|th)\s+day\s+of\s+(?P<of>{_MONTH})\s*,?\s+"
    r"(?P<then>(?:19|20)\d\d)\b",
    re.I,
)
_NEAR = 2000  # characters behind the words
_LATEST = timedelta(days=1500)  # between a period's end and an amendment of its report


def signed_on(pages: Sequence[Page], period_end: date | None) -> date | None:
    """Return the day of the registrant's signature.

    Args:
        pages: All pages of the filing.
        period_end: Last day of its period; a signature cannot be older.
    """
    if period_end is None:
        return None
    latest = period_end + _LATEST
    return next((day for day in _signatures(pages) if period_end < day <= latest), None)


def _signatures(pages: Sequence[Page]) -> Iterator[date]:
    for at, page in enumerate(pages):
        for words in _PURSUANT.finditer(page.text):
            following = pages[at + 1].text if at + 1 < len(pages) else ""
            behind = f"{page.text[words.end() :]}\n{following}"[:_NEAR]
            yield from _dates(behind)


def _dates(text: str) -> Iterator[date]:
    for found in _DATE.finditer(text):
        month = _MONTHS.index((found["month"] or found["of"]).lower()) + 1
        with suppress(ValueError):  # "June 31"
            yield date(
                int(found["year"] or found["then"]), month, int(found["day"] or found["nth"])
            )
