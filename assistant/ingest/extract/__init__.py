"""Readers, one a kind of file: bytes in, `Document` out."""

from assistant.domain.filings import MediaType
from assistant.ingest.extract.docx import DocxExtractor
from assistant.ingest.extract.html import HtmlExtractor
from assistant.ingest.extract.pdf import PdfExtractor
from assistant.ingest.extract.text import TextExtractor
from assistant.ports import Extractor


def extractor_for(media_type: MediaType, max_pages: int) -> Extractor:
    """Return the reader of a media type.

    Args:
        media_type: What `sniff` returned.
        max_pages: A file with more pages is refused with `too_large`.
    """
    match media_type:
        case MediaType.PDF:
            return PdfExtractor(max_pages)
        case MediaType.DOCX:
            return DocxExtractor(max_pages)
        case MediaType.HTML:
            return HtmlExtractor(max_pages)
        case MediaType.TEXT:
            return TextExtractor(max_pages)
