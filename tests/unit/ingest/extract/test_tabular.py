from hypothesis import given
from hypothesis import strategies as st

from assistant.ingest.extract.pages import PAGE_CHARACTERS, clean, fold
from assistant.ingest.extract.tabular import table_parts

CELLS = st.text(st.characters(codec="utf-8"), max_size=12) | st.integers().map(str)
ROWS = st.lists(st.lists(CELLS, max_size=6), max_size=40)


def cell(text: str) -> str:
    return fold(clean(text))


@given(ROWS)
def test_every_cell_is_in_the_text_and_in_its_order(rows: list[list[str]]) -> None:
    text = "\n".join(part.text for part in table_parts(rows))
    at = 0
    for written in (said for row in rows for one in row if (said := cell(one))):
        at = text.index(written, at) + len(written)


@given(ROWS)
def test_a_row_is_one_line(rows: list[list[str]]) -> None:
    lines = [line for part in table_parts(rows) for line in part.text.split("\n")]
    filled = [row for row in rows if any(map(cell, row))]
    assert len(lines) == len(filled)


@given(st.integers(1, 400), st.integers(1, 60))
def test_no_part_is_longer_than_a_page(rows: int, width: int) -> None:
    table = [["Line", "Amount"], *(["x" * width, str(n)] for n in range(rows))]
    parts = list(table_parts(table))
    assert all(len(part.text) <= PAGE_CHARACTERS for part in parts)
    assert all(part.text.startswith("Line  Amount") for part in parts)
