"""Makes a filing look like another company's of another year, without moving a character.

Every year is moved by the same number, and the word that a company is called by becomes a coined
word of the same length, so that the offsets of pages and passages stay right and the text stays
real: "PepsiCo ... fiscal 2022" -> "Kuvareb ... fiscal 2019".
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from assistant.domain.filings import Filing
from assistant.domain.structure import Cover
from assistant.rag.companies import Company, directory, named
from assistant.rag.words import word_list

_CONSONANTS, _VOWELS = "bcdfghjklmnpqrstvwxz", "aeiouy"
_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_SHORT_YEAR = re.compile(r"\bFY\s?'?(\d\d)\b")


@dataclass(frozen=True)
class Disguise:
    """How the filings of one company look in one copy.

    Args:
        company: The company as it is.
        known: The word that it is called by, in lower case.
        coined: The word of the same length that stands for it.
        years: By how much years are moved.
        number: Which copy it is.
    """

    company: Company
    known: str
    coined: str
    years: int
    number: int

    @property
    def named_by(self) -> str:
        """The known word where it is a name only; empty where it is a common word too ("General")."""
        return "" if self.known in word_list("common") else self.known

    def text(self, text: str) -> str:
        """Return a text with company and years changed, of the same length."""
        return re.sub(rf"\b{re.escape(self.known)}|{_YEAR}", self._other, text, flags=re.I)

    def question(self, text: str) -> str:
        """Return a question about the filing as one about the copy."""
        words = named(text, (self.company,)).words
        text = _SHORT_YEAR.sub(lambda year: f"FY{(int(year[1]) + self.years) % 100:02d}", text)
        return self.text(_runs(words).sub(self._named, text) if words else text)

    def filing(self, filing: Filing) -> Filing:
        """Return what the catalogue says of the copy."""
        name = f"{self.text(filing.name)}-{self.number}"
        unique = f"{self.number:04d}{filing.id}"[:64]
        return replace(
            filing,
            id=f"{self.number:04d}-{filing.id}",
            name=name,
            original=replace(filing.original, sha256=f"{unique:0<64}"[:64]),
            cover=self._cover(filing.cover),
        )

    def _cover(self, cover: Cover) -> Cover:
        return replace(
            cover,
            company=self.text(cover.company),
            other_names=tuple(map(self.text, cover.other_names)),
            ticker="",
            cik="",
            fiscal_year=cover.fiscal_year and cover.fiscal_year + self.years,
            period_end=self._day(cover.period_end),
            event=self._day(cover.event),
        )

    def _day(self, day: date | None) -> date | None:
        return day and day.replace(year=day.year + self.years, day=min(day.day, 28))

    def _other(self, match: re.Match[str]) -> str:
        found = match[0]
        if found.isdigit():
            return str(int(found) + self.years)
        if found.islower():
            return found
        return self.coined.upper() if found.isupper() else self.coined.capitalize()

    def _named(self, match: re.Match[str]) -> str:
        """Return a name as it stands where the known word is in it, else the whole name."""
        found = match[0]
        if found.islower() or self.known in found.lower():
            return found
        return self.company.name.title()


def anonymous(text: str, company: Company) -> str:
    """Return a question that no longer says which company it is about."""
    words = named(text, (company,)).words
    return _runs(words).sub("the company", text) if words else text


def disguises(filings: list[Filing], number: int) -> dict[str, Disguise]:
    """Return the disguise of each filing (by id) in one copy; the same for the same number."""
    found: dict[str, Disguise] = {}
    for company in directory(filings):
        known = re.split(r"[^a-z0-9]+", company.name.lower())[0]
        coined = _coined(random.Random(f"{known} {number}"), len(known))
        disguise = Disguise(company, known, coined, -(number % 8), number)
        found |= dict.fromkeys(company.filings, disguise)
    return found


def _runs(words: frozenset[str]) -> re.Pattern[str]:
    said = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"\b(?:{said})(?:[\s&]+(?:{said}))*\b", re.I)


def _coined(chance: random.Random, length: int) -> str:
    def letters() -> Iterator[str]:
        for place in range(length):
            yield chance.choice(_VOWELS if place % 2 else _CONSONANTS)

    return "".join(letters())
