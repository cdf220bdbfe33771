"""A reply as it arrives: what of it is shown, what it says of itself, where it was made.

    Routed, "NO_AN", "SWER The filings ..."  ->  refused, "The filings ..."
    "rose [E3]"                              ->  "rose [1]", cited: E3

A language model that finds no answer in its evidence begins with `NO_ANSWER` (`prompts/rules.md`):
a word that no filing starts with, and that needs no second call and no reading of its prose.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.completions import (
    NO_ANSWER,
    CompletionEvent,
    Routed,
    TextDelta,
    Usage,
    Waiting,
)
from assistant.domain.events import ToolEvent, ToolFailed, ToolFinished, ToolStarted
from assistant.rag.citations import CitationStream

NOTHING_FOUND = "The filings do not hold an answer to this question."
_AROUND = " \t\r\n*_`'\".:;,-\u2013\u2014"
_LONGEST_MARK = 60  # characters, with what stands around it
_MARKED = re.compile(rf"[{re.escape(_AROUND)}]*{NO_ANSWER}(?![A-Za-z0-9])")


class NoAnswerMark:
    """Takes the mark off the beginning of a reply; `seen` says whether it was there."""

    def __init__(self) -> None:
        self.seen = False
        self._held = ""
        self._over = False

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be shown now."""
        if self._over:
            return text
        self._held += text
        wait = len(self._held) <= _LONGEST_MARK and self._may_begin(self._held)
        return "" if wait else self.close()

    def close(self) -> str:
        """Return what was held back when the reply ended."""
        held, self._held = self._held, ""
        if self._over:
            return held
        self._over = True
        if mark := _MARKED.match(held):
            self.seen = True
            return held[mark.end() :].lstrip(_AROUND)
        return held

    def _may_begin(self, text: str) -> bool:
        """Return whether the mark, or what is taken off with it, may still be arriving."""
        if mark := _MARKED.match(text):
            return not text[mark.end() :].strip(_AROUND)
        return NO_ANSWER.startswith(text.lstrip(_AROUND))


@dataclass
class Writing:
    """One reply. `said` is the model's own text, `text` what is shown of it.

    `evidence` is what the model was given, `prompt_version` that of what it was told.
    """

    evidence: Sequence[Evidence]
    decided: Route
    prompt_version: str = ""
    said: str = ""
    text: str = ""
    route: Route | None = None
    usage: Usage | None = None
    marks: CitationStream = field(init=False)
    mark: NoAnswerMark = field(default_factory=NoAnswerMark)

    def __post_init__(self) -> None:
        self.marks = CitationStream(self.evidence)

    def take(
        self, item: CompletionEvent | ToolEvent
    ) -> Waiting | ToolEvent | Routed | TextDelta | None:
        """Take the next item; return what of it is to be shown."""
        match item:
            case Waiting() | ToolStarted() | ToolFinished() | ToolFailed():
                return item
            case Routed():
                self.route = joined(self.decided, item.route)
                self.prompt_version = item.prompt_version or self.prompt_version
                if item.evidence is not None:
                    self.evidence = item.evidence
                    self.marks = CitationStream(item.evidence)
                return Routed(self.route)
            case TextDelta():
                self.said += item.text
                return self._shown(self.marks.feed(self.mark.feed(item.text)))
            case Usage():
                self.usage = item
                return None

    def close(self) -> TextDelta | None:
        """Return what was held back when the reply ended; a bare refusal gets its sentence."""
        rest = self.marks.feed(self.mark.close()) + self.marks.close()
        if self.mark.seen and not (self.text + rest).strip():
            rest = NOTHING_FOUND
        return self._shown(rest)

    def add(self, paragraph: str) -> TextDelta:
        """Add a paragraph of ours below what was shown."""
        piece = f"\n\n{paragraph}"
        self.text += piece
        return TextDelta(piece)

    @property
    def refused(self) -> bool:
        """Whether the model found no answer."""
        return self.mark.seen or (self.usage is not None and self.usage.refused)

    @property
    def by_language_model(self) -> bool:
        """Whether a language model wrote it."""
        return self.route is not None and self.route.destination is not Destination.BUILTIN

    def _shown(self, piece: str) -> TextDelta | None:
        self.text += piece
        return TextDelta(piece) if piece else None


def joined(decided: Route, taken: Route) -> Route:
    """Return the way that was taken, with what the router read and why it decided otherwise."""
    reasons = decided.reasons
    if decided.destination is not taken.destination:
        first = f"so {decided.destination.words} comes first"
        reasons = tuple(f"{reason}, {first}" for reason in reasons)
    seen = Destination.CLOUD in (taken.destination, *taken.sent_to)
    return replace(
        taken,
        reasons=(*reasons, *taken.reasons),
        reading=decided.reading,
        redacted=decided.redacted and seen,
    )
