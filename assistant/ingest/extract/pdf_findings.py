"""What the reading of a PDF's pages showed, as warnings, or as the reason to refuse the file."""

import re
from dataclasses import dataclass, field

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Page
from assistant.domain.findings import Finding
from assistant.ingest.extract.pages import fold, name_pages, no_text
from assistant.ingest.extract.pdf_open import corrupt

_PLACEHOLDER = re.compile(
    r"please wait\W.{0,40}if this message is not eventually replaced"
    r"|this (?:pdf )?document requires (?:a newer version of )?adobe reader",
    re.IGNORECASE,
)
_RIGHTS_WRAPPER = re.compile(
    r"does not support opening files protected|protected by microsoft (?:office|information)",
    re.IGNORECASE,
)
_FEW_PAGES = 3  # a notice in place of the document is not longer


@dataclass(slots=True)
class Findings:
    """Pages by what was found on them, their numbers in order.

    `scans` hold only images, `garbled` letters that no font maps, `drawn` outlines in place of
    letters, `failed` could not be read, `recognised` were read from their pictures, `second` by
    another reader; `hidden` is text that nobody who looks at the page sees. `characters` were read in
    all; `section` is the Item that the next page goes on with; `late`: the time for text recognition
    was up.
    """

    scans: list[int] = field(default_factory=list)
    garbled: list[int] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    recognised: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    hidden: list[Finding] = field(default_factory=list)
    characters: int = 0
    section: str = ""
    late: bool = False

    def warnings(self, attachments: list[str], damaged: bool) -> list[str]:
        """Return what a reader of the filing must know, a sentence each."""
        told = [(pages, sentence) for pages, sentence in self._sentences(damaged) if pages]
        warnings = [sentence.format(_pages(pages).capitalize()) for pages, sentence in told]
        if self.late:
            warnings.append("The time for text recognition was up before all pages were read.")
        if attachments:
            shown = ", ".join(attachments[:10]) + (", ..." if len(attachments) > 10 else "")
            warnings.append(f"{len(attachments)} embedded file(s) were not read: {shown}.")
        return warnings

    def _sentences(self, damaged: bool) -> tuple[tuple[list[int], str], ...]:
        one = len(self.scans) == 1
        return (
            (self.blank if damaged else [], "{} came out empty."),
            (
                self.scans,
                f"{{}} {'holds' if one else 'hold'} only images; their text was not read.",
            ),
            (self.drawn, "{}: letters are drawn as outlines; the text was not read."),
            (
                self.garbled,
                "{}: the fonts do not say which letters they show; text is garbled.",
            ),
            (self.failed, "{} could not be read."),
            (self.recognised, "{}: read by text recognition (OCR); check figures."),
            (self.second, "{}: read by a second reader; rows may stand in another order."),
        )


def refuse_unread(
    pages: tuple[Page, ...], findings: Findings, attachments: list[str], damaged: bool
) -> None:
    """Refuse a file whose pages say nothing, or say only that the document is elsewhere.

    Raises:
        FilingRejected: `no_text`, `corrupt`, `password_required` or `not_a_document`.
    """
    if len(findings.garbled) * 2 > len(pages):
        raise no_text("its fonts do not say which letters they show")
    unread = [*findings.scans, *findings.drawn]
    if not findings.characters:
        if findings.failed or (damaged and not unread):
            raise corrupt()
        raise no_text("its pages hold only images" if unread else "its pages are blank")
    if len(unread) == len(pages):
        raise no_text("its pages hold only images")
    if len(pages) <= _FEW_PAGES:
        _refuse_notice(fold(" ".join(page.text for page in pages)), attachments)


def _refuse_notice(said: str, attachments: list[str]) -> None:
    if _RIGHTS_WRAPPER.search(said) and len(said) < 1500:
        raise FilingRejected(
            Rejection.PASSWORD_REQUIRED,
            "The PDF is locked by rights management (IRM); its visible page is a notice.",
            "Ask its owner for an unprotected copy.",
        )
    if _PLACEHOLDER.search(said) and not attachments and len(said) < 2500:
        raise FilingRejected(
            Rejection.NOT_A_DOCUMENT,
            "The PDF is a form that only Adobe Reader can show; its page is a placeholder.",
            "Open it in Adobe Reader, print it to a PDF, and add that.",
        )


def _pages(numbers: list[int]) -> str:
    return f"page{'s' if len(numbers) > 1 else ''} {name_pages(numbers)}"
