"""Readers, one a kind of file: bytes in, `Document` out.

A reader's module is loaded when the first file of its kind comes: together they load a dozen
libraries, and most reading processes need those for one kind only.
"""

import pkgutil
from collections.abc import Callable
from typing import cast

from assistant.domain.filings import MediaType
from assistant.ingest.extract.terms import Terms
from assistant.ports import Extractor

_READERS = {
    MediaType.PDF: "pdf:PdfExtractor",
    MediaType.DOCX: "docx:DocxExtractor",
    MediaType.HTML: "html:HtmlExtractor",
    MediaType.TEXT: "text:TextExtractor",
    MediaType.XLSX: "xlsx:XlsxExtractor",
    MediaType.PPTX: "pptx:PptxExtractor",
    MediaType.CSV: "delimited:DelimitedExtractor",
    MediaType.MARKDOWN: "markdown:MarkdownExtractor",
    MediaType.EMAIL: "mail:MailExtractor",
    MediaType.RTF: "rtf:RtfExtractor",
}


def extractor_for(media_type: MediaType, terms: Terms) -> Extractor:
    """Return the reader of a media type, as `sniff` returned it."""
    name = f"{__name__}.{_READERS[media_type]}"
    make = cast("Callable[[Terms], Extractor]", pkgutil.resolve_name(name))
    return make(terms)
