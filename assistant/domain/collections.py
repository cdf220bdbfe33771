"""Collections: the folders that filings are placed in, and how far what is in them may travel."""

from dataclasses import dataclass

from assistant.domain.filings import Sensitivity


@dataclass(frozen=True, slots=True)
class FilingCollection:
    """A collection. `deals` is around `deals/2026`, and its label governs what is in both.

    Args:
        name: Its path, parted by slashes.
        label: How far the text of what is in it may travel at most.
        effective: The strictest of its label and of those around it.
        filings: How many filings are placed right in it.
    """

    name: str
    label: Sensitivity
    effective: Sensitivity
    filings: int
