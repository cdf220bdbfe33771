"""Filings for the tests of search."""

from assistant.domain.filings import BlobRef, Filing
from assistant.domain.structure import Cover


def filing(company="", ticker="", name="x", **cover):
    """Return a filing whose id is its name."""
    return Filing(
        name, name, f"{name}.pdf", BlobRef("0", "application/pdf", 1), 1, 1,
        cover=Cover(company=company, ticker=ticker, **cover),
    )  # fmt: skip
