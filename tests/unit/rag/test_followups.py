"""What a follow-up is made to say, and what is left as it stands."""

from datetime import date

import pytest

from assistant.rag.followups import stand_alone
from assistant.rag.reading import read_question
from tests.unit.rag.making import filing

FILINGS = [
    filing("Meridian Tools, Inc.", name="a", form="10-K", fiscal_year=2022),
    filing("Meridian Tools, Inc.", name="b", form="10-K", fiscal_year=2021),
    filing("QUILL FOODS CORP", name="c", form="10-Q", fiscal_year=2022, quarter=2),
]
YEAR = "What was Meridian's total revenue in fiscal 2022?"
QUARTER = "What was Quill's net income in Q2 2022?"


def said(question, *earlier):
    return stand_alone(question, earlier, FILINGS)


REPLACED = [
    ("and in 2021?", "What was Meridian Tools' total revenue in fiscal 2021?"),
    ("And the year before?", "What was Meridian Tools' total revenue in FY2021?"),
    ("what about quill?", "What was Quill Foods' total revenue in fiscal 2022?"),
    ("same for operating income", "What was Meridian Tools' operating income in fiscal 2022?"),
    ("gross margin?", "What was Meridian Tools' gross margin in fiscal 2022?"),
    ("And from 2019 to 2021?", "What was Meridian Tools' total revenue from 2019 to 2021?"),
    ("And Fasteners?", "What was Meridian Tools' Fasteners revenue in fiscal 2022?"),
    ("And Acme's revenue?", "What was Acme's revenue in fiscal 2022?"),
    ("And as a share of total assets?", "What was Meridian Tools' total revenue as a share of total assets in fiscal 2022?"),
    ("What share of total assets is that?", "What was Meridian Tools' total revenue as a percentage of total assets in fiscal 2022?"),
    ("and in the 10-Q?", "What was Meridian Tools' total revenue in fiscal 2022 in the 10-Q?"),
]  # fmt: skip
COMPLETED = [
    ("What was its net income?", "What was Meridian Tools' net income in fiscal 2022?"),
    ("How much did they spend on capex in 2021?", "How much did Meridian Tools spend on capex in 2021?"),
    ("Where is the company headquartered?", "Where is Meridian Tools headquartered?"),
    ("How does that compare with the prior year?", "How does Meridian Tools' total revenue in fiscal 2022 compare with FY2021?"),
    ("how does Quill compare?", "How does Meridian Tools' total revenue in fiscal 2022 compare with Quill Foods?"),
    ("Why did it fall in 2021?", "Why did Meridian Tools' total revenue fall in 2021?"),
    ("why?", "Why did Meridian Tools' total revenue change in fiscal 2022?"),
    ("What drove the increase?", "What drove the increase in Meridian Tools' total revenue in fiscal 2022?"),
    ("What was Meridian's net income?", "What was Meridian Tools' net income in fiscal 2022?"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "whole"), REPLACED)
def test_what_a_fragment_names_replaces_it_in_the_question_before(question, whole):
    assert said(question, YEAR) == whole


@pytest.mark.parametrize(("question", "whole"), COMPLETED)
def test_a_sentence_gets_the_company_time_and_figure_that_it_points_to(question, whole):
    assert said(question, YEAR) == whole


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("the quarter before?", "What was Quill Foods' net income in Q1 FY2022?"),
        ("a year earlier?", "What was Quill Foods' net income in Q2 FY2021?"),
        ("and in 2021?", "What was Quill Foods' net income in Q2 2021?"),
        ("And for the full year?", "What was Quill Foods' net income in FY2022?"),
        ("and Q1?", "What was Quill Foods' net income in Q1 of 2022?"),
        (
            "And for the first six months?",
            "What was Quill Foods' net income in the first six months of 2022?",
        ),
    ],
)
def test_times_are_counted_from_the_quarter_before(question, whole):
    assert said(question, QUARTER) == whole


@pytest.mark.parametrize(
    "question",
    [
        "What was Quill's revenue in Q2 2022?",
        "What was Quill's revenue?",
        "What was Acme's revenue in 2021?",
        "Which company has the largest revenue?",
        "Which filings mention steel?",
        "What is a gross margin?",
        "How do I upload a filing?",
        "What does Quill make?",
        "Thanks!",
        "Really?",
        "and?",
        "?",
        "{}",
        "and the quarter before?",  # of a year
    ],
)
def test_a_new_topic_a_complete_question_and_small_talk_stay_as_they_are(question):
    assert said(question, YEAR) == question


def test_the_first_question_stays_as_it_is():
    assert said("and in 2021?") == "and in 2021?"


def test_each_turn_stands_on_the_one_before():
    turns = [YEAR, "and net income?", "Thanks!", "what about Quill?", "and the year before?"]
    assert said("and why?", *turns) == "Why did Quill Foods' net income change in FY2021?"


def test_a_new_question_ends_what_was_said_before():
    assert said("and in 2020?", YEAR, QUARTER) == "What was Quill Foods' net income in Q2 2020?"


def test_without_a_time_the_year_before_is_before_the_newest_filing():
    whole = said("and the year before?", "What was Meridian's revenue?")
    assert whole == "What was Meridian Tools' revenue in FY2021?"


def test_a_date_keeps_its_day_in_another_year():
    whole = said("and in 2021?", "How much cash did Meridian hold at December 31, 2022?")
    assert read_question(whole, FILINGS).periods.dates == (date(2021, 12, 31),)


def test_a_form_stays_with_the_company_only():
    asked = "What was net income in Quill's 10-Q for Q2 2022?"
    assert read_question(said("What was its revenue?", asked), FILINGS).forms == ("10-Q",)
    assert read_question(said("and Meridian?", asked), FILINGS).forms == ()


def test_a_name_from_a_file_brings_no_time_along():
    filings = [filing(name="Corvine 10-K 2024")]
    asked = "What were Corvine's net sales in 2023?"
    assert stand_alone("and in 2022?", [asked], filings).endswith("net sales in 2022?")
    read = read_question(stand_alone("And its net income?", [asked], filings), filings)
    assert (read.companies, read.periods.years) == (("Corvine 10 K 2024",), (2023,))


@pytest.mark.parametrize(
    "text", ["\x00", "and " * 400, "and " + "(" * 500, "\ud83d\ude00?", "\u0130 2021?"]
)
def test_odd_texts_are_survived(text):
    assert isinstance(said(text, YEAR, text), str)
