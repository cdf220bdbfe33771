"""The words of financial statements: line items and measures, read once from two data files.

`line_items.toml` says how a line item is asked for and how filings print it; `formulas.toml` how a
measure is computed from line items. Both are data, so an analyst can read and extend them.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_MARKS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
PER_SHARE = re.compile(r"\bper (?:common |ordinary )?share|\bcents\b", re.I)
"""Words of a row or a table that state amounts per share."""
_FLOW = re.compile(r"[\s-]+flows?\b", re.I)
_PUNCTUATION = re.compile(r"[^a-z0-9&\-%\s]")


@dataclass(frozen=True, slots=True)
class Metric:
    """A line item: how it is asked for, how rows print it, and where it is stated."""

    id: str
    name: str
    asked: tuple[str, ...]
    rows: tuple[str, ...]
    statements: tuple[str, ...]
    unit: str = "money"
    outflow: bool = False
    signed: bool = False
    section: str = ""
    never: tuple[str, ...] = ()
    computed: str = ""

    def rank(self, label: str, section: str) -> int | None:
        """Return how well a row's label states this item, 0 best; None when it does not."""
        printed = label.lower()
        if any(word in printed for word in self.never):
            return None
        if self.unit == "money" and PER_SHARE.search(f"{section} {printed}"):
            return None
        if self.section and not re.search(self.section, f"{section} {printed}", re.I):
            return None
        label = plain(label)
        for position, row in enumerate(self.rows):
            if label == row or (row.endswith("*") and label.startswith(row[:-1])):
                return position
        return None


@dataclass(frozen=True, slots=True)
class Formula:
    """A measure computed from line items. `stated` is the item that states it outright."""

    id: str
    name: str
    asked: tuple[str, ...]
    formula: str
    source: str
    unit: str = "ratio"
    stated: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vocabulary and where it stands in a text."""

    id: str
    start: int
    end: int


def plain(label: str) -> str:
    """Return a label as the vocabulary writes it: small, without marks, commas, apostrophes."""
    text = label.lower().replace("\u2014", " - ").replace("\u2013", " - ").replace("/", " ")
    text = re.sub(r"\((income|loss|losses|profit|benefit|provision|used in|deficit)\)", r"\1", text)
    text = _PUNCTUATION.sub("", _MARKS.sub(" ", text))
    text = re.sub(r"\s+-\s+net\b", " net", " ".join(text.split()))
    return re.sub(r"^(?:consolidated )(?=net|total|operating)|[\s-]+$", "", text)


@cache
def metrics() -> Mapping[str, Metric]:
    """Return the line items by id."""
    return {id_: Metric(id_, **_tuples(entry)) for id_, entry in _read("line_items.toml").items()}


@cache
def formulas() -> Mapping[str, Formula]:
    """Return the measures by id."""
    return {id_: Formula(id_, **_tuples(entry)) for id_, entry in _read("formulas.toml").items()}


def find_terms(text: str, own: Mapping[str, str] | None = None) -> list[Term]:
    """Return the terms of a text in order, the longest where several begin.

    Args:
        text: A question, or a part of one.
        own: Names that the question itself defines, and the ids they stand for.
    """
    found = list(_shared(text))
    for name, id_ in (own or {}).items():
        found += [Term(id_, m.start(), m.end()) for m in _words((name,)).finditer(text)]
    found.sort(key=lambda term: (term.start, -term.end, not term.id.startswith(":")))
    kept: list[Term] = []
    for term in found:
        if not kept or term.start >= kept[-1].end:
            kept.append(term)
    return kept


def _shared(text: str) -> Iterator[Term]:
    ids, pattern = _asked()
    for match in pattern.finditer(text):
        if _FLOW.match(text, match.end()):  # "cash flow" alone is no balance of cash
            continue
        yield Term(ids[_key(match.group())], match.start(), match.end())


@cache
def _asked() -> tuple[Mapping[str, str], re.Pattern[str]]:
    entries: list[Metric | Formula] = [*metrics().values(), *formulas().values()]
    ids = {_key(name): entry.id for entry in entries for name in entry.asked}
    return ids, _words(name for entry in entries for name in entry.asked)


def _key(name: str) -> str:
    text = " ".join(name.lower().replace("\u2019", "'").split())
    return text.removesuffix("s") if len(text) > 4 else text


def _words(names: Iterable[str]) -> re.Pattern[str]:
    """Match any of the names as whole words, the longest first, with or without a plural s."""
    longest = sorted({_key(name) for name in names}, key=len, reverse=True)
    spelled = (re.escape(name).replace(r"\ ", r"\s+") for name in longest)
    return re.compile(rf"(?<![\w&])(?:{'|'.join(spelled)})s?(?![\w&])", re.I)


def _read(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
