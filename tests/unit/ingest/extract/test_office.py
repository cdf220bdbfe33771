import io

import pytest
import xlsxwriter

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Document, MediaType
from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.terms import Terms
from tests.unit.ingest.extract.making import presentation, shape, workbook, zipped


def sheet(data: bytes, max_pages: int = 50) -> Document:
    return extractor_for(MediaType.XLSX, Terms(max_pages)).extract(data)


def slides(data: bytes) -> Document:
    return extractor_for(MediaType.PPTX, Terms(50)).extract(data)


def made_by_a_library() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        year = book.add_format({"num_format": "yyyy-mm-dd"})
        share = book.add_format({"num_format": "0.0%"})
        first = book.add_worksheet("Income")
        first.write_row(0, 0, ["(in millions)", "2024", "2023"])
        first.write_row(1, 0, ["Net sales", 1234.5, 1100])
        first.write_row(2, 0, ["Recovery", "", 7])
        first.write(3, 0, "Margin")
        first.write_number(3, 1, 0.125, share)
        first.write_formula(3, 2, "=B2/C2", share, 0.25)
        first.write_comment("B2", "restated in May")
        second = book.add_worksheet("Dates")
        second.write_row(0, 0, ["Event", "Day"])
        second.write(1, 0, "Closing")
        second.write_number(1, 1, 45_657, year)
        second.insert_textbox(5, 5, "A box over the sheet")
    return buffer.getvalue()


def test_a_sheet_is_a_section_and_its_rows_are_a_table() -> None:
    income, dates = sheet(made_by_a_library()).pages
    assert (income.section, dates.section) == ("Income", "Dates")
    assert income.text.splitlines()[2:6] == [
        "(in millions)  2024  2023",
        "Net sales  1234.5  1100",
        "Recovery  —  7",
        "Margin  12.5%  25%",
    ]
    assert BlockKind.TABLE in {block.kind for block in income.blocks}
    assert "[B2] " in income.text
    assert "restated in May" in income.text
    assert "Closing  2024-12-31" in dates.text
    assert "A box over the sheet" in dates.text


def test_a_long_sheet_repeats_its_header_on_every_page() -> None:
    rows = "<row><c t='inlineStr'><is><t>Line</t></is></c><c t='inlineStr'><is><t>Amount</t></is></c></row>"
    rows += "".join(
        f"<row><c t='inlineStr'><is><t>Item {i}</t></is></c><c><v>{i}</v></c></row>"
        for i in range(2000)
    )
    pages = sheet(workbook(("Long", rows))).pages
    assert len(pages) > 3
    assert all("Line  Amount" in page.text for page in pages)
    text = "\n".join(page.text for page in pages)
    assert all(f"Item {i}  {i}" in text for i in range(2000))


def test_what_a_workbook_hides_is_read_and_said() -> None:
    rows = "<cols><col hidden='1'/></cols><row hidden='1'><c><v>4471</v></c></row>"
    document = sheet(workbook(("Secret", rows), attributes="state='veryHidden'"))
    assert "4471" in document.pages[0].text
    assert document.warnings == (
        "Hidden sheets were read too: Secret.",
        "Hidden rows or columns were read too: Secret: 1 row(s) and 1 column range(s).",
    )


def test_a_formula_without_a_stored_result_is_counted_and_never_computed() -> None:
    rows = "<row><c><v>1</v></c><c><f>HYPERLINK('http://x')</f></c></row>"
    document = sheet(workbook(("A", rows)))
    assert document.warnings == ("1 formula(s) have no stored result and were not computed.",)


def test_cells_that_point_nowhere_are_empty() -> None:
    rows = "<row r='x'><c r='??' t='s'><v>99</v></c><c r='ZZZZ9'><v>7</v></c><c t='s'><v>0</v></c></row>"
    assert "first" in sheet(workbook(("A", rows), shared=["first"])).pages[0].text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (workbook(("A", "")), Rejection.NO_TEXT),
        (zipped({"xl/other.xml": "x"}), Rejection.CORRUPT),
        (workbook(("A", "<row><c>")), Rejection.CORRUPT),
        (workbook(("A", "<!DOCTYPE x>")), Rejection.CORRUPT),
    ],
)
def test_a_workbook_without_content_is_refused(data: bytes, expected: Rejection) -> None:
    with pytest.raises(FilingRejected) as refused:
        sheet(data)
    assert refused.value.rejection is expected


def test_a_workbook_with_more_pages_than_allowed_is_too_large() -> None:
    rows = "".join(f"<row><c><v>{i}{'0' * 90}</v></c></row>" for i in range(400))
    with pytest.raises(FilingRejected) as refused:
        sheet(workbook(("A", rows)), max_pages=2)
    assert refused.value.rejection is Rejection.TOO_LARGE


def test_a_slide_is_a_page_named_by_its_title() -> None:
    table = "<tbl><tr><tc><p><t>Sales</t></p></tc><tc><p><t>1,234</t></p></tc></tr></tbl>"
    group = f"<grpSp>{shape('In a group')}</grpSp>"
    first = shape("Results", "title") + shape("Sales rose") + table + group + shape("7", "sldNum")
    one, two = slides(presentation(first, shape("Outlook"))).pages
    assert one.section == "Slide 1: Results"
    assert "Sales rose" in one.text
    assert "Sales  1,234" in one.text
    assert "In a group" in one.text
    assert "7" not in one.text
    assert "Outlook" in two.text


def test_a_hidden_slide_is_read_and_said() -> None:
    document = slides(presentation(shape("Confidential plan"), attributes="show='0'"))
    assert "Confidential plan" in document.pages[0].text
    assert document.warnings == ("Slide 1: hidden, but read.",)


def test_slides_of_pictures_hold_no_text() -> None:
    with pytest.raises(FilingRejected) as refused:
        slides(presentation("<pic/>", "<pic/>"))
    assert refused.value.rejection is Rejection.NO_TEXT
