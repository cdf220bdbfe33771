"""Which of two filings of one period is current, on which day."""

from dataclasses import replace
from datetime import date

from assistant.rag.documents import choose
from assistant.rag.reading import read_question
from assistant.rag.superseded import known, notes, superseded
from tests.unit.rag.making import filing

YEAR = {"form": "10-K", "fiscal_year": 2023, "period_end": date(2023, 12, 31)}
OLD = replace(
    filing("Acme, Inc.", name="old", filed=date(2024, 2, 20), **YEAR), superseded_by="new"
)
NEW = filing("Acme, Inc.", name="new", amended=True, filed=date(2024, 8, 9), **YEAR)
UNDATED = filing("Acme, Inc.", name="undated")


def test_a_filing_is_unknown_before_the_day_it_was_filed():
    assert known([NEW, UNDATED], date(2024, 8, 8)) == [UNDATED]
    assert known([NEW, UNDATED], date(2024, 8, 9)) == [NEW, UNDATED]
    assert known([NEW, UNDATED], None) == [NEW, UNDATED]


def test_without_a_filing_date_the_end_of_the_period_is_taken():
    unsigned = filing("Acme, Inc.", name="unsigned", **YEAR)
    assert known([unsigned], date(2023, 12, 30)) == []
    assert known([unsigned], date(2023, 12, 31)) == [unsigned]


def test_a_filing_is_current_until_the_amendment_is_filed():
    assert [one.superseded_by for one in known([OLD, NEW], date(2024, 8, 8))] == [""]
    assert [one.superseded_by for one in known([OLD, NEW], date(2024, 8, 9))] == ["new", ""]


def test_the_current_filing_is_looked_into_first():
    read = read_question("Acme's revenue in FY2023", [OLD, NEW])
    assert list(choose([OLD, NEW], read)) == ["new", "old"]
    before = known([OLD, NEW], date(2024, 3, 1))
    assert list(choose(before, read)) == ["old"]


def test_an_answer_says_which_filing_is_current():
    pairs = superseded([OLD, NEW, UNDATED])
    day = date(2025, 1, 2)
    assert notes(["new"], pairs, day) == ("new supersedes old as of 2025-01-02.",)
    assert notes(["old"], pairs, day) == ("old is superseded by new as of 2025-01-02.",)
    assert notes(["undated"], pairs, day) == ()
