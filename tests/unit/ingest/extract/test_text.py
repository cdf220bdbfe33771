import pytest

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Document
from assistant.ingest.extract.terms import Terms
from assistant.ingest.extract.text import TextExtractor

SUBMISSION = """<SEC-DOCUMENT>1.txt : 19990101
<SEC-HEADER>
COMPANY CONFORMED NAME:\t\tACME CORP
</SEC-HEADER>
<DOCUMENT>
<TYPE>10-K
<SEQUENCE>1
<DESCRIPTION>ANNUAL REPORT
<TEXT>
ITEM 1.  BUSINESS

We sell water.
</TEXT>
</DOCUMENT>
<DOCUMENT>
<TYPE>EX-99
<SEQUENCE>2
<TEXT>
<HTML><BODY><P>An exhibit</P><SCRIPT>SCRIPT</SCRIPT></BODY></HTML>
</TEXT>
</DOCUMENT>
<DOCUMENT>
<TYPE>GRAPHIC
<SEQUENCE>3
<TEXT>
begin 644 logo.gif
M1TE&.#EA
end
</TEXT>
</DOCUMENT>
"""


def read(data: str | bytes) -> Document:
    return TextExtractor(Terms(100)).extract(data.encode() if isinstance(data, str) else data)


def test_a_submission_keeps_its_documents_apart() -> None:
    document = read(SUBMISSION)
    assert [(page.section, page.text) for page in document.pages] == [
        (
            "Submission header",
            "Submission header\n\n1.txt : 19990101\nCOMPANY CONFORMED NAME:  ACME CORP",
        ),
        ("ITEM 1. BUSINESS", "10-K ANNUAL REPORT\n\nITEM 1.  BUSINESS\n\nWe sell water."),
        ("EX-99", "EX-99\n\nAn exhibit"),
    ]
    assert "GRAPHIC" in document.warnings[0]


def test_aligned_columns_are_a_table_with_a_row_a_line() -> None:
    text = "Results\n\n              1998       1997\nSales ......  $ 1,234    $ 1,100\nCosts             900        800\n"
    (page,) = read(text).pages
    assert page.text.endswith("1998  1997\nSales  $ 1,234  $ 1,100\nCosts  900  800")
    assert page.blocks[-1].kind is BlockKind.TABLE


def test_everything_between_table_marks_is_one_table() -> None:
    (page,) = read("<TABLE>\n<CAPTION>\n<S>  <C>\nSales\n\n  Water   5\n</TABLE>\nAfter it.").pages
    assert [block.kind for block in page.blocks] == [BlockKind.TABLE, BlockKind.PARAGRAPH]
    assert page.text == "Sales\nWater  5\n\nAfter it."


@pytest.mark.parametrize("mark", ["\n<PAGE>\n", "\n<PAGE>   12\n", "\n\f\n", "\f"])
def test_page_marks_begin_pages(mark: str) -> None:
    pages = read(f"First page.{mark}Second page.").pages
    assert [page.text for page in pages] == ["First page.", "Second page."]


def test_one_endless_line_is_cut_at_spaces_and_nothing_is_lost() -> None:
    line = "net sales rose " * 5000
    pages = read(line).pages
    assert len(pages) > 10
    assert " ".join(" ".join(page.text for page in pages).split()) == line.strip()
    assert pages[3].section == "Part 4"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_western_text_is_read_in_any_character_set(charset: str) -> None:
    said = "Sales of the Zürich branch rose “4%” to € 5 million."
    assert read(said.encode(charset)).pages[0].text == said


def test_russian_in_an_undeclared_character_set_is_read_with_a_warning() -> None:
    said = "Чистая прибыль компании за отчётный год составила двенадцать миллионов рублей. " * 4
    document = read(said.encode("cp866"))
    assert "Чистая прибыль компании" in document.pages[0].text
    assert "character set" in document.warnings[0]


def test_zero_bytes_do_not_reach_the_text() -> None:
    assert read(b"Net\x00 sales\n\x00rose").pages[0].text == "Net sales\nrose"


def test_white_space_alone_is_no_text() -> None:
    with pytest.raises(FilingRejected) as refused:
        read("<PAGE>\n  \n")
    assert refused.value.rejection is Rejection.NO_TEXT


def test_more_pages_than_allowed_are_too_large() -> None:
    with pytest.raises(FilingRejected) as refused:
        TextExtractor(Terms(2)).extract(b"page\n\f\npage\n\f\npage")
    assert refused.value.rejection is Rejection.TOO_LARGE


def submission(*documents: tuple[str, str, str]) -> bytes:
    """A complete submission of these documents (type, file name, text)."""
    made = "<SEC-DOCUMENT>0000000001-24-000001.txt\n<SEC-HEADER>\nHEADER\n</SEC-HEADER>\n"
    for number, (kind, name, said) in enumerate(documents, start=1):
        made += f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{number}\n<FILENAME>{name}\n<TEXT>\n{said}\n"
        made += "</TEXT>\n</DOCUMENT>\n"
    return made.encode()


def test_pictures_and_data_of_a_submission_are_left_out_and_said_once() -> None:
    encoded = "begin 644 g1.jpg\nM_]C_X  02D9)1@ ! 0   0 ! \nend"
    document = TextExtractor(Terms(50)).extract(
        submission(
            ("10-K", "a.txt", f"Sales rose.\n\n{encoded}\n\nCosts fell."),
            ("GRAPHIC", "g1.jpg", encoded),
            ("EX-101.SCH", "a.xsd", "<XBRL><schema>INJECTED-4471</schema></XBRL>"),
            ("EX-99", "b.txt", "An exhibit."),
        )
    )
    said = "\n".join(page.text for page in document.pages)
    for kept in ("Sales rose.", "Costs fell.", "An exhibit."):
        assert kept in said
    assert "INJECTED-4471" not in said
    assert "02D9" not in said
    assert len(document.warnings) == 2
    assert "GRAPHIC g1.jpg, EX-101.SCH a.xsd" in document.warnings[1]
