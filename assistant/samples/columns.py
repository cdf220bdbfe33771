"""Arithmetic on rows of figures, a column a period, for the shorter sample filings."""

from decimal import Decimal

from assistant.samples.blocks import Row, RowKind
from assistant.samples.model import a_share

Amounts = tuple[int, ...]


def total(*rows: Amounts) -> Amounts:
    """Return the sum, column by column."""
    return tuple(sum(column) for column in zip(*rows, strict=True))


def less(first: Amounts, *others: Amounts) -> Amounts:
    """Return the first row less the others, column by column."""
    return tuple(column[0] - sum(column[1:]) for column in zip(first, *others, strict=True))


def negative(row: Amounts) -> Amounts:
    """Return the row with its sign changed."""
    return tuple(-amount for amount in row)


def per_share(amounts: Amounts, shares: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """Return amounts a share, in dollars."""
    return tuple(a_share(a, s) for a, s in zip(amounts, shares, strict=True))


def shares(*millions: str) -> tuple[Decimal, ...]:
    """Return share counts, in millions."""
    return tuple(Decimal(count) for count in millions)


def line(label: str, amounts: Amounts, concept: str = "", *, dollar: bool = False) -> Row:
    """Return an indented row."""
    return Row(label, amounts, RowKind.LINE, dollar, 1, concept)


def sum_line(label: str, amounts: Amounts, concept: str = "") -> Row:
    """Return a row with a rule above it."""
    return Row(label, amounts, RowKind.TOTAL, concept=concept)


def grand_line(label: str, amounts: Amounts, concept: str = "") -> Row:
    """Return a row with a rule above and two below."""
    return Row(label, amounts, RowKind.GRAND, dollar=True, concept=concept)
