"""How a document is cut into passages."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.filings import Block, BlockKind, Document, Page
from assistant.domain.structure import Cover
from assistant.ingest.chunk import chunk

ROWS = "\n".join(f"Line item number {n}   {n},000   {n},500" for n in range(200))


def test_a_passage_is_a_verbatim_run_of_its_page():
    page = Page(7, "Heading\n\n" + "One sentence. " * 400 + "\n\nThe end.")
    for passage in chunk(Document((page,)), "ACME_2024"):
        assert passage.page == 7
        assert page.text[passage.start : passage.end] == passage.text


def test_no_word_of_a_page_is_lost():
    page = Page(1, "Alpha beta. " * 500)
    words = [w for p in chunk(Document((page,)), "n") for w in p.text.split()]
    assert words == page.text.split()


def test_a_table_is_cut_between_rows_only():
    page = Page(1, ROWS, blocks=(Block(0, len(ROWS), BlockKind.TABLE),))
    rows = [row for p in chunk(Document((page,)), "n") for row in p.text.split("\n")]
    assert rows == ROWS.split("\n")


def test_a_heading_opens_the_passage_that_it_heads():
    before, heading, after = "x y " * 200, "Risk factors", "We may fail."
    text = f"{before}\n{heading}\n{after}"
    at = len(before) + 1
    blocks = (
        Block(0, len(before)),
        Block(at, at + len(heading), BlockKind.HEADING),
        Block(at + len(heading) + 1, len(text)),
    )
    passages = chunk(Document((Page(1, text, blocks=blocks),)), "n")
    assert passages[-1].text == f"{heading}\n{after}"


def test_the_header_names_company_form_period_and_section():
    page = Page(1, "Net sales were 5.", "Income statement")
    cover = Cover(company="ACME ROCKETS, INC.", form="10-Q", fiscal_year=2024, quarter=2)
    [passage] = chunk(Document((page,), cover=cover), "x81")
    assert passage.header == "ACME ROCKETS, INC. · 10-Q · Q2 FY2024 · Income statement"


def test_the_file_name_stands_for_a_company_that_is_not_known():
    [passage] = chunk(Document((Page(1, "Net sales were 5."),)), "acme_2024-memo")
    assert passage.header == "acme 2024 memo"


def test_a_page_of_white_space_gives_no_passage():
    assert chunk(Document((Page(1, " \n\n \t "),)), "n") == []


def test_running_heads_and_page_numbers_are_in_no_passage():
    pages = tuple(
        Page(n, f"ACME ROCKETS, INC.\n(in millions)\nRow {'abcdef'[n]}  {n},00{n}\n\n{n}")
        for n in range(1, 6)
    )
    texts = [passage.text for passage in chunk(Document(pages), "n")]
    assert texts[0] == "(in millions)\nRow b  1,001"
    assert not any("ACME" in text for text in texts)


@given(st.lists(st.text(alphabet="ab. \n\tX,", max_size=4000), min_size=1, max_size=3))
def test_any_text_is_cut_into_bounded_verbatim_runs_in_order(texts):
    document = Document(tuple(Page(n, text) for n, text in enumerate(texts, start=1)))
    passages = chunk(document, "n")
    for passage in passages:
        assert texts[passage.page - 1][passage.start : passage.end] == passage.text
        assert 0 < len(passage.text) <= 1500
    places = [(p.page, p.start) for p in passages]
    assert places == sorted(places)
    assert [p.ordinal for p in passages] == list(range(len(passages)))
    kept = "".join("".join(p.text.split()) for p in passages)
    assert kept == "".join("".join(text.split()) for text in texts)
