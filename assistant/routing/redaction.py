"""Replaces what is sensitive by placeholders, and puts it back into what comes back.

    "mail m.lopez@example.com" ── hide ──> "mail [EMAIL_1]"
    "I wrote to [EMAIL_1]." ── restore ──> "I wrote to m.lopez@example.com."

One `Redaction` serves a conversation: the same text has the same placeholder in every message of it.
A message that happens to hold something that reads like a placeholder has that hidden too, so that
`restore(hide(text)) == text` for every text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assistant.domain.routing import SensitiveSpan

_PLACEHOLDER = re.compile(r"\[[A-Z_]{1,20}_\d{1,6}\]")
_BEGUN = re.compile(r"\[[A-Z_]{0,20}(?:_\d{0,6})?\Z")
_LITERAL = "TEXT"


@dataclass
class Redaction:
    """The placeholders of one conversation; what they stand for never leaves this object."""

    _hidden: dict[str, str] = field(default_factory=dict, repr=False)
    _names: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _counts: dict[str, int] = field(default_factory=dict)

    def hide(self, text: str, spans: Iterable[SensitiveSpan]) -> str:
        """Return the text with every span replaced; spans that overlap become one placeholder."""
        parts: list[str] = []
        last = 0
        for start, end, kind in _apart(text, spans):
            parts += [text[last:start], self._placeholder(kind, text[start:end])]
            last = end
        return "".join([*parts, text[last:]])

    def restore(self, text: str) -> str:
        """Return the text with every placeholder of this conversation put back."""
        return _PLACEHOLDER.sub(lambda name: self._hidden.get(name[0], name[0]), text)

    def restoring(self) -> "Restoring":
        """Return what puts placeholders back while a reply streams."""
        return Restoring(self)

    def _placeholder(self, kind: str, hidden: str) -> str:
        if (kind, hidden) not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            name = f"[{kind}_{self._counts[kind]}]"
            self._names[kind, hidden] = name
            self._hidden[name] = hidden
        return self._names[kind, hidden]


@dataclass
class Restoring:
    """Restores a stream: what may be the beginning of a placeholder waits for its end."""

    redaction: Redaction
    _held: str = ""

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be shown now."""
        text = self._held + text
        begun = _BEGUN.search(text)
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return self.redaction.restore(text[:cut])

    def close(self) -> str:
        """Return what was held back when the stream ended."""
        rest, self._held = self._held, ""
        return self.redaction.restore(rest)


def _apart(text: str, spans: Iterable[SensitiveSpan]) -> Iterator[tuple[int, int, str]]:
    """Yield runs in order, none touching another; joined ones have the kind of the first."""
    runs = [(span.start, span.end, span.kind.value.upper()) for span in spans]
    runs += [(found.start(), found.end(), _LITERAL) for found in _PLACEHOLDER.finditer(text)]
    joined: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(runs):
        if start >= end:
            continue
        if joined and start < joined[-1][1]:
            first, until, its_kind = joined[-1]
            joined[-1] = (first, max(until, end), its_kind)
        else:
            joined.append((start, end, kind))
    yield from joined
