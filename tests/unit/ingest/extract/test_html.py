import pytest

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Document
from assistant.ingest.extract.html import HtmlExtractor
from assistant.ingest.extract.terms import Terms


def read(html: str | bytes) -> Document:
    return HtmlExtractor(Terms(100)).extract(html.encode() if isinstance(html, str) else html)


def text(html: str | bytes) -> str:
    return "\n".join(page.text for page in read(html).pages)


def test_a_table_row_is_one_line_with_signs_joined_to_their_numbers() -> None:
    html = """<table>
      <tr><td></td><td colspan=3>2024</td><td>2023</td></tr>
      <tr><td>Net <b>sales</b></td><td>$</td><td>(1,234</td><td>)</td><td>&nbsp;</td><td>4.5</td><td>%</td></tr>
      <tr><td>Taxes</td><td></td><td>&mdash;</td><td></td><td></td><td>7</td></tr></table>"""
    (page,) = read(html).pages
    assert page.text == "2024  2023\nNet sales  $(1,234)  4.5%\nTaxes  —  7"
    assert page.blocks[0].kind is BlockKind.TABLE


def test_rows_and_cells_may_be_left_open() -> None:
    assert text("<table><tr><td>Sales<td>5<tr><td>Costs<td>4</table>") == "Sales  5\nCosts  4"


def test_what_a_browser_hides_is_not_read() -> None:
    html = """<head><title>T</title><style>p{}</style></head><body>
      <script>var a = "<p>SCRIPT</p>"</script><!-- COMMENT --><div style="display: none">NONE</div>
      <span hidden>HIDDEN</span><p style="font-size:0">ZERO</p><noscript>NOSCRIPT</noscript>
      <ix:header><ix:hidden>FACT</ix:hidden></ix:header><p>Shown</p>"""
    assert text(html) == "Shown"


def test_inline_xbrl_is_transparent() -> None:
    html = '<p>Sales were $<ix:nonFraction name="x" scale="6">4,206.9</ix:nonFraction> million</p>'
    assert text(html) == "Sales were $4,206.9 million"


def test_a_hidden_paragraph_without_an_end_hides_itself_only() -> None:
    assert text("<body><p hidden>Hidden<p>Shown</body>") == "Shown"


def test_blocks_and_line_breaks_part_lines() -> None:
    assert text("<div>One<div>Two</div>Three<br>Four</div>") == "One\n\nTwo\n\nThree\nFour"


def test_entities_are_unescaped_and_never_become_markup() -> None:
    assert text("<p>AT&amp;T &lt;script&gt;1&lt;/script&gt; &#8212;</p>") == (
        "AT&T <script>1</script> —"
    )


def test_bold_items_begin_sections_where_a_filing_has_no_headings() -> None:
    html = """<p>Cover</p><p><b>PART I</b></p><p><b>Item 1.</b></p><p><b>Business</b></p><p>We sell water.</p>
      <div style="font-weight:700">Item 1A. Risk Factors</div><p>Droughts.</p>
      <p>Item 7 of this report says more.</p>"""
    assert [(page.section, page.text.split("\n\n")[-1]) for page in read(html).pages] == [
        ("", "Cover"),
        ("PART I Item 1.", "We sell water."),
        ("Item 1A. Risk Factors", "Item 7 of this report says more."),
    ]


def test_headings_begin_sections() -> None:
    pages = read("<h1>Report</h1><p>a</p><h2>Sales</h2><p>b</p>").pages
    assert [(page.number, page.section) for page in pages] == [(1, "Report"), (2, "Sales")]


def test_a_layout_table_reads_as_the_paragraphs_it_shows() -> None:
    long = "Sales rose because prices rose. " * 20
    html = f"<table><tr><td><p>{long}</p><table><tr><td>Sales</td><td>5</td></tr><tr><td>Tax</td><td>1</td></tr></table><p>End</p></td></tr></table>"
    (page,) = read(html).pages
    kinds = [block.kind for block in page.blocks]
    assert kinds == [BlockKind.PARAGRAPH, BlockKind.TABLE, BlockKind.PARAGRAPH]
    assert "Sales  5\nTax  1" in page.text


def test_bullets_set_as_tables_are_paragraphs() -> None:
    rows = "".join(f"<tr><td>•</td><td>Risk {n} is great</td></tr>" for n in "abc")
    (page,) = read(f"<table>{rows}</table>").pages
    assert {block.kind for block in page.blocks} == {BlockKind.PARAGRAPH}


def test_nothing_is_lost_below_any_depth() -> None:
    deep = 20_000
    html = "<p>Before</p>" + "<div>" * deep + "Inside" + "</div>" * deep + "<p>After</p>"
    assert text(html) == "Before\n\nInside\n\nAfter"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('<meta charset="utf-8"><p>Größe “4%”'.encode(), "Größe “4%”"),
        ('<meta charset="windows-1252"><p>Größe “4%” €5'.encode("cp1252"), "Größe “4%” €5"),
        ("<p>Sales were “up 4%” to €5".encode("cp1252"), "Sales were “up 4%” to €5"),
        ("<p>Größe".encode("utf-16"), "Größe"),
        ("<html><p>Sales in Euro".encode("utf-16-le"), "Sales in Euro"),
    ],
)
def test_the_character_set_is_read_from_the_bytes(data: bytes, expected: str) -> None:
    assert text(data) == expected


def test_a_guessed_character_set_is_said() -> None:
    (warning,) = read("<p>Sales were “up 4%”".encode("cp1252")).warnings
    assert "cp1252" in warning


def test_control_characters_do_not_reach_the_text() -> None:
    said = text("<p>a\x00b&#0;c&#xD800;d\x07e</p>")
    assert said == "ab\ufffdc\ufffdde"


def test_entity_bombs_and_files_stay_unread() -> None:
    html = """<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "lol"><!ENTITY b "&a;&a;">
      <!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>Text &b; &x;</p></body></html>"""
    assert text(html) == "Text &b; &x;"


def test_marked_sections_do_not_stop_the_reader() -> None:
    assert text("<p>One<![if x]>two<![endif]>three</p>") == "Onetwothree"


def test_tags_without_words_are_no_text() -> None:
    with pytest.raises(FilingRejected) as refused:
        read("<html><body><div><img src='a.png'></div></body></html>")
    assert refused.value.rejection is Rejection.NO_TEXT
