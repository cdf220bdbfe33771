"""Whether an answer stands on what it cites."""

from assistant.domain.answers import Evidence, FigureStatus
from assistant.domain.filings import Locator
from assistant.rag.verify import verify

PAGE = "Balance sheet\nProperty and equipment, net   253   282\nTotal assets   19,845   17,890\n"
EVIDENCE = Evidence(PAGE, Locator("f", "ACME 10-K", 69, "", 100, 100 + len(PAGE)), label="E1")


def test_the_quote_is_verbatim_text_of_the_page_at_its_place():
    [citation] = verify("> Property and equipment, net | 253 | 282 [1]", [EVIDENCE]).citations
    assert citation.quote == "Property and equipment, net   253   282"
    start = citation.locator.start - 100
    assert PAGE[start : start + len(citation.quote)] == citation.quote


def test_a_paraphrase_cites_the_whole_evidence():
    [citation] = verify("PP&E fell to 253 [1].", [EVIDENCE]).citations
    assert citation.quote == PAGE


def test_a_figure_in_the_cited_text_is_verified_and_another_is_not():
    checked = verify("PP&E was 253 [1], up from 999 [1].", [EVIDENCE])
    assert [(f.text, f.status, f.citation) for f in checked.figures] == [
        ("253", FigureStatus.VERIFIED, 1),
        ("999", FigureStatus.UNSUPPORTED, None),
    ]


def test_a_figure_without_a_mark_is_unsupported_though_the_page_holds_it():
    [figure] = verify("Total assets were 19,845.", [EVIDENCE]).figures
    assert figure.status is FigureStatus.UNSUPPORTED


def test_a_mark_that_stands_for_nothing_is_no_citation():
    assert verify("Total assets were 19,845 [2].", [EVIDENCE]).citations == ()


def test_a_figure_with_another_sign_or_unit_is_not_the_same_figure():
    cited = Evidence("margin of 12.5% on $40", EVIDENCE.locator, label="E1")
    checked = verify("12.5 bps and $(40) [1]", [cited])
    assert {f.status for f in checked.figures} == {FigureStatus.UNSUPPORTED}
