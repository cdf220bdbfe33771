import io

import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Page, TextSource, unpack_boxes
from assistant.ingest.extract.pdf import PdfExtractor
from assistant.ingest.extract.terms import Terms
from tests.unit.ingest.extract.making import lines, pdf

ONE_PIXEL_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
SENTENCES = (
    "the company sells water to several million people in",
    "fourteen states and employs many thousands of them to",
    "keep its pipes and pumps in order through the seasons",
    "of the year while regulators set the price of a gallon",
    "after hearings that may last for months or even years",
)


def read(data: bytes, max_pages: int = 100) -> tuple[Page, ...]:
    return PdfExtractor(Terms(max_pages)).extract(data).pages


def rejection(data: bytes, max_pages: int = 100) -> FilingRejected:
    with pytest.raises(FilingRejected) as refused:
        PdfExtractor(Terms(max_pages)).extract(data)
    return refused.value


def scan(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(io.BytesIO(ONE_PIXEL_GIF)), 0, 0, 612, 792)


def statement_by_columns(canvas: Canvas) -> None:
    """Labels first, then each column of figures: the order in which rows come apart."""
    for column, cells in {
        72: ("Net sales", "Cost of sales", "Gross profit"),
        400: ("$ 3,642", "(2,980)", "662"),
        500: ("$ 3,507", "(2,862)", "645"),
    }.items():
        for i, cell in enumerate(cells):
            canvas.drawString(column, 700 - 14 * i, cell)


def test_a_table_row_is_one_line_however_it_was_drawn() -> None:
    (page,) = read(pdf(statement_by_columns))
    assert page.text == (
        "Net sales  $ 3,642  $ 3,507\nCost of sales  (2,980)  (2,862)\nGross profit  662  645"
    )
    assert [block.kind for block in page.blocks] == [BlockKind.TABLE]


def test_a_label_set_a_little_higher_than_its_figures_stays_with_them() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Pension, net of tax")
        canvas.drawString(400, 695.5, "144")
        canvas.drawString(500, 695.5, "(21)")

    assert read(pdf(draw))[0].text == "Pension, net of tax  144  (21)"


def test_a_footnote_mark_stays_on_its_line() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Other income")
        canvas.setFont("Helvetica", 6)
        canvas.drawString(136, 704, "(a)")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(400, 700, "213")

    assert read(pdf(draw))[0].text == "Other income (a)  213"


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    right = tuple(sentence.replace("e", "o") for sentence in SENTENCES)

    def draw(canvas: Canvas) -> None:
        canvas.drawString(
            72, 720, "A line that runs over the whole width of the page, as a title would do it"
        )
        for i, (a, b) in enumerate(zip(SENTENCES, right, strict=True)):
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, 690 - 11 * i, a)
            canvas.drawString(320, 690 - 11 * i, b)

    text = read(pdf(draw))[0].text
    assert "\n".join(SENTENCES) in text
    assert "\n".join(right) in text
    assert text.index(SENTENCES[-1]) < text.index(right[0])


def test_a_list_of_names_in_two_columns_keeps_its_rows() -> None:
    def draw(canvas: Canvas) -> None:
        for i in range(8):
            canvas.drawString(72, 700 - 14 * i, f"Blue Cloud Distribution {i} Holding, Inc.")
            canvas.drawString(330, 700 - 14 * i, f"United States, New York {i}")

    assert read(pdf(draw))[0].text.split("\n")[3] == (
        "Blue Cloud Distribution 3 Holding, Inc.  United States, New York 3"
    )


def test_a_heading_a_paragraph_and_a_table_are_told_apart() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(72, 740, "Results of operations")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(
            72, 715, "Sales rose in every segment because prices rose and volumes held."
        )
        statement_by_columns(canvas)

    (page,) = read(pdf(draw))
    kinds = [
        (block.kind, page.text[block.start : block.end].split("\n")[0]) for block in page.blocks
    ]
    assert kinds == [
        (BlockKind.HEADING, "Results of operations"),
        (BlockKind.PARAGRAPH, "Sales rose in every segment because prices rose and volumes held."),
        (BlockKind.TABLE, "Net sales  $ 3,642  $ 3,507"),
    ]


def test_an_item_heading_names_the_section_of_the_pages_that_follow() -> None:
    pages = read(
        pdf(
            lines("Cover page of the form"),
            lines("Item 7. Management's Discussion", "Sales rose in every segment this year."),
            lines("Costs rose too, though more slowly than the sales did."),
        )
    )
    assert [page.section for page in pages] == [
        "",
        "Item 7. Management's Discussion",
        "Item 7. Management's Discussion",
    ]


def test_every_word_has_a_box_where_it_is_printed() -> None:
    (page,) = read(pdf(statement_by_columns))
    boxes = list(unpack_boxes(page.boxes))
    assert [page.text[box.start : box.end] for box in boxes] == page.text.split()
    label = boxes[0]
    assert label.left == pytest.approx(72, abs=0.5)
    assert label.bottom < 700 < label.top
    assert (page.width, page.height) == (612, 792)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_boxes_of_a_turned_page_lie_on_the_page_as_displayed(degrees: int) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(lines("Word", left=72, top=720)))))
    writer.pages[0].rotate(degrees)
    turned = io.BytesIO()
    writer.write(turned)
    (page,) = read(turned.getvalue())
    (box,) = unpack_boxes(page.boxes)
    corner = {90: (720, 540), 180: (540, 72), 270: (72, 72)}[degrees]
    assert (page.width, page.height) == ((612, 792) if degrees == 180 else (792, 612))
    assert box.left - 12 <= corner[0] <= box.right + 12
    assert box.bottom - 12 <= corner[1] <= box.top + 12


def test_text_that_runs_up_the_page_is_read_in_rows() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.translate(0, -612)
        statement_by_columns_turned(canvas)

    def statement_by_columns_turned(canvas: Canvas) -> None:
        for x, cells in {50: ("Net sales", "Gross profit"), 400: ("3,642", "662")}.items():
            for i, cell in enumerate(cells):
                canvas.drawString(x, 500 - 14 * i, cell)

    assert read(pdf(draw))[0].text == "Net sales  3,642\nGross profit  662"


def test_ligatures_and_control_characters_do_not_reach_the_text() -> None:
    text = read(pdf(lines("e\x00ff\x01icient")))[0].text
    assert not any(ord(c) < 32 and c != "\n" for c in text)


def test_a_page_that_is_only_an_image_is_named_in_a_warning() -> None:
    pages = [lines("A page of words that can be read without trouble"), scan, scan]
    document = PdfExtractor(Terms(100)).extract(pdf(*pages))
    assert document.warnings == ("Pages 2-3 hold only images; their text was not read.",)


def test_a_scan_is_refused_with_a_hint_about_ocr() -> None:
    refused = rejection(pdf(scan))
    assert refused.rejection is Rejection.NO_TEXT
    assert "OCR" in refused.hint


def test_blank_pages_beside_text_are_no_loss() -> None:
    data = pdf(lines("A page of words"), lambda canvas: None)
    assert PdfExtractor(Terms(100)).extract(data).warnings == ()


def test_a_user_password_is_asked_for() -> None:
    data = pdf(lines("Secret"), encrypt=StandardEncryption("foo", ownerPassword="bar"))
    assert rejection(data).rejection is Rejection.PASSWORD_REQUIRED


def test_an_owner_password_alone_does_not_lock_a_file() -> None:
    data = pdf(lines("Open to all"), encrypt=StandardEncryption("", ownerPassword="bar"))
    assert read(data)[0].text == "Open to all"


def test_more_pages_than_allowed_are_too_large() -> None:
    data = pdf(*[lines("Page")] * 3)
    assert rejection(data, max_pages=2).rejection is Rejection.TOO_LARGE
    assert len(read(data, max_pages=3)) == 3


def test_attachments_are_named_in_a_warning() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(lines("Cover")))))
    writer.add_attachment("figures.xlsx", b"x")
    out = io.BytesIO()
    writer.write(out)
    (warning,) = PdfExtractor(Terms(100)).extract(out.getvalue()).warnings
    assert "figures.xlsx" in warning


def test_a_placeholder_page_is_not_a_document() -> None:
    placeholder = "Please wait... If this message is not eventually replaced by the proper contents"
    assert rejection(pdf(lines(placeholder))).rejection is Rejection.NOT_A_DOCUMENT


def test_rubbish_behind_a_pdf_header_is_corrupt() -> None:
    assert rejection(b"%PDF-1.7\n" + b"rubbish " * 100).rejection is Rejection.CORRUPT


def test_a_file_cut_before_its_trailer_is_read_with_a_warning() -> None:
    whole = pdf(*[lines(f"Control number {i}") for i in range(1, 9)])
    document = PdfExtractor(Terms(100)).extract(whole[: whole.index(b"\nxref\n") + 30])
    assert "cut off" in " ".join(document.warnings)
    assert [page.text for page in document.pages] == [f"Control number {i}" for i in range(1, 9)]


def test_of_a_cut_file_the_pages_that_arrived_are_read_and_the_empty_ones_named() -> None:
    whole = pdf(*[lines(f"Control number {i}") for i in range(1, 9)])
    document = PdfExtractor(Terms(100)).extract(whole[: whole.rindex(b"endstream")])
    assert document.pages[0].text == "Control number 1"
    assert document.warnings[1:] == ("Page 8 came out empty.",)


def test_a_word_that_a_line_end_broke_is_whole_again() -> None:
    (page,) = read(pdf(lines("it was too conspicuous and dan-", "gerous for use in the field")))
    assert page.text == "it was too conspicuous and dangerous\nfor use in the field"
    boxes = list(unpack_boxes(page.boxes))
    assert page.text[boxes[5].start : boxes[6].end] == "dangerous"
    assert boxes[5].bottom > boxes[6].bottom


def test_a_compound_that_a_line_end_broke_keeps_its_hyphen() -> None:
    (page,) = read(pdf(lines("the fair value of the long-", "term debt of the company")))
    assert page.text == "the fair value of the long-term\ndebt of the company"


def test_a_broken_label_keeps_its_rest_beside_its_figures() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Commitments and lending-")
        canvas.drawString(72, 688, "related commitments")
        canvas.drawString(400, 688, "3.7")

    assert read(pdf(draw))[0].text == "Commitments and lending-\nrelated commitments  3.7"


def test_a_blank_page_is_kept_with_a_warning() -> None:
    document = PdfExtractor(Terms(100)).extract(pdf(lambda canvas: None))
    assert document.blank
    assert len(document.warnings) == 1
    assert "blank" in document.warnings[0]


def test_what_is_filled_into_a_form_is_read() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Name of registrant:")
        canvas.acroForm.textfield(value="Tarrowmere", x=200, y=695, width=120, height=16)

    (page,) = read(pdf(form))
    assert "Tarrowmere" in page.text


def packed(*pages: str) -> bytes:
    """A PDF of today: its catalogue and page tree stand in object streams at the end."""
    plain = pikepdf.open(io.BytesIO(pdf(*(lines(text) for text in pages))))
    buffer = io.BytesIO()
    plain.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()


def test_a_cut_off_file_with_object_streams_is_rebuilt() -> None:
    data = packed("First page of the report", "Second page of the report")
    document = PdfExtractor(Terms(100)).extract(data[: data.rindex(b"startxref") - 40])
    assert [page.text for page in document.pages] == [
        "First page of the report",
        "Second page of the report",
    ]
    assert {page.source for page in document.pages} == {TextSource.REPAIRED}
    assert "cut off" in document.warnings[0]


def test_pages_without_a_page_tree_get_one_and_the_missing_ones_are_counted() -> None:
    data = pdf(*(lines(f"Page {n} of the report") for n in range(1, 7)))
    tree = data.index(b"/Type /Pages")
    start = data.rindex(b" obj", 0, tree) - 8
    end = data.index(b"endobj", tree)
    document = PdfExtractor(Terms(100)).extract(data[:start] + data[end + 6 : -30])
    assert len(document.pages) == 6
    assert document.pages[5].text == "Page 6 of the report"


def test_letters_that_mean_other_letters_are_garbled_not_text() -> None:
    shifted = str.maketrans({c: chr(ord(c) - 29) for c in map(chr, range(97, 123))})
    text = [" ".join(SENTENCES).translate(shifted)] * 3
    assert rejection(pdf(lines(*text))).rejection is Rejection.NO_TEXT
