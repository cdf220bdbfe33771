"""What the built-in answerer states, and when it refuses."""

from assistant.domain.answers import Evidence
from assistant.domain.filings import Locator
from assistant.rag.extractive import best_statements

INCOME = """CONSOLIDATED STATEMENTS OF INCOME
                         2024   2023   2022
Net sales                   4,812   4,410   4,001
Cost of sales               2,950   2,760   2,540
Gross profit                1,862   1,650   1,461"""
PROSE = (
    "Net sales rose because of higher volumes in the Instruments segment. "
    "We depend on a single supplier for optical sensors. Weather may hurt our harvest business."
)


def evidence(text, label, header="Tarrowmere 10-K 2024"):
    where = Locator("f", "Tarrowmere 10-K 2024", 3, "", 0, len(text))
    return Evidence(text, where, header=header, label=label)


def test_a_table_row_is_stated_with_its_column_heads():
    [best, *_] = best_statements("What was gross profit in 2024?", [evidence(INCOME, "E1")])
    assert best.text.split("\n") == [
        "2024   2023   2022",
        "Gross profit                1,862   1,650   1,461",
    ]
    assert best.is_row


def test_the_sentence_that_answers_is_stated_verbatim():
    found = best_statements(
        "Which single supplier do we depend on?", [evidence(INCOME, "E1"), evidence(PROSE, "E2")]
    )
    assert found[0].text == "We depend on a single supplier for optical sensors."
    assert found[0].label == "E2"


def test_a_question_that_the_filings_do_not_answer_is_refused():
    for question in (
        "What is the population of France?",
        "How many goodwill impairments did the airline record?",
    ):
        assert best_statements(question, [evidence(INCOME, "E1"), evidence(PROSE, "E2")]) == []


def test_the_filings_own_name_alone_is_no_answer():
    assert best_statements("Tarrowmere 10-K 2024?", [evidence(PROSE, "E1")]) == []


def test_another_companys_row_never_answers_for_the_company_asked():
    ours = evidence("We sell instruments to laboratories in many countries of the world.", "E1")
    other = evidence(INCOME, "E2", header="Brindlecombe 10-K 2024")
    assert best_statements("What was Tarrowmere gross profit in 2024?", [other, ours]) == []


def test_without_evidence_there_is_no_answer():
    assert best_statements("What was gross profit?", []) == []
