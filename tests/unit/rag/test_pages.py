"""How pages are ranked, on surveys made by hand."""

from array import array
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.search import Field, PageText, Posting, Probe, Survey, SurveyedFiling
from assistant.domain.structure import PageMarks, Statement
from assistant.domain.understanding import Metric, Periods, Topic, Understanding
from assistant.rag.bm25 import Layout, PageTerms
from assistant.rag.pages import order, probe_groups, with_phrases, with_signal

SALES = Metric("revenue", ("net sales",), Statement.INCOME)


def page(number, words=100, filing="f", **marks):
    return filing, number, PageMarks(**marks), words


def posting(lexeme, ordinals, filing="f", field=Field.TEXT):
    ones = [1] * len(ordinals)
    return Posting(field, lexeme, filing, ordinals, ones, [100] * len(ordinals))


def survey(*pages, postings=(), core=(), expansion=(), years=(), points=None, near=()):
    """One passage a page; `near` holds pairs of a page of the filing and a cosine."""
    groups = (frozenset(core), frozenset(expansion), frozenset(years))
    filings = tuple(
        surveyed(filing, [one for one in pages if one[0] == filing], points or {}, near)
        for filing in dict.fromkeys(one[0] for one in pages)
    )
    return Survey(filings, groups, tuple(postings))


def surveyed(filing, pages, points, near):
    _, numbers, marks, words = zip(*pages, strict=True)
    firsts = [number - 1 for number in numbers]
    near_pages, cosines = zip(*near, strict=True) if near else ((), ())
    return SurveyedFiling(
        filing, points.get(filing, 0.0), numbers, marks, words, firsts, near_pages, cosines
    )


def ranked(survey, understanding):
    return order(survey, understanding, 100)


def first(found):
    return found[0][0]


def test_the_page_that_holds_the_words_comes_first():
    found = ranked(
        survey(page(1), page(2), postings=[posting("churn", [1])], core=["churn"]),
        Understanding("churn"),
    )
    assert first(found) == ("f", 2)


def test_the_face_of_the_wanted_statement_beats_a_page_that_holds_the_words():
    pages = page(1), page(2, statement=Statement.INCOME), page(3, statement=Statement.BALANCE)
    postings = [posting("sale", [0, 1, 2])]
    found = ranked(
        survey(*pages, postings=postings, core=["sale"]),
        Understanding("sales", metrics=(SALES,)),
    )
    assert first(found) == ("f", 2)


def test_a_breakdown_is_looked_for_away_from_the_face():
    pages = page(1, items=("7",)), page(2, statement=Statement.INCOME)
    topic = Topic("segments", ("segment",), ("7",), away=True)
    asked = Understanding("sales", metrics=(SALES,), topics=(topic,))
    head = survey(*pages, postings=[posting("segment", [1], field=Field.HEAD)], core=["segment"])
    assert first(ranked(head, asked)) == ("f", 1)
    assert first(ranked(head, replace(asked, topics=()))) == ("f", 2)


def test_risk_factors_and_contents_come_last_unless_they_are_asked_for():
    pages = page(1, items=("1A",)), page(2), page(3, contents=True)
    keys = [key[1] for key, _ in ranked(survey(*pages), Understanding("x"))]
    assert keys == [2, 1, 3]
    risks = Topic("risks", ("risk factors",), ("1A",))
    assert first(ranked(survey(*pages), Understanding("x", topics=(risks,)))) == ("f", 1)


def test_points_of_the_filing_and_years_on_the_page_count():
    pages = page(1, filing="a"), page(1, filing="b")
    assert first(ranked(survey(*pages, points={"b": 1.0}), Understanding("x"))) == ("b", 1)
    pages = page(1), page(2)
    asked = Understanding("x", periods=Periods((2022,)))
    found = ranked(survey(*pages, postings=[posting("2022", [1])], years=["2022"]), asked)
    assert first(found) == ("f", 2)


def test_meaning_breaks_ties():
    pages = page(1), page(2), page(3)
    near = survey(*pages, near=[(1, 0.2), (2, 0.2), (3, 0.1), (3, 0.6)])
    assert first(ranked(near, Understanding("x"))) == ("f", 3)


def test_words_of_heads_and_notes_count_by_page_number():
    heads = [posting("leas", [3], field=Field.HEAD), posting("leas", [3], field=Field.NOTE)]
    found = ranked(
        survey(page(1), page(2), page(3), postings=heads, core=["leas"]),
        Understanding("leases"),
    )
    assert first(found) == ("f", 3)


def test_phrases_are_found_in_text_whose_words_are_split():
    pages = {
        ("f", 1): PageText(("f", 1), "d", "other things", ()),
        ("f", 2): PageText(("f", 2), "d", "Net sa les", ()),
    }
    before = [(("f", 1), 1.0), (("f", 2), 0.9), (("f", 9), 0.1)]
    again = with_phrases(before, pages, Understanding("x", metrics=(SALES,)))
    assert [key for key, _ in again] == [("f", 2), ("f", 1)]


def test_no_more_pages_than_asked_for_are_returned():
    assert len(order(survey(page(1), page(2), page(3)), Understanding("x"), 2)) == 2


def test_a_filing_without_words_beside_one_with_words_changes_nothing():
    pages = page(1), page(2)
    alone = survey(*pages, postings=[posting("churn", [1])], core=["churn"])
    empty = SurveyedFiling("e", 3.0, (), (), (), ())
    beside = replace(
        alone,
        filings=(empty, *alone.filings),
        postings=(*alone.postings, posting("churn", [0], filing="e")),
    )
    assert ranked(beside, Understanding("churn")) == ranked(alone, Understanding("churn"))


def test_nothing_surveyed_gives_nothing():
    assert ranked(survey(), Understanding("x")) == []


def test_a_probe_looks_for_core_words_phrases_and_years():
    asked = Understanding("capex", metrics=(SALES,), periods=Periods((2021, 2022)))
    assert probe_groups(asked) == ("capex", "net sales", "2021 2022")
    assert Probe(probe_groups(asked), array("f", [1.0])).groups[0] == "capex"


@given(st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=4))
def test_a_page_scores_at_least_as_much_with_a_word_as_without(places):
    postings = [posting(f"w{n}", sorted(at)) for n, at in enumerate(places)]
    asked = survey(*(page(n + 1) for n in range(10)), postings=postings)
    terms = PageTerms(asked, Layout(asked))
    stems = {f"w{n}" for n in range(len(places))}
    scores = terms.on_page(stems)
    held = set().union(*places)
    assert all((scores[n] > 0) == (n in held) for n in range(10))
    assert (terms.on_best_passage(stems) >= 0).all()
    assert terms.share_present(stems).max() <= 1


def test_one_more_signal_is_scaled_and_pages_it_does_not_know_count_as_its_worst():
    ranked = [(("f", 1), 1.0), (("f", 2), 0.9), (("f", 3), 0.8)]
    again = with_signal(ranked, {("f", 1): 0.25, ("f", 2): 0.75}, 0.5)
    assert [(key[1], round(score, 6)) for key, score in again] == [(2, 1.4), (1, 1.0), (3, 0.8)]


def test_a_signal_that_says_the_same_of_all_pages_changes_nothing():
    ranked = [(("f", 1), 1.0), (("f", 2), 0.9)]
    assert with_signal(ranked, {("f", 1): 0.5, ("f", 2): 0.5}, 3.0) == ranked
    assert with_signal(ranked, {}, 3.0) == ranked
