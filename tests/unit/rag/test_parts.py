"""Figures of segments, products and regions, stated by the rows that name them."""

import pytest

from assistant.domain.answers import FigureStatus
from assistant.rag.answering import answer
from assistant.rag.verify import verify
from tests.unit.rag.statements import INCOME, evidence

HEADER = "Meridian Tools, Inc. · 10-K · FY2022"
SEGMENTS = """Note 12. Segments
(In millions)
2022  2021
Net sales:
Hand Tools  2,700  2,600
Power Systems  1,500  1,300
Total  4,200  3,900
Operating income:
Hand Tools  430  420
Power Systems  200  165"""
REGIONS = """Net sales by region were as follows (in millions):
2022  2021
China (including Hong Kong)  286  301
Japan  97  88"""
OWN = """Power Systems (in millions)
2022  2021
Power Systems:
Net sales  1,500  1,300
Operating income  200  165"""


def asked(question, *pages):
    found = [evidence(text, f"E{n}", n, HEADER) for n, text in enumerate(pages, start=1)]
    return answer(question, found)


@pytest.mark.parametrize(
    ("question", "pages", "stated"),
    [
        ("What was Meridian's Hand Tools revenue in FY2022?", (SEGMENTS,), "FY2022 Hand Tools revenue: $2,700 million"),
        ("What was Meridian's Power Systems operating income in FY2021?", (SEGMENTS,), "FY2021 Power Systems operating income: $165 million"),
        ("What was Meridian's revenue from China in FY2022?", (REGIONS,), "FY2022 China revenue: $286 million"),
        ("What were Meridian's net sales in Japan in FY2021?", (INCOME, REGIONS), "FY2021 Japan revenue: $88 million"),
        ("What was Meridian's Power Systems revenue in FY2022?", (OWN, SEGMENTS), "FY2022 Power Systems revenue: $1,500 million"),
    ],
)  # fmt: skip
def test_the_row_of_a_part_states_its_figure_and_is_cited(question, pages, stated):
    [paragraph] = asked(question, *pages)
    assert paragraph.split("\n")[0] == stated
    [label] = {paragraph[-3:-1]}
    page = evidence(pages[int(label[1:]) - 1], header=HEADER)
    checked = verify(paragraph.replace(f"[{label}]", "[1]"), [page])
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}


DISAGREES = REGIONS.replace("286", "268")
NO_ITEM = REGIONS.replace("Net sales by region", "Employees and sites")
BOTH = REGIONS.replace("Net sales by region", "Net sales and operating income by region")
NO_SCALE = REGIONS.replace(" (in millions)", "")
SHARES = """Net sales by region (in millions)
2022  2021
Dollars  Total  Dollars  Total
China  286  7  301  8"""


@pytest.mark.parametrize(
    ("question", "pages"),
    [
        ("What was Meridian's revenue from Mars in FY2022?", (REGIONS,)),
        ("What was Meridian's revenue from China in FY2019?", (REGIONS,)),
        ("What was Meridian's operating income from China in FY2022?", (REGIONS,)),
        ("What was Meridian's revenue from China in FY2022?", (REGIONS, DISAGREES)),
        ("What was Meridian's revenue from China in FY2022?", (NO_ITEM,)),
        ("What was Meridian's revenue from China in FY2022?", (BOTH,)),
        ("What was Meridian's revenue from China in FY2022?", (NO_SCALE,)),
        ("What was Meridian's revenue from China in FY2022?", (SHARES,)),
        ("What was Meridian's Systems revenue in FY2022?", (SEGMENTS,)),
        ("What was the revenue in FY2022?", ("Net sales (in millions)\n2022  2021\n  286  301",)),
        ("What was Meridian's Heavy Hand Tools revenue in FY2022?", (SEGMENTS,)),
        ("What was Meridian's Power Systems revenue in FY2022?", (INCOME,)),
        ("What was Meridian's Hand Tools revenue in FY2022?", (INCOME,)),
    ],
)
def test_no_other_row_stands_for_a_part(question, pages):
    assert not any("$" in paragraph for paragraph in asked(question, *pages))
