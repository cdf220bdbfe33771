import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.filings import BlockKind
from assistant.ingest.extract.pages import (
    PAGE_CHARACTERS,
    Part,
    clean,
    is_figure,
    join_cells,
    name_pages,
    paginate,
)

HEADING, PARAGRAPH, TABLE = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.TABLE

parts = st.lists(
    st.builds(
        Part,
        st.sampled_from(BlockKind),
        st.text("ab \n", min_size=1, max_size=40).map(lambda text: f"x{text * 200}"),
        st.integers(0, 3),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(parts)
def test_no_word_is_lost_and_blocks_cover_the_text_in_order(given_parts: list[Part]) -> None:
    pages = paginate(given_parts, 1000)
    words = [word for part in given_parts for word in part.text.split()]
    read = [
        word
        for page in pages
        for block in page.blocks
        for word in page.text[block.start : block.end].split()
    ]
    assert "".join(read) == "".join(words)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        ends = [0, *(block.end for block in page.blocks)]
        gaps = [page.text[a : b.start] for a, b in zip(ends, page.blocks, strict=False)]
        assert not "".join(gaps).strip()
        assert len(page.text) <= 2 * PAGE_CHARACTERS


def test_a_long_table_is_cut_between_rows() -> None:
    rows = [f"Line item number {i}  1,234  5,678" for i in range(600)]
    pages = paginate([Part(TABLE, "\n".join(rows))], 100)
    assert len(pages) > 2
    assert [row for page in pages for row in page.text.split("\n")] == rows


def test_a_heading_stays_with_what_it_heads() -> None:
    first, head = Part(PARAGRAPH, "a " * 2900), Part(HEADING, "Sales")
    pages = paginate([first, head, Part(PARAGRAPH, "b " * 2900)], 10)
    assert pages[1].text.startswith("Sales\n\nb")


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (("Net sales", "$", "1,234", "$", "(5", ")"), "Net sales  $1,234  $(5)"),
        (("Margin", "12.5", "%", "—", "%"), "Margin  12.5%  —  %"),
        (("", "Total\n assets", " ", "7"), "Total assets  7"),
    ],
)
def test_cells_are_joined_into_a_row(cells: tuple[str, ...], line: str) -> None:
    assert join_cells(cells) == line


@pytest.mark.parametrize("text", ["1,234", "$ 5", "(12.5)", "(12.5)%", "4%", "—", "-", "N/A", "-3"])
def test_figures_are_told(text: str) -> None:
    assert is_figure(text)


@pytest.mark.parametrize("text", ["Item 7", "Note 5", "", "a", "2024 sales"])
def test_words_are_no_figures(text: str) -> None:
    assert not is_figure(text)


def test_page_numbers_are_named_as_runs() -> None:
    assert name_pages([9, 3, 7, 8]) == "3, 7-9"


@given(st.text(st.characters()))
def test_clean_text_can_be_stored_anywhere(text: str) -> None:
    cleaned = clean(text + "\x00\ud800")
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
