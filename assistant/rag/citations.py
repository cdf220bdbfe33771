"""Turns the labels a model cites ([E3]) into the numbers a reader sees ([1]), while it streams.

A label that was never handed out is dropped and counted: a citation that points nowhere must not
be shown. A marker that is still arriving is held back until it is whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.domain.answers import Evidence

_MARKER = re.compile(r"\[(E\d+(?:\s*,\s*E\d+)*)\]")
_PARTIAL = re.compile(r"\[(?:E[\dE,\s]{0,40})?$")


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
        labels = re.findall(r"E\d+", marker[1])
        return "".join(f"[{n}]" for label in labels if (n := self._number(label)))

    def _number(self, label: str) -> int:
        """Return the label's number, counted from 1; 0 when there is no such evidence."""
        known = next((item for item in self.evidence if item.label == label), None)
        if known is None:
            self.removed += 1
            return 0
        if known not in self.cited:
            self.cited.append(known)
        return self.cited.index(known) + 1
