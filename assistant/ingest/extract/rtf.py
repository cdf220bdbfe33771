"""Reads RTF files with striprtf, after its losses are prevented.

striprtf skips notes, text boxes and margins without a word, and reads deleted text as text. Their
control words are changed before it reads: what it skips becomes paragraphs, what was deleted goes.
"""

import re

from striprtf.striprtf import rtf_to_text

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document
from assistant.ingest.extract.pages import clean, no_text, paginate
from assistant.ingest.extract.terms import Terms
from assistant.ingest.extract.text import read_lines

_DATA = re.compile(r"\\bin(\d+) ?")
_KEPT = re.compile(r"\\(?:footnote|shptxt|header[lrf]?|footer[lrf]?|annotation)(?![a-z])")
_BOX = re.compile(r"\\\*\\shpinst(?![a-z])|\\shp(?![a-z])|\\\*\\(?=annotation(?![a-z]))")
_DELETED = re.compile(r"\{(?:\\\*?[a-z]+-?\d* ?|\s)*\\deleted(?!0)(?![a-z])[^{}]*\}")
_HIDDEN = re.compile(r"\{(?:\\[a-z]+-?\d* ?|\s)*\\v(?![a-z0-9])[^{}]*\}")
_PICTURE = re.compile(r"\\pict(?![a-z])")
_MOST_DEPTH = 2000


class RtfExtractor:
    """Reads RTF files.

    Args:
        terms: A file with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the text as pages.

        Raises:
            FilingRejected: `corrupt`, `no_text` or `too_large`.
        """
        source = data.decode("latin-1")
        warnings = []
        if _opened(source) > 0:
            warnings.append("The RTF file is cut off: its end is missing.")
        for pattern, said in ((_DELETED, "Text deleted under"), (_HIDDEN, "")):
            source, count = pattern.subn("", source)
            if count:
                told = "change tracking was left out" if said else "Hidden text was left out"
                warnings.append(f"{said} {told}.".strip())
        source = _KEPT.sub(r"\\par ", _BOX.sub("", source))
        try:
            text = rtf_to_text(source, encoding="cp1252", errors="replace")
        except (UnicodeError, LookupError, ValueError, IndexError, KeyError, TypeError):
            raise FilingRejected(
                Rejection.CORRUPT,
                "The RTF file is damaged.",
                "Open it in a word processor and save it anew.",
            ) from None
        lines = (line.rstrip("|").replace("|", "  ") for line in clean(text).split("\n"))
        parts = list(read_lines("\n\n".join(lines)))
        if not parts:
            pictured = bool(_PICTURE.search(source))
            raise no_text("it holds only pictures" if pictured else "its paragraphs are empty")
        return Document(paginate(parts, self._terms.max_pages), tuple(warnings))


def _opened(source: str) -> int:
    """Return how many groups are still open at the end."""
    plain = re.sub(r"\\[{}\\]", "", source)
    return plain.count("{") - plain.count("}")
