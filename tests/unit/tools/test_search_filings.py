"""How the passages of a found page become one piece of evidence."""

from dataclasses import replace

import pytest

from assistant.domain.search import PageText, Span
from assistant.rag.retrieve import FoundPage
from assistant.tools.search_filings import segment

TEXT = "".join(f"{n}" * 100 for n in range(6))


def found(best):
    spans = tuple(Span(n, n * 100, n * 100 + 100, "Item 7", "ACME") for n in range(6))
    rest = [span for span in spans if span.ordinal != best]
    return FoundPage(PageText(("f", 3), "acme", TEXT, spans), (spans[best], *rest), 1.5)


@pytest.mark.parametrize(
    ("best", "budget", "start", "end"),
    [
        (2, 1000, 0, 600),
        (2, 100, 200, 300),
        (2, 200, 100, 300),
        (0, 300, 0, 300),
        (5, 300, 300, 600),
    ],
)
def test_neighbours_join_while_they_fit(best, budget, start, end):
    run = segment(found(best), budget)
    assert (run.locator.start, run.locator.end) == (start, end)
    assert run.text == TEXT[start:end]
    assert (run.locator.page, run.header, run.score) == (3, "ACME", 1.5)


@pytest.mark.parametrize(("budget", "carried"), [(100, "2022  2021"), (200, "")])
def test_a_run_carries_what_its_first_passage_carries(budget, carried):
    page = found(2)
    spans = tuple(
        replace(one, carried="2022  2021" if one.ordinal == 2 else "") for one in page.spans
    )
    assert segment(replace(page, spans=spans), budget).carried == carried
