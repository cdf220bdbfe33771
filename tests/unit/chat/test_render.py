"""Text of filings is made inert; marks become links; a refusal cites nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.render import answer_markdown, outcome_markdown
from assistant.chat.safe_markdown import SafeStream, inert, sanitised
from assistant.domain.answers import Answer, Citation, Destination, Figure, FigureStatus, Route
from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Locator
from assistant.domain.ingestion import IngestOutcome, IngestStatus

ROUTE = Route(Destination.BUILTIN, ("asked for",))
PLACE = Locator("id 1/2", "Lakeview 10-K", 12, "Item 7", 40, 90)


def answer(text, *, refused=False, figures=(), media_type="application/pdf"):
    return Answer(
        text, (Citation(1, PLACE, "quote", media_type),), figures, ROUTE, "builtin", refused=refused
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](y)", r"!\[x\](y)"),
        ("<b>", r"\<b>"),
        ("Item 7:Management", r"Item 7\:Management"),
        ("10:30", "10:30"),
        ("see http://evil.example/a b", "see `http://evil.example/a` b"),
        ("www.evil.example", "`www.evil.example`"),
        ("mail a.b@evil.example now", "mail `a.b@evil.example` now"),
        ("2*3 _x_", r"2\*3 \_x\_"),
        ("# Head", r"\# Head"),
        ("1. First", r"1\. First"),
        ("- dash", r"\- dash"),
        ("    code", "code"),
        ("&amp; & co", r"\&amp; & co"),
        ("a\\b", r"a\\b"),
    ],
)
def test_markdown_in_a_filing_is_shown_as_it_is_written(text, shown):
    assert inert(text) == shown


def test_a_models_own_emphasis_stays_but_its_links_do_not():
    assert sanitised("**bold** [a](b)") == "**bold** a (link removed)"


@given(st.lists(st.text(alphabet="ab1.:/[]*_`<>&@ \nwhtp", max_size=8), max_size=12))
def test_a_stream_shows_the_same_as_the_whole_text(pieces):
    stream = SafeStream()
    shown = "".join([stream.feed(piece) for piece in pieces] + [stream.close()])
    assert shown == inert("".join(pieces))


def test_an_answer_of_before_says_so():
    fresh = answer("Net sales were $1 [1].")
    assert "earlier answer" not in answer_markdown(fresh)
    assert answer_markdown(replace(fresh, cached_from=7)).endswith(
        "*From an earlier answer, same filings.*"
    )


def test_a_mark_links_to_the_page_and_the_words():
    shown = answer_markdown(answer("Sales were $3. [1]"))
    assert "[1](/viewer/id%201%2F2?page=12&start=40&end=90&n=1#quote" in shown
    assert "Lakeview 10-K, page 12, Item 7" in shown


def test_a_document_without_pages_is_named_by_its_section():
    shown = answer_markdown(answer("Sales were $3. [1]", media_type="text/html"))
    assert "Lakeview 10-K, Item 7" in shown
    assert "Lakeview 10-K, page" not in shown.partition("Sources")[2].partition(")")[2]


def test_a_mark_that_stands_for_nothing_stays_text():
    assert r"\[7\]" in answer_markdown(answer("Odd. [7]"))


def test_a_refusal_names_the_closest_pages_but_cites_nothing():
    text = "The filings do not hold an answer to this question. The closest passages are these: [1]"
    shown = answer_markdown(answer(text, refused=True))
    assert shown.startswith("#### No answer in the filings")
    assert "&n=" not in shown
    assert "Lakeview 10-K, page 12" in shown


def test_quoted_rows_become_a_table_with_their_column_heads():
    shown = answer_markdown(
        answer("> 2024 | 2023\n> Total revenue | 2,958 | 2,755 [1]\n\nDone. [1]")
    )
    rows = shown.splitlines()[:3]
    assert rows[0] == "|  | 2024 | 2023 |"
    assert rows[1] == "|---|--:|--:|"
    assert rows[2].startswith("| Total revenue | 2,958 | 2,755 [1](/viewer/")


def test_quoted_rows_whose_heads_do_not_fit_stay_as_they_are():
    quoted = "> 2022 | 2023\n> Total Amcor | 14,544 | 1,701 | 11.7"
    assert answer_markdown(answer(f"{quoted} [1]")).startswith(quoted)


def test_an_untraced_figure_is_named():
    figure = Figure("$9", Decimal(9), "USD", FigureStatus.UNSUPPORTED, None)
    assert "Not found in the cited text: $9" in answer_markdown(answer("$9 [1]", figures=(figure,)))


def test_a_refused_file_has_one_line_with_reason_and_advice():
    error = FilingRejected(Rejection.EMPTY_FILE, "a.pdf is empty", "Export it again.")
    line = outcome_markdown(IngestOutcome("a.pdf", IngestStatus.REJECTED, 0.1, error=error))
    assert line == "✗ **a.pdf**: a.pdf is empty. Export it again."


def test_a_table_keeps_its_bars_and_links_the_mark_of_each_cell():
    text = "| Company | FY2024 |\n| --- | ---: |\n| Lakeview, Inc. | $5 million [1] |"
    *_, row = answer_markdown(answer(text)).split("\n\n")[0].split("\n")
    assert row.startswith("| Lakeview, Inc. | $5 million [1](/viewer/id%201%2F2?")
    assert row.count("|") == 3
