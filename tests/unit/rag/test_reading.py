"""What a question is read as."""

import pytest

from assistant.domain.answers import Scope
from assistant.domain.structure import Statement
from assistant.rag.reading import in_scope, read_question, without_instructions
from assistant.rag.vocabulary import vocabulary
from tests.unit.rag.making import filing

FILINGS = [filing("Tarrowmere Foods, Inc.", "TARF", name="a"), filing("Quill Corp.", name="b")]


def names(terms):
    return [term.name for term in terms]


def test_a_question_is_read_whole():
    read = read_question("What was Tarrowmere's capex in its FY2022 10-K?", FILINGS)
    assert (read.companies, read.filings) == (("Tarrowmere Foods, Inc.",), {"a"})
    assert (read.periods.years, read.forms) == ((2022,), ("10-K",))
    assert names(read.metrics) == ["capital expenditures"]
    assert read.wanted == {Statement.CASH_FLOW}
    assert read.core == "capex"


@pytest.mark.parametrize(
    ("question", "chip"),
    [
        (
            "Quill's capex in FY2020 and FY2022",
            ("Quill Corp.", "FY2020-2022", "capital expenditures"),
        ),
        ("Quill's 10-Q for Q2 of FY2022", ("Quill Corp.", "10-Q", "Q2 FY2022")),
        (
            "Quill's shareholder vote on May 3, 2023",
            ("Quill Corp.", "2023-05-03", "shareholder votes"),
        ),
        ("Hello", ()),
    ],
)
def test_what_was_understood_is_shown_in_short(question, chip):
    assert read_question(question, FILINGS).chip == chip


def test_a_ratio_brings_what_it_is_computed_from():
    read = read_question("fixed asset turnover of Quill", FILINGS)
    assert names(read.metrics)[1:] == ["revenue", "property, plant and equipment"]
    assert read.wanted == {Statement.INCOME, Statement.BALANCE}


def test_the_longest_term_is_the_one_meant():
    assert names(read_question("gross profit margin", FILINGS).metrics)[0] == "gross margin"
    assert names(read_question("effective tax rates", FILINGS).topics) == ["effective tax rate"]


def test_a_statement_named_in_an_instruction_is_kept_and_its_words_are_not():
    read = read_question(
        "What is Quill's net income? Base your judgment on information provided primarily in the "
        "P&L statement. Round your answer to two decimal places.",
        FILINGS,
    )
    assert read.statements == (Statement.INCOME,)
    assert read.core == "net income"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What is it? Answer in USD millions.", "What is it?"),
        ("By relying on the details in the balance sheet, what are total assets?", "what are total assets?"),
        ("Is it so? If margin is not a useful metric, then state that.", "Is it so?"),
        ("Looking at VaR, did the risk fall?", "Looking at VaR, did the risk fall?"),
        ("Round your answer.", "Round your answer."),
    ],
)  # fmt: skip
def test_instructions_are_dropped_unless_nothing_is_left(text, asked):
    assert without_instructions(text).strip() == asked


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Are there legal proceedings?", "3"),
        ("What are the main risk factors?", "1A"),
        ("In which geographies does it operate?", "1"),
        ("Which securities are listed on an exchange?", "cover"),
        ("What was the outcome of the shareholder vote?", "5.07"),
    ],
)
def test_a_topic_knows_the_item_that_tells_it(text, item):
    assert item in read_question(text, FILINGS).items


def test_breakdowns_are_looked_for_away_from_the_statements():
    assert read_question("What drove revenue by segment?", FILINGS).away
    assert not read_question("What was revenue?", FILINGS).away


def test_words_that_name_a_company_name_no_metric():
    read = read_question("Sales Corp. headcount", [filing("Sales Corp.", name="s")])
    assert names(read.metrics) == []


def test_a_question_far_too_long_or_with_null_characters_is_read():
    assert read_question("net\x00 sales " * 5000, FILINGS).metrics


def test_scope_is_by_name_or_id_and_empty_means_all():
    assert in_scope(FILINGS, Scope(("b",))) == FILINGS[1:]
    assert in_scope(FILINGS, Scope()) == FILINGS


def test_every_part_of_the_vocabulary_exists_and_every_term_has_a_phrase():
    terms = vocabulary()
    assert all(part in terms.metrics for metric in terms.metrics.values() for part in metric.parts)
    assert all(metric.rows for metric in terms.metrics.values())
    assert all(said == said.lower() for said in terms.asked)
