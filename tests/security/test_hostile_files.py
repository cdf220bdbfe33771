"""Files made to hurt the reader. The process limits around it are tested with the sandbox."""

import random
import zlib

import pytest

from assistant.domain.errors import FilingRejected
from assistant.domain.filings import Document
from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.html import HtmlExtractor
from assistant.ingest.extract.terms import Terms
from assistant.ingest.sniff import sniff
from tests.unit.ingest.extract.making import (
    docx,
    lines,
    paragraph,
    pdf,
    presentation,
    shape,
    table,
    workbook,
    zipped,
)

MARKER = "INJECTED-4471"
WHOLE = {
    "a.pdf": pdf(*[lines("Net sales  1,234", "Costs  900")] * 3),
    "a.docx": docx(paragraph("Sales") + table(("Net sales", "1,234"), ("Costs", "900"))),
    "a.html": b"<!DOCTYPE html><html><p>Sales<table><tr><td>Net<td>1,234</table><p hidden>x</html>",
    "a.xlsx": workbook(
        ("Income", "<row><c t='s'><v>0</v></c><c><v>5</v></c></row>"), shared=["Net"]
    ),
    "a.pptx": presentation(shape("Sales rose"), shape("Costs fell")),
    "a.csv": b'Line,2024\n"Net, sales",5\nCosts,"9\n"\n',
    "a.md": b"# Sales\n\n| Line | 2024 |\n|--|--|\n| Net | 5 |\n",
    "a.rtf": rb"{\rtf1\ansi Sales{\footnote Restated.}\par \trowd\cellx1 Net\cell 5\cell\row}",
    "a.eml": b"From: a@b.c\nTo: d@e.f\nSubject: S\nMIME-Version: 1.0\nContent-Type: multipart/mixed;"
    b' boundary="x"\n\n--x\n\nSales rose.\n--x\nContent-Type: text/html\nContent-Disposition: attachment;'
    b' filename="a.html"\n\n<p>Net</p>\n--x--\n',
    "a.txt": b"<SEC-DOCUMENT>1\n<DOCUMENT>\n<TYPE>10-K\n<TEXT>\nSales  1,234\n\f\nCosts  9\n</DOCUMENT>",
}


def attached(data: bytes, name: str) -> Document:
    return extractor_for(sniff(data, name), Terms(200)).extract(data)


def outcome(data: bytes, name: str) -> str:
    """The text that was read, or the code of the refusal. Anything else fails the test."""
    try:
        document = extractor_for(sniff(data, name), Terms(200, attached=attached)).extract(data)
    except FilingRejected as refused:
        return refused.code
    return "\n".join(page.text for page in document.pages)


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_ends_in_text_or_a_refusal(name: str) -> None:
    whole = WHOLE[name]
    step = max(1, len(whole) // 60)
    outcomes = [outcome(whole[:end], name) for end in range(0, len(whole), step)]
    assert outcomes[0] == "empty_file"
    assert all(outcomes)


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_with_broken_bytes_ends_in_text_or_a_refusal(name: str) -> None:
    chance = random.Random(4471)
    for _ in range(60):
        data = bytearray(WHOLE[name])
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        said = outcome(bytes(data), name)
        assert "\x00" not in said
        said.encode("utf-8")


@pytest.mark.parametrize(
    "html",
    [
        '<script>document.write("<p>{}</p>")</script>',
        "<style>p{{content:'{}'}}</style>",
        "<div style='DISPLAY : NONE'><div>{}</div></div>",
        "<p onclick='{}'>x</p>",
        "<!-- {} -->",
        "<iframe srcdoc='<p>{}</p>'></iframe>",
        "<img alt='x' src='data:text/html,{}'>",
        "<template>{}</template>",
        "<ix:hidden><ix:nonNumeric>{}</ix:nonNumeric></ix:hidden>",
    ],
)
def test_what_is_not_shown_is_not_read(html: str) -> None:
    page = f"<html><body><p>Shown</p>{html.format(MARKER)}<p>Also shown</p></body></html>"
    said = outcome(page.encode(), "a.html")
    assert MARKER not in said
    assert "Shown" in said
    assert "Also shown" in said


def test_script_text_in_a_filing_stays_text() -> None:
    (page,) = (
        HtmlExtractor(Terms(10)).extract(b"<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>").pages
    )
    assert page.text == "<script>alert(1)</script>"


def test_a_zip_that_lies_about_its_sizes_is_not_inflated_past_them() -> None:
    data = bytearray(docx("", {"word/document.xml": "<w:document>" + "a" * 10_000_000}))
    size = (12 + 10_000_000).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (500).to_bytes(4, "little")
    assert outcome(bytes(data), "a.docx") == "corrupt"


def test_names_that_climb_out_of_the_archive_write_nothing() -> None:
    parts = {"../../../tmp/evil_4471.txt": "x", "word/document.xml": "<d><p><t>Text</t></p></d>"}
    assert outcome(zipped(parts), "a.docx") == "Text"


def test_a_relationship_to_another_host_is_not_followed() -> None:
    relations = f"""<Relationships><Relationship Type="x/header" TargetMode="External"
      Target="http://example.invalid/{MARKER}"/></Relationships>"""
    data = docx(paragraph("Text"), {"word/_rels/document.xml.rels": relations})
    assert outcome(data, "a.docx") == "Text"


def test_a_stream_that_inflates_a_thousandfold_ends() -> None:
    stream = zlib.compress(b"0 0 m " * 2_000_000)
    body = (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
        b"trailer<</Root 1 0 R/Size 5>>\nstartxref\n0\n%%%%EOF" % (len(stream), stream)
    )
    assert outcome(body, "a.pdf") == "no_text"


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "</", "<?", "<![CDATA[", "<a x='", "&#", "<b>"]
)
def test_openings_that_are_never_closed_take_no_time(piece: str) -> None:
    """Each of these took the standard library's parser minutes."""
    assert outcome(b"<html><p>Shown</p>" + piece.encode() * 100_000, "a.html")


def test_what_an_unclosed_comment_swallows_is_said() -> None:
    document = HtmlExtractor(Terms(10)).extract(b"<html><p>Shown</p><!-- <p>Swallowed</p>")
    assert [page.text for page in document.pages] == ["Shown"]
    assert "comment" in document.warnings[0]
