import pytest

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Document
from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.docx import DocxExtractor
from assistant.ingest.extract.terms import Terms
from assistant.ingest.sniff import sniff
from tests.unit.ingest.extract.making import STRICT_WORD, WORD, docx, paragraph, table, zipped

STYLES = f"""<w:styles xmlns:w="{WORD}">
  <w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
  <w:style w:styleId="Chapter"><w:name w:val="Chapter"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
</w:styles>"""


def read(data: bytes) -> Document:
    return DocxExtractor(Terms(100)).extract(data)


def text(data: bytes) -> str:
    return "\n".join(page.text for page in read(data).pages)


def rejection(data: bytes) -> Rejection:
    with pytest.raises(FilingRejected) as refused:
        read(data)
    return refused.value.rejection


def test_insertions_and_moved_text_are_read_and_deletions_are_not() -> None:
    body = """<w:p><w:r><w:t xml:space="preserve">Sales </w:t></w:r>
      <w:ins><w:r><w:t>rose</w:t></w:r></w:ins><w:del><w:r><w:delText>fell</w:delText></w:r></w:del>
      <w:moveTo><w:r><w:t xml:space="preserve"> twice</w:t></w:r></w:moveTo>
      <w:moveFrom><w:r><w:t>once</w:t></w:r></w:moveFrom></w:p>"""
    document = read(docx(body))
    assert document.pages[0].text == "Sales rose twice"
    assert "deleted" in document.warnings[0]


def test_notes_comments_and_margins_follow_the_body() -> None:
    note = '<w:{0}s xmlns:w="{1}"><w:{0} w:id="2">{2}</w:{0}></w:{0}s>'
    parts = {
        "word/footnotes.xml": note.format("footnote", WORD, paragraph("Net of tax.")),
        "word/comments.xml": note.format("comment", WORD, paragraph("Check this.")),
        "word/header1.xml": f'<w:hdr xmlns:w="{WORD}">{paragraph("Draft")}</w:hdr>',
    }
    relations = [(name, f"{name}.xml") for name in ("footnotes", "comments")]
    body = '<w:p><w:r><w:t>Income</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    pages = read(docx(body, parts, [*relations, ("header", "header1.xml")])).pages
    assert [(page.section, page.text) for page in pages] == [
        ("", "Income[2]"),
        ("Footnotes", "Footnotes\n\n[2] Net of tax."),
        ("Comments", "Comments\n\n[2] Check this."),
        ("Headers and footers", "Headers and footers\n\nDraft"),
    ]


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('In the box')}</w:txbxContent>"
    body = f"""<w:p><w:r><w:t>Anchor</w:t></w:r><w:r>
      <mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice>{box}</mc:Choice>
      <mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"""
    assert text(docx(body)) == "Anchor\n\nIn the box"


def test_a_table_row_is_one_line() -> None:
    body = table(("", "2024", "2023"), ("Net sales", "$", "1,234"), ("Tax", "", "(5)"))
    (page,) = read(docx(body)).pages
    assert page.text == "2024  2023\nNet sales  $1,234\nTax  (5)"
    assert page.blocks[0].kind is BlockKind.TABLE


def test_tables_in_tables_lose_nothing_at_any_depth() -> None:
    inner = paragraph("innermost")
    for _ in range(300):
        inner = table((inner,))
    assert "innermost" in text(docx(inner + paragraph("after")))


def test_styles_that_are_headings_begin_sections() -> None:
    body = (
        paragraph("Report", "H1") + paragraph("a") + paragraph("Sales", "Chapter") + paragraph("b")
    )
    pages = read(docx(body, {"word/styles.xml": STYLES}, [("styles", "styles.xml")])).pages
    assert [(page.number, page.section) for page in pages] == [(1, "Report"), (2, "Sales")]


def test_hidden_text_is_left_out_and_said() -> None:
    body = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Hidden</w:t></w:r><w:r><w:t>Seen</w:t></w:r></w:p>"
    document = read(docx(body))
    assert document.pages[0].text == "Seen"
    assert document.warnings == ("Hidden text was left out.",)


def test_strict_files_are_read() -> None:
    assert text(docx(paragraph("Some text"), namespace=STRICT_WORD)) == "Some text"


def test_a_document_type_is_refused() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "lol">]><w:document xmlns:w="x">&a;</w:document>'
    assert rejection(docx("", {"word/document.xml": bomb})) is Rejection.CORRUPT


def test_a_missing_main_part_is_corrupt() -> None:
    assert rejection(zipped({"word/other.xml": "<a/>"})) is Rejection.CORRUPT


def test_xml_that_ends_early_is_corrupt() -> None:
    assert rejection(docx("", {"word/document.xml": "<w:document"})) is Rejection.CORRUPT


def test_a_part_that_inflates_beyond_reason_is_too_large() -> None:
    assert rejection(docx("", {"word/document.xml": " " * (20 << 20)})) is Rejection.TOO_LARGE


def test_pictures_without_text_are_no_text() -> None:
    body = '<w:p><w:r><w:drawing><a:blip xmlns:a="urn:a"/></w:drawing></w:r></w:p>'
    assert rejection(docx(body)) is Rejection.NO_TEXT


def test_a_file_that_is_little_but_pictures_says_so() -> None:
    body = '<w:p><w:r><w:t>See</w:t><w:drawing><a:blip xmlns:a="urn:a"/></w:drawing></w:r></w:p>'
    assert "picture" in read(docx(body)).warnings[0]


def attached(data: bytes, name: str) -> Document:
    return extractor_for(sniff(data, name), Terms(50)).extract(data)


def test_a_document_inside_the_document_is_read() -> None:
    inner = docx(paragraph("Inner words"), {"word/a.html": "x"}, [("aFChunk", "a.html")])
    parts = {"word/chunk.html": "<html><p>Chunk words</p></html>", "word/embeddings/b.docx": inner}
    data = docx(
        paragraph("Body"), parts, [("aFChunk", "chunk.html"), ("package", "embeddings/b.docx")]
    )
    document = DocxExtractor(Terms(50, attached=attached)).extract(data)
    said = "\n".join(page.text for page in document.pages)
    assert "Chunk words" in said
    assert "Inner words" in said
    assert document.warnings == ("b.docx: The embedded document a.html was not read.",)


def test_diagrams_and_charts_are_read() -> None:
    parts = {
        "word/diagrams/data1.xml": "<d><t><p><r><t>Board</t></r></p></t></d>",
        "word/charts/chart1.xml": "<c><ser><tx><v>Sales</v></tx><cat><pt idx='0'><v>2024</v></pt></cat>"
        "<val><pt idx='0'><v>5</v></pt></val></ser></c>",
    }
    relations = [("diagramData", "diagrams/data1.xml"), ("chart", "charts/chart1.xml")]
    said = text(docx(paragraph("Body"), parts, relations))
    assert "Board" in said
    assert "Chart  Sales\n2024  5" in said


def test_a_damaged_side_part_costs_only_itself() -> None:
    data = docx(paragraph("Body"), {"word/comments.xml": "<c><p>"}, [("comments", "comments.xml")])
    document = DocxExtractor(Terms(50)).extract(data)
    assert document.pages[0].text == "Body"
    assert document.warnings == ("Damaged parts of the file were not read: word/comments.xml.",)


def test_of_two_forms_of_the_same_content_one_is_read() -> None:
    both = "<w:p><AlternateContent><Choice><w:r><w:t>new</w:t></w:r></Choice>"
    both += "<Choice><w:r><w:t>newer</w:t></w:r></Choice>"
    both += "<Fallback><w:r><w:t>old</w:t></w:r></Fallback></AlternateContent></w:p>"
    alone = "<w:p><AlternateContent><Fallback><w:r><w:t>alone</w:t></w:r></Fallback></AlternateContent></w:p>"
    assert text(docx(both + alone)).split() == ["new", "alone"]


def test_content_controls_fields_and_ticked_boxes_are_read() -> None:
    body = (
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:fldSimple><w:r><w:t>Field</w:t></w:r>"
        "</w:fldSimple><w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r></w:p>"
    )
    assert text(docx(body)) == "Controlled\n\nField☒"
