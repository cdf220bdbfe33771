"""Filings that somebody else keeps and we may fetch."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which filings of one company are wanted.

    Args:
        company: Its ticker, or its Central Index Key.
        forms: Forms without "/A" ("10-K"); empty: 10-K, 10-Q and 8-K.
        first_year: The first year; that of the period's end, or of the filing where it names none.
        last_year: The last year.
        amendments: Whether amendments ("10-K/A") are wanted too.
    """

    company: str
    forms: tuple[str, ...] = ()
    first_year: int = 0
    last_year: int = 9999
    amendments: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A filing as its keeper lists it; `path` is where its text is kept, below the keeper's address."""

    company: str
    form: str
    accession: str
    filed: date
    period: date | None
    path: str

    @property
    def file_name(self) -> str:
        """The name it is kept under: who, what, when, and the number that no other filing has."""
        form = self.form.replace("/", "-")
        suffix = self.path.rpartition(".")[2].lower()
        return f"{self.company} {form} {self.period or self.filed} {self.accession}.{suffix}"
