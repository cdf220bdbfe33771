"""Reads Markdown: CommonMark with tables becomes HTML, and that is read as any web page.

HTML inside the file passes through the same reader, so scripts and hidden parts stay out.
"""

from markdown_it import MarkdownIt

from assistant.domain.filings import Document
from assistant.ingest.extract.charset import charset_warning, decode
from assistant.ingest.extract.html import read_html
from assistant.ingest.extract.pages import no_text, paginate
from assistant.ingest.extract.terms import Terms


class MarkdownExtractor:
    """Reads Markdown files.

    Args:
        terms: A file with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the sections as pages.

        Raises:
            FilingRejected: `no_text` or `too_large`.
        """
        decoded = decode(data)
        html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(decoded.text)
        read = read_html(html)
        if not read.parts:
            raise no_text("it has marks but no words")
        pages = paginate(read.parts, self._terms.max_pages)
        return Document(pages, (*charset_warning(decoded), *read.warnings), findings=read.findings)
