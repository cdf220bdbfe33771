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

Run = tuple[int, int, str]
"""From where, up to where, and the kind in capitals."""
_PLACEHOLDER = re.compile(r"\[[A-Z_]{1,20}_\d{1,6}\]")
_BEGUN = re.compile(r"\[[A-Z_]{0,20}(?:_\d{0,6})?\Z")
_LITERAL = "TEXT"
_SHORTEST = 5  # characters of a secret that is looked for where no detector saw it


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
        for start, end, kind in _apart(text, [*self._again(text), *_runs(spans)]):
            parts += [text[last:start], self._placeholder(kind, text[start:end])]
            last = end
        return "".join([*parts, text[last:]])

    def _again(self, text: str) -> Iterator[Run]:
        """Yield where something hidden before stands again, also where no detector sees it."""
        for kind, hidden in self._names:
            if len(hidden) >= _SHORTEST and kind != _LITERAL:
                for found in re.finditer(rf"(?<!\w){re.escape(hidden)}(?!\w)", text):
                    yield found.start(), found.end(), kind

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


def plain(text: str) -> str:
    """Return a hidden text with a word that means nothing for each placeholder."""
    return _PLACEHOLDER.sub("it", text)


def _runs(spans: Iterable[SensitiveSpan]) -> Iterator[Run]:
    for span in spans:
        yield span.start, span.end, span.kind.value.upper()


def _apart(text: str, runs: Iterable[Run]) -> Iterator[Run]:
    """Yield runs in order, none touching another; joined ones have the kind of the first."""
    literal = [(found.start(), found.end(), _LITERAL) for found in _PLACEHOLDER.finditer(text)]
    joined: list[Run] = []
    for start, end, kind in sorted([*runs, *literal]):
        if start >= end:
            continue
        if joined and start < joined[-1][1]:
            first, until, its_kind = joined[-1]
            joined[-1] = (first, max(until, end), its_kind)
        else:
            joined.append((start, end, kind))
    yield from joined
