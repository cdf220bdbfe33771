from decimal import Decimal

import pytest

from assistant.evals.figures import figures_in, holds_all


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("$1577.00", "Purchases of property (1,577) (1,373) [1]"),
        ("$1577.00", "Capital expenditures were $1,577 million."),
        ("$1577.00", "They spent $1.577 billion."),
        ("$1577.00", "They spent $1,577,000,000."),
        ("$1577.00", "They spent $1,576.8 million."),
        ("1.9%", "The margin was 1.9 percent."),
        ("1.9%", "The ratio was 0.019."),
        ("12.5", "It was 12.5%."),
        ("-3.7", "Growth was (3.7)."),
        ("-3.7%", "Growth was (3.7%)."),
        ("-$1561M", "Working capital was $(1,561) million."),
        ("-$1561M", "Working capital was -$1,561 million."),
        ("$400,000,000 increase.", "An increase of $400 million."),
        ("$8,400,000,000", "A total of $8.4 billion."),
        ("from 24.6% in FY 2021 to 21.6% in FY 2022", "21.6% in 2022, 24.6% in 2021"),
        ("9,340", "we employed 9,340 people"),
        ("$0.385 per share", "a dividend of $0.385 per common share,"),
    ],
)
def test_a_figure_is_found_however_it_is_written(gold: str, answer: str) -> None:
    assert holds_all(answer, figures_in(gold))


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("$1577.00", "Purchases were 1,578."),
        ("$1577.00", "They spent about $1.6 billion."),
        ("$1577.00", "15,770"),
        ("24.26", "The turnover was 24.3."),
        ("24.26", "24.27"),
        ("-3.7", "Growth was 3.7."),
        ("3.7", "Growth was -3.7."),
        ("1.9%", "The margin was 19%."),
        ("1.9%", "The margin was 190%."),
        ("5", "There were 5,000 of them."),
        ("1", "Nothing but a mark [1]."),
        ("$2 million", "They spent $2 billion."),
        ("24.6% to 21.6%", "It was 24.6%."),
        ("2.14", "It grew in 2,014 places."),
        ("2019 stores", "The year 2019."),
    ],
)
def test_another_figure_is_not_taken_for_it(gold: str, answer: str) -> None:
    figures = figures_in(gold)

    assert not figures or not holds_all(answer, figures)


def test_years_form_names_and_marks_are_no_figures() -> None:
    text = "In FY2019 and 2020, Q2, the 10-K of December 31, 2021 [2] and 8-K/A; Note 6b."

    assert [figure.value for figure in figures_in(text)] == [Decimal(31)]


def test_a_number_in_a_name_is_no_figure() -> None:
    assert figures_in("Meridan-7 and COVID-19 and R2D2 and v1.2.3") == []


def test_an_amount_that_looks_like_a_year_counts_when_it_is_marked_as_one() -> None:
    assert [f.value for f in figures_in("$2018 and 2,018 and 2018 million and 2018")] == [2018] * 3
