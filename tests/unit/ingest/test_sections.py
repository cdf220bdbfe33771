"""What each page of a filing is."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.filings import Page
from assistant.domain.structure import Statement
from assistant.ingest.sections import body, mark, running_heads

PROSE = "We sell food in many places and we will go on doing so for a long time. " * 12
FIGURES = "\n".join(f"Other item {n}  {n},100  {n},050" for n in range(1, 16))
CONTENTS = "\n".join(f"Item {n}.  Something of the business  {n + 3}" for n in range(1, 15))
INCOME = "Total revenues  9  8\nCost of sales  5  4\nNet income  2  1\nDiluted  1  1"
BALANCE = "Total assets  9  8\nInventories  3  4\nGoodwill  1  1\nTotal liabilities  2  3"
CASH = "Operating activities\nDepreciation  2  1\nInvesting activities  1  1\nDividends paid  1  2"


def pages(*texts):
    return [Page(number, text) for number, text in enumerate(texts, start=1)]


def marks(*texts, form="10-K"):
    return [page.marks for page in mark(pages(*texts), form)]


def test_an_item_is_carried_forward_to_the_next():
    read = marks("Cover", f"Item 1. Business\n{PROSE}", PROSE, f"Item 1A. Risk Factors\n{PROSE}")
    assert [page.item for page in read] == ["cover", "1", "1", "1A"]


def test_a_page_that_holds_two_items_names_both_the_longer_first():
    [page] = marks(f"Item 2. Properties\nA mill.\nItem 3. Legal Proceedings\n{PROSE}")
    assert page.items == ("3",)
    [page] = marks(f"Item 2. Properties\n{PROSE[:100]}\nItem 3. Legal Proceedings\n{PROSE}")
    assert page.items == ("3", "2")


def test_a_mention_of_an_item_opens_none():
    read = marks(f"Item 7. Management\n{PROSE}", f"{PROSE}\nItem 1A of this report tells more.")
    assert [page.item for page in read] == ["7", "7"]


def test_items_of_a_quarterly_report_are_told_apart_by_their_part():
    first = f"PART I\nItem 1. Financial Statements\n{PROSE}"
    second = f"PART II\nItem 1. Legal Proceedings\n{PROSE}"
    assert [page.item for page in marks(first, second, form="10-Q")] == ["I-1", "II-1"]


def test_a_table_of_contents_is_one_and_opens_no_item():
    contents, after = marks(f"Table of Contents\n{CONTENTS}", PROSE)
    assert contents.contents
    assert after.item == "cover"


def test_statement_faces_are_tagged_also_when_the_text_layer_splits_words():
    read = marks(
        f"Consolidated Statem ents of Incom e\n{INCOME}\n{FIGURES}",
        f"ACME INC.\nCONSOLIDATED BALANCE SHEETS\n{BALANCE}\n{FIGURES}",
        f"Consolidated Statements of Cash Flows\n{CASH}\n{FIGURES}",
    )
    assert [page.statement for page in read] == [
        Statement.INCOME,
        Statement.BALANCE,
        Statement.CASH_FLOW,
    ]


def test_a_summary_away_from_the_statements_is_no_face():
    summary = f"Consolidated Balance Sheets\n{BALANCE}\n{FIGURES}"
    faces = (
        f"Consolidated Statements of Income\n{INCOME}\n{FIGURES}",
        f"Consolidated Balance Sheets\n{BALANCE}\n{FIGURES}",
        f"Consolidated Statements of Cash Flows\n{CASH}\n{FIGURES}",
    )
    read = marks(summary, *[PROSE] * 5, *faces)
    assert [page.statement is not None for page in read] == [False] * 6 + [True] * 3


def test_prose_that_names_a_statement_is_no_face():
    assert marks(f"Consolidated Balance Sheets\n{PROSE}")[0].statement is None


def test_the_heading_of_a_note_is_carried_over_its_pages():
    opening = f"Item 8. Financial Statements\nNote 1. Leases\n{PROSE}"
    read = marks(opening, PROSE, f"{PROSE}\nNote 2 - Income Taxes\n{PROSE}", PROSE)
    assert [page.note for page in read] == [
        "Leases",
        "Leases",
        "Leases / Income Taxes",
        "Income Taxes",
    ]


def test_a_note_ends_with_its_item():
    notes = f"Item 8. Financial Statements\nNote 1. Leases\n{PROSE}"
    assert marks(notes, f"Item 9A. Controls\n{PROSE}")[1].note == ""


def test_running_heads_stand_outside_of_a_page_s_own_text_but_units_do_not():
    texts = [f"ACME INC.\n(in millions)\nSales {'abcdef'[n]}\n\n{n}" for n in range(6)]
    repeated = running_heads(pages(*texts))
    start, end = body(texts[3], repeated)
    assert texts[3][start:end] == "(in millions)\nSales d"


def test_a_page_of_running_heads_alone_is_kept_whole():
    assert body("12", frozenset()) == (0, 2)


@given(
    st.lists(st.text(max_size=600), min_size=1, max_size=6), st.sampled_from(["10-K", "10-Q", ""])
)
def test_any_text_is_marked_and_its_body_lies_within_it(texts, form):
    marked = mark(pages(*texts), form)
    assert [page.text for page in marked] == texts
    repeated = running_heads(marked)
    for text in texts:
        start, end = body(text, repeated)
        assert 0 <= start <= end <= len(text)
