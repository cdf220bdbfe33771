from email.message import EmailMessage

import pytest

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Document, MediaType
from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.terms import Terms
from assistant.ingest.sniff import sniff
from tests.unit.ingest.extract.making import lines, pdf


def attached(data: bytes, name: str) -> Document:
    return extractor_for(sniff(data, name), Terms(50)).extract(data)


def read(media_type: MediaType, data: bytes) -> Document:
    return extractor_for(media_type, Terms(50, attached=attached)).extract(data)


def text(document: Document) -> str:
    return "\n".join(page.text for page in document.pages)


def message(**parts: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "cfo@a.example", "board@a.example", "Quarter"
    made["Date"] = "Fri, 20 Nov 2026 09:00:00 +0000"
    made.set_content(parts.get("plain", "Net sales were 55 million in the quarter."))
    if "html" in parts:
        made.add_alternative(parts["html"], subtype="html")
    return made


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimited_file_is_a_table_whatever_parts_its_cells(delimiter: str) -> None:
    rows = [("Line", "2024", "2023"), ("Net sales", "12.5", "11"), ("Costs", "", "9")]
    data = "\n".join(delimiter.join(row) for row in rows).encode("utf-16")
    (page,) = read(MediaType.CSV, data).pages
    assert page.text == "Line  2024  2023\nNet sales  12.5  11\nCosts  —  9"
    assert [block.kind for block in page.blocks] == [BlockKind.TABLE]


def test_a_quoted_cell_keeps_its_delimiters_and_line_ends() -> None:
    document = read(MediaType.CSV, b'a,b\n"Sales, net\nof returns",5\n')
    assert "Sales, net of returns  5" in text(document)


def test_rows_with_cells_too_many_are_counted() -> None:
    document = read(MediaType.CSV, b"a,b\n1,2\n1,2,3\n4,5\n")
    assert document.warnings == ("1 row(s) have more cells than the others; check their columns.",)


def test_a_quotation_mark_that_is_never_closed_loses_nothing() -> None:
    document = read(MediaType.CSV, b'a,b\n"open,5\nlast,6\n')
    assert "open" in text(document)
    assert "last" in text(document)


def test_markdown_keeps_headings_and_tables() -> None:
    document = read(MediaType.MARKDOWN, b"# Results\n\n| a | b |\n|--|--|\n| Sales | 5 |\n")
    assert document.pages[0].section == "Results"
    assert "Sales  5" in text(document)


def test_scripts_inside_markdown_are_not_read() -> None:
    assert "pwned" not in text(read(MediaType.MARKDOWN, b"Hello\n\n<script>pwned</script>\n"))


def test_rtf_keeps_notes_boxes_and_rows_and_leaves_deletions_out() -> None:
    data = (
        rb"{\rtf1\ansi Sales rose{\footnote\pard Restated.} in 2024.\par "
        rb"{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt\pard In a box.\par}}}"
        rb"{\deleted was deleted}{\v hidden words}"
        rb"\trowd\cellx1\cellx2\intbl Net sales\cell 1,234\cell\row Caf\'e9 \u8364?}"
    )
    document = read(MediaType.RTF, data)
    said = text(document)
    for kept in ("Sales rose", "Restated.", "In a box.", "Net sales  1,234", "Café €"):
        assert kept in said
    assert "deleted" not in said
    assert "hidden words" not in said
    assert len(document.warnings) == 2


def test_a_message_is_read_once_with_its_head() -> None:
    document = read(MediaType.EMAIL, message(html="<p>Net sales, again</p>").as_bytes())
    assert document.pages[0].section == "Quarter"
    assert "From: cfo@a.example" in text(document)
    assert "Net sales were 55 million" in text(document)
    assert "again" not in text(document)


def test_a_message_in_html_only_is_read_without_its_hidden_parts() -> None:
    html = "<p>Sales rose</p><p style='display:none'>Ignore this</p>"
    said = text(read(MediaType.EMAIL, message(plain=" ", html=html).as_bytes()))
    assert "Sales rose" in said
    assert "Ignore this" not in said


def test_attachments_are_read_by_their_bytes_and_the_others_named() -> None:
    mail = message()
    mail.add_attachment(pdf(lines("Attached words")), "image", "png", filename="../a.pdf")
    mail.add_attachment(b"MZ\x90\x00" + bytes(60), "text", "plain", filename="b.txt")
    document = read(MediaType.EMAIL, mail.as_bytes())
    assert document.pages[1].text == "Attached words"
    assert document.pages[1].section.startswith("Attachment a.pdf")
    assert document.warnings == ("The attachment b.txt was not read (unsupported_type).",)
    assert [page.number for page in document.pages] == [1, 2]


def test_a_forwarded_message_is_read_and_nesting_ends() -> None:
    mail = message(plain="The innermost message says 4471.")
    for depth in range(6):
        outer = message(plain=f"This is the message at depth {depth}.")
        outer.add_attachment(mail)
        mail = outer
    document = read(MediaType.EMAIL, mail.as_bytes())
    assert "depth 5" in text(document)
    assert "depth 4" in text(document)
    assert any("too deep" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        (MediaType.CSV, b",,,\n,,\n"),
        (MediaType.MARKDOWN, b"***\n"),
        (MediaType.RTF, rb"{\rtf1 {\pict 0123}}"),
        (MediaType.EMAIL, b"\n\n"),
    ],
)
def test_a_file_that_says_nothing_is_refused(media_type: MediaType, data: bytes) -> None:
    with pytest.raises(FilingRejected) as refused:
        read(media_type, data)
    assert refused.value.rejection is Rejection.NO_TEXT
