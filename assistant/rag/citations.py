"""Turns the labels a model cites ([E3]) into the numbers a reader sees ([1]), while it streams.

    "... rose [E3, E9]."  ->  "... rose [1]."        E9 was never handed out: dropped and counted

A citation that points nowhere must not be shown, so every bracket that looks like one is judged:
keys that were not handed out, in whatever letters, and bare numbers, which only this module may
write. A marker that is still arriving is held back until it is whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.domain.answers import Evidence

_KEY = r"(?!(?:FY|CY|Q|H)\d)[A-Z]{0,3}\d{1,4}"
_MARKER = re.compile(
    rf"[\[\u3010]\s*\^?({_KEY}(?:\s*(?:,|;|-|\u2013|and|\s)\s*\^?{_KEY})*)\s*[\]\u3011]", re.I
)
_YEARS = re.compile(r"(?:19|20)\d\d(?:\D+(?:19|20)\d\d)*")
_RANGE = re.compile(r"(?<=\d)\s*[-\u2013]\s*(?=[A-Z]{0,3}\d)", re.I)
_PARTIAL = re.compile(r"[\[\u3010][\s^]*(?:[A-Z]{0,3}\d[\w\s,;^\u2013-]{0,80}|[A-Z]{0,3})$", re.I)
_WIDEST = 50  # keys of a range such as [E1-E9]


@dataclass
class CitationStream:
    """Rewrites one answer. `cited` is the evidence in the order of its numbers."""

    evidence: Sequence[Evidence]
    cited: list[Evidence] = field(default_factory=list)
    removed: int = 0
    _held: str = ""

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be shown now."""
        text = self._held + text
        partial = _PARTIAL.search(text)
        self._held = partial.group() if partial else ""
        ready = text[: len(text) - len(self._held)]
        return _MARKER.sub(self._numbers, ready)

    def close(self) -> str:
        """Return what was held back when the stream ended."""
        held, self._held = self._held, ""
        return held

    def _numbers(self, marker: re.Match[str]) -> str:
        if _YEARS.fullmatch(marker[1]):  # "[2019]" is a year in brackets
            return marker.group()
        return "".join(f"[{n}]" for key in _keys(marker[1]) if (n := self._number(key)))

    def _number(self, key: str) -> int:
        """Return the key's number, counted from 1; 0 when there is no such evidence."""
        known = next((item for item in self.evidence if item.label.upper() == key.upper()), None)
        if known is None:
            self.removed += 1
            return 0
        if known not in self.cited:
            self.cited.append(known)
        return self.cited.index(known) + 1


def _keys(inside: str) -> Iterator[str]:
    """Yield the keys of a marker, a range spelled out."""
    for part in re.split(
        r"[,;]|\band\b|(?<=\d)\s+(?=[A-Z^]|\d)", _RANGE.sub("-", inside), flags=re.I
    ):
        ends = re.findall(r"([A-Z]{0,3})(\d+)", part.upper())
        if len(ends) == 2 and int(ends[0][1]) < int(ends[1][1]) < int(ends[0][1]) + _WIDEST:
            letters = ends[0][0]
            yield from (f"{letters}{n}" for n in range(int(ends[0][1]), int(ends[1][1]) + 1))
        else:
            yield from ("".join(end) for end in ends)
