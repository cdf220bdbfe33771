"""A company's figure as the market table states it, and as a filing of the company does."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """A figure of a company for a fiscal year or quarter, as rows of the database state it.

    Args:
        symbol: Whose it is.
        fiscal_year: The company's own number of the year.
        quarter: 1-4; 0: the whole year.
        item: The line item, by its id in `rag/line_items.toml`.
        value: In whole units.
        tolerance: How far a figure that is the same may be away, because this one is rounded.
        unit: As filings tag it: USD or USD/shares.
    """

    symbol: str
    fiscal_year: int
    quarter: int
    item: str
    value: Decimal
    tolerance: Decimal
    unit: str

    @property
    def period(self) -> str:
        """The time it speaks of: "FY2024", "Q3 FY2024"."""
        return f"Q{self.quarter} FY{self.fiscal_year}" if self.quarter else f"FY{self.fiscal_year}"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The same figure from both: the table's, and that of a filing, whole units each.

    Args:
        stated: The table's.
        name: The item in words.
        reported: The filing's.
        document: The filing's name; `filing_id` and `page` find the place.
        filing_id: See `document`.
        page: See `document`.
        how: How the filing states it: its tag, or the row that prints it.
        agree: Whether both are one figure, rounded as the coarser of the two.
    """

    stated: StatedFigure
    name: str
    reported: Decimal
    document: str
    filing_id: str
    page: int
    how: str
    agree: bool

    @property
    def sentence(self) -> str:
        """Both figures with their sources, in words."""
        told = self.stated
        both = f"{told.symbol}, {self.name}, {told.period}: the market table says "
        both += f"{in_words(told.value, told.unit)}, the filing {self.document} "
        both += f"{in_words(self.reported, told.unit)} ({self.how})"
        return f"{both}: they agree." if self.agree else f"{both}. They disagree: check before use."


def in_words(value: Decimal, unit: str) -> str:
    """Return an amount of US dollars in whole units as a reader takes it in: "$391,035 million"."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    if unit == "USD" and size >= _MILLION:
        millions = f"{size / _MILLION:,.1f}".removesuffix(".0")
        return f"{sign}${millions} million"
    return f"{sign}${size:,.2f}" + (" a share" if unit == "USD/shares" else "")


_MILLION = 1_000_000
