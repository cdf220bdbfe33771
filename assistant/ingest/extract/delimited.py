"""Reads CSV and TSV files: one table, the header with every page of it.

bytes ── charset ── delimiter of the first lines ── rows ── tables ── pages
"""

import csv
from collections import Counter

from assistant.domain.filings import Document
from assistant.ingest.extract.charset import charset_warning, decode
from assistant.ingest.extract.pages import no_text, paginate
from assistant.ingest.extract.tabular import table_parts
from assistant.ingest.extract.terms import Terms

_DELIMITERS = ",;\t|"
_SAMPLED = 50  # rows
_LONGEST_CELL = 1 << 20  # characters


class DelimitedExtractor:
    """Reads text files whose lines are rows.

    Args:
        terms: A file with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the rows as pages.

        Raises:
            FilingRejected: `no_text` or `too_large`.
        """
        decoded = decode(data)
        lines = decoded.text.replace("\x00", "").splitlines(keepends=True)
        csv.field_size_limit(_LONGEST_CELL)
        warnings = charset_warning(decoded)
        try:
            rows = list(csv.reader(lines, delimiter=_delimiter(lines)))
        except csv.Error:
            rows = [line.rstrip("\r\n").split(_delimiter(lines)) for line in lines]
            warnings.append("The quotation marks do not match; rows were cut at every delimiter.")
        parts = list(table_parts(rows))
        if not parts:
            raise no_text("its cells are empty")
        widths = Counter(len(row) for row in rows if any(row))
        usual = widths.most_common(1)[0][0]
        if odd := sum(count for width, count in widths.items() if width > usual):
            warnings.append(f"{odd} row(s) have more cells than the others; check their columns.")
        return Document(paginate(parts, self._terms.max_pages), tuple(warnings))


def _delimiter(lines: list[str]) -> str:
    """Return the character that parts the first rows into the same number of cells most often."""
    sample = [line for line in lines[: 4 * _SAMPLED] if line.strip()][:_SAMPLED]

    def agreement(delimiter: str) -> tuple[int, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        return (count, width) if width > 1 else (0, 0)

    return max(_DELIMITERS, key=agreement)
