"""Finds what must not leave this machine: every detector, on every view of a message.

    message -> views (disguises off) -> identifiers + wording + names on the list -> spans

Nothing a message says about itself is believed: "this is not sensitive" is not a detector's business.
The wording stands in `sensitive.toml`; what has a form of its own is in `routing.identifiers`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.domain.routing import Secret, SensitiveSpan
from assistant.routing.identifiers import Found, identifiers
from assistant.routing.views import View, fold, views

_WORDING = Path(__file__).with_name("sensitive.toml")
LONGEST = 20_000  # characters of a message that are read
_WINDOW = 1200
_OVERLAP = 300
_BLANK = "\x1f"


@dataclass(frozen=True)
class Detectors:
    """Finds sensitive spans.

    Args:
        wording: What is sensitive by its wording, a kind each.
        public: Wording that only looks sensitive.
        clients: Names that must not leave, or None.
    """

    wording: tuple[tuple[Secret, re.Pattern[str]], ...]
    public: re.Pattern[str]
    clients: re.Pattern[str] | None = None

    @classmethod
    def load(cls, clients: Sequence[str] = ()) -> "Detectors":
        """Read the wording, and take names of clients that a policy lists."""
        told = tomllib.loads(_WORDING.read_text("utf-8"))
        wording = tuple((Secret(rule["kind"]), _any_of(rule["patterns"])) for rule in told["rule"])
        return cls(wording, _any_of(told["public"]), names(clients))

    def find(self, text: str) -> tuple[SensitiveSpan, ...]:
        """Return the sensitive spans of a text, in order, overlapping ones of a kind joined.

        It is read in windows that overlap, so that time grows with its length only. Of a text longer
        than `LONGEST` the rest is not read: the caller must not take it for harmless.
        """
        found = {
            span
            for start in range(0, max(len(text[:LONGEST]) - _OVERLAP, 1), _WINDOW - _OVERLAP)
            for span in self._of_window(text[start : start + _WINDOW], start)
        }
        return _joined(sorted(found))

    def _of_window(self, text: str, offset: int) -> Iterator[SensitiveSpan]:
        for view in views(text):
            for first, last, kind in self._of_view(view):
                if last > first:
                    start, end = view.place(first, last)
                    yield SensitiveSpan(start + offset, end + offset, kind)

    def _of_view(self, view: View) -> Iterator[Found]:
        yield from identifiers(view.text)
        shown = self.public.sub(lambda match: _BLANK * len(match[0]), view.text)
        for kind, pattern in self.wording:
            for match in pattern.finditer(shown):
                yield match.start(), match.end(), kind
        for match in self.clients.finditer(view.text) if self.clients else ():
            yield match.start(), match.end(), Secret.NAME


def names(listed: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern of whole names, in any case and spacing; None when there are none."""
    words = [r"\s+".join(map(re.escape, fold(name).split())) for name in listed if name.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else None


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{fold(pattern)})" for pattern in patterns), re.IGNORECASE)


def _joined(spans: Iterable[SensitiveSpan]) -> tuple[SensitiveSpan, ...]:
    """Return spans with those of one kind that overlap made one."""
    latest: dict[Secret, SensitiveSpan] = {}
    kept: list[SensitiveSpan] = []
    for span in spans:
        last = latest.get(span.kind)
        if last and span.start < last.end:
            kept.remove(last)
            span = SensitiveSpan(last.start, max(last.end, span.end), span.kind)
        latest[span.kind] = span
        kept.append(span)
    return tuple(sorted(kept))
