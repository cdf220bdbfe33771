"""Wrong figures planted into right answers of a fictional company's statements."""

from assistant.evals.verification import Page, plants, right_answers, score
from tests.unit.rag.statements import BALANCE, CASH, INCOME, evidence

PAGES = [
    Page(evidence(text, "E1", page, header=f"{company} 10-K 2022"), company)
    for company in ("Meridian Tools", "Apex Forge")
    for page, text in enumerate(
        (part.replace("MERIDIAN TOOLS", company.upper()) for part in (INCOME, BALANCE, CASH)), 1
    )
]


def test_right_answers_are_written_from_rows_and_state_what_the_row_prints():
    stated = next(right_answers(PAGES))
    assert stated.text == "Meridian Tools's net sales in FY2022 was $4,200 million [1]."


def test_a_plant_changes_one_thing():
    stated = next(right_answers(PAGES))
    planted = {
        plant.kind: plant.text for plant in plants(stated, ["Meridian Tools", "Apex Forge"], 0)
    }
    assert planted["scale"] == "Meridian Tools's net sales in FY2022 was $4,200 billion [1]."
    assert planted["sign"] == "Meridian Tools's net sales in FY2022 was -$4,200 million [1]."
    assert planted["year"] == "Meridian Tools's net sales in FY2021 was $4,200 million [1]."
    assert planted["company"] == "Apex Forge's net sales in FY2022 was $4,200 million [1]."
    assert planted["digit"] not in {stated.text, *planted.values()} - {planted["digit"]}


def test_planted_figures_are_caught_and_right_ones_left_alone():
    result = score(PAGES)
    assert result.metrics["planted"] > 100
    assert result.metrics["caught"] == 1.0, result.missed
    assert result.metrics["false_flags"] == 0.0, result.false_flags
    assert result.metrics["quotes_verbatim"] == 1.0
    assert result.metrics["invented_keys_removed"] == 1.0


def test_nothing_to_score_gives_no_shares():
    assert score([]).metrics["caught"] == 0.0
