"""What a file holds that its reader does not see or that is not meant for a reader.

    Filing ── Finding (hidden text, text aimed at a model, active content)

Found while a filing is read, kept with it, shown to the uploader and to compliance. A finding that
is `withheld` covers text that no model is given and no answer quotes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What was found."""

    HIDDEN_TEXT = "hidden_text"
    INSTRUCTION = "instruction"
    ACTIVE_CONTENT = "active_content"


class Severity(StrEnum):
    """How much it matters: `LOW` is recorded only, the others are also said to the uploader."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Args:
        kind: What it is.
        rule: The name of the rule that found it ("white_text", "override", "javascript").
        severity: How much it matters.
        excerpt: The text itself, at most `LONGEST_EXCERPT` characters.
        page: The page, counted from 1; 0 for the file as a whole.
        where: The place in words, where there is more to say than the page.
        start: First character of the text on the page; equal to `end` when the page's text does not
            hold it (hidden text never does).
        end: One past its last character.
        withheld: Whether the text is kept out of evidence.
        released_by: Who let it into evidence all the same; empty while nobody has.
        reason: Why.
    """

    kind: FindingKind
    rule: str
    severity: Severity
    excerpt: str
    page: int = 0
    where: str = ""
    start: int = 0
    end: int = 0
    withheld: bool = False
    released_by: str = ""
    reason: str = ""

    @property
    def spans_text(self) -> bool:
        """Whether it covers a run of the page's text."""
        return self.end > self.start


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Text that addresses a model: its rule, and the sentence it stands in, as offsets.

    `kept`: ordinary text reads like it too, so it is reported and not withheld.
    """

    rule: str
    severity: Severity
    start: int
    end: int
    kept: bool = False


CROPPED = "cropped_page"
"""The rule of a page most of whose text is cut off: it is read, and the whole page is withheld."""

LONGEST_EXCERPT = 500
MOST_FINDINGS = 200  # of one filing; a hostile file must not fill the store with them

_TELLING_WORDS = 8
_TELLING_MARKS = ("$", "€", "£", "%", "million", "billion")

_SAID = {
    FindingKind.HIDDEN_TEXT: ("hidden text", "It is left out of answers."),
    FindingKind.INSTRUCTION: ("text that addresses a language model", "It is left out of answers."),
    FindingKind.ACTIVE_CONTENT: ("active content", "It was not run."),
}


def excerpt_of(text: str) -> str:
    """Return a text as an excerpt: one line, cut to `LONGEST_EXCERPT` characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= LONGEST_EXCERPT else folded[: LONGEST_EXCERPT - 1] + "…"


def hidden_text(text: str, rule: str, page: int = 0, where: str = "") -> Finding:
    """Return the finding of hidden text; a few words without a figure are a leftover of typesetting."""
    words = text.split()
    telling = len(words) >= _TELLING_WORDS or any(mark in text for mark in _TELLING_MARKS)
    severity = Severity.MEDIUM if telling else Severity.LOW
    return Finding(
        FindingKind.HIDDEN_TEXT, rule, severity, excerpt_of(text), page, where, withheld=True
    )


def warnings_of(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return one sentence a kind that tells the uploader what was found, and on which pages."""
    told = [finding for finding in findings if finding.severity is not Severity.LOW]
    counts = Counter(finding.kind for finding in told)
    sentences = []
    for kind in FindingKind:
        if not counts[kind]:
            continue
        noun, consequence = _SAID[kind]
        pages = sorted({one.page for one in told if one.kind is kind and one.page})
        at = f" (page {', '.join(map(str, pages[:10]))}{', ...' if len(pages) > 10 else ''})"
        rules = ", ".join(dict.fromkeys(one.rule for one in told if one.kind is kind))
        names = f": {rules.replace('_', ' ')}" if kind is FindingKind.ACTIVE_CONTENT else ""
        sentences.append(f"The file holds {noun}{names}{at if pages else ''}. {consequence}")
    return tuple(sentences)
