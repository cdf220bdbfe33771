"""What a filing says of itself, and what each of its pages is.

    Filing ── Cover (company, form, fiscal period)
       └── Page ── PageMarks (Item, statement, note, head lines)

Both are read from the text by rules while a filing is ingested (`ingest.cover`, `ingest.sections`,
`ingest.statements`). Search weighs them, and a passage's header shows them.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Statement(StrEnum):
    """A primary financial statement."""

    INCOME = "income statement"
    BALANCE = "balance sheet"
    CASH_FLOW = "cash flow statement"
    EQUITY = "statement of equity"
    COMPREHENSIVE = "statement of comprehensive income"


class Form:
    """The forms that rules know by name; any other is kept as the cover writes it."""

    ANNUAL = "10-K"
    QUARTERLY = "10-Q"
    CURRENT = "8-K"
    RELEASE = "earnings release"
    PRESS = "press release"


@dataclass(frozen=True, slots=True)
class Cover:
    """Who files, what, and for which period; empty or None where the filing does not say.

    Args:
        company: The registrant's name as printed.
        other_names: Former names, and short names that the filing gives itself.
        ticker: Symbol of the common stock.
        cik: Central Index Key, without leading zeros.
        form: The form's name without "/A", or `Form.RELEASE`.
        amended: Whether the form is an amendment ("10-K/A").
        fiscal_year: The company's own number of the year; it may end in another calendar year.
        quarter: 1-4 for a quarterly filing.
        period_end: Last day of the period.
        event: Date of the earliest event that a current report tells of, or of a release.
        filed: Day it was filed or, where no header tells, signed.
    """

    company: str = ""
    other_names: tuple[str, ...] = ()
    ticker: str = ""
    cik: str = ""
    form: str = ""
    amended: bool = False
    fiscal_year: int | None = None
    quarter: int | None = None
    period_end: date | None = None
    event: date | None = None
    filed: date | None = None

    @property
    def form_name(self) -> str:
        """The form as filings write it: "10-K/A"."""
        return f"{self.form}/A" if self.amended else self.form

    @property
    def public_from(self) -> date | None:
        """The first day on which the filing can be known: filed, else the event, else its period's end."""
        return self.filed or self.event or self.period_end

    @property
    def period(self) -> str:
        """The period as an analyst writes it: "FY2022", "Q2 FY2023", "2023-05-03", or empty."""
        if self.fiscal_year and self.quarter:
            return f"Q{self.quarter} FY{self.fiscal_year}"
        if self.fiscal_year:
            return f"FY{self.fiscal_year}"
        return self.event.isoformat() if self.event else ""


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What a page is.

    Args:
        items: The Items that stand on it ("1A", "7"), the one with most of its text first; "II-1" is
            Item 1 of Part II of a 10-Q, and "cover" is what stands before the first Item.
        statement: The primary statement whose face it is.
        note: Headings of the notes to the statements that stand on it, parted by " / ".
        contents: Whether it is a table of contents or an index.
        head: Its first lines, without the running head.
    """

    items: tuple[str, ...] = ()
    statement: Statement | None = None
    note: str = ""
    contents: bool = False
    head: str = ""

    @property
    def item(self) -> str:
        """The Item that most of the page stands in, or empty."""
        return self.items[0] if self.items else ""
