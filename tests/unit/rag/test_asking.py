"""What a question wants computed."""

import pytest

from assistant.rag.asking import Shape, read_ask

ASKED = [
    ("What is the FY2018 capital expenditure amount (in USD millions) for Acme?", Shape.VALUE, "capital expenditures", ["FY2018"]),
    ("What is the FY2017 - FY2019 3 year average of capex as a % of revenue for Acme?", Shape.AVERAGE, "capital expenditures as a percentage of revenue", ["FY2017", "FY2018", "FY2019"]),
    ("What is the FY2015 3 year average net profit margin for Acme?", Shape.AVERAGE, "net profit margin", ["FY2013", "FY2014", "FY2015"]),
    ("What is Acme's year-over-year change in operating income from FY2015 to FY2016 (in units of percents)?", Shape.GROWTH, "operating income", ["FY2015", "FY2016"]),
    ("What is Acme's 2 year total revenue CAGR from FY2020 to FY2022?", Shape.CAGR, "revenue", ["FY2020", "FY2021", "FY2022"]),
    ("How much has the effective tax rate of Acme changed between FY2021 and FY2022?", Shape.CHANGE, "effective tax rate", ["FY2021", "FY2022"]),
    ("Did Acme grow its PPNE between FY20 and FY21?", Shape.ROSE, "property, plant and equipment, net", ["FY2020", "FY2021"]),
    ("Was there any drop in Cash & Cash equivalents between FY 2023 and Q2 of FY2024?", Shape.FELL, "cash and cash equivalents", ["FY2023", "Q2 FY2024"]),
    ("Does Acme have positive working capital based on FY2022 data?", Shape.POSITIVE, "working capital", ["FY2022"]),
    ("Does Acme have a reasonably healthy liquidity profile based on its quick ratio for FY22?", Shape.HEALTHY, "quick ratio", ["FY2022"]),
    ("What was the largest liability in Acme's balance sheet in 2022?", Shape.LARGEST, "liability", ["FY2022"]),
    ("What is the FY2022 unadjusted EBITDA % margin for Acme? Calculate unadjusted EBITDA using unadjusted operating income and D&A (from cash flow statement).", Shape.VALUE, "EBITDA margin", ["FY2022"]),
    ("What is Acme's FY2022 dividend payout ratio (using total cash dividends paid and net income attributable to shareholders)?", Shape.VALUE, "dividend payout ratio", ["FY2022"]),
]  # fmt: skip

NOT_COMPUTED = [
    "Which of Acme's business segments had the highest net income in 2021?",
    "If we exclude the impact of M&A, what was the change in revenue in FY2022?",
    "What is the FY2021 organic growth of net sales for Acme?",
    "What is the FY2019 happiness ratio? Happiness ratio is defined as: joy / revenue.",
    "Roughly how many times has Acme sold its inventory in FY2022?",
    "Who is the chief executive of Acme?",
    "What drove gross margin change in FY2022?",
    "",
]


@pytest.mark.parametrize(("question", "shape", "name", "periods"), ASKED)
def test_a_question_is_read_as_shape_measure_and_periods(question, shape, name, periods):
    ask = read_ask(question)
    assert (ask.shape, ask.name) == (shape, name)
    assert [period.words for period in ask.periods] == periods


@pytest.mark.parametrize("question", NOT_COMPUTED)
def test_what_the_rules_do_not_understand_is_left_alone(question):
    assert read_ask(question) is None


def test_rounding_and_units_are_read_from_the_question():
    ask = read_ask("What is FY2019 revenue? Answer in USD billions. Round to three decimal places.")
    assert (ask.places, ask.scale) == (3, 10**9)
