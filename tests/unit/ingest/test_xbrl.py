"""What an inline-XBRL file tags, read by rule."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.facts import Fact, FactPeriod
from assistant.ingest.extract.xbrl import is_inline_xbrl, read_facts
from assistant.ingest.extract.xbrl_forms import DATES, NUMBERS, number_in_words

YEAR = FactPeriod(date(2023, 10, 1), date(2024, 9, 28))
HEAD = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:xbrldi="http://xbrl.org/2006/xbrldi"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><body>
<xbrli:context id="y"><xbrli:entity/><xbrli:period><xbrli:startDate>2023-10-01</xbrli:startDate>
<xbrli:endDate>2024-09-28</xbrli:endDate></xbrli:period></xbrli:context>
<xbrli:context id="s"><xbrli:entity><xbrli:segment><xbrldi:explicitMember dimension="a:Region">
a:Europe</xbrldi:explicitMember></xbrli:segment></xbrli:entity><xbrli:period>
<xbrli:instant>2024-09-28</xbrli:instant></xbrli:period></xbrli:context>
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
<xbrli:unit id="eps"><xbrli:divide><xbrli:unitNumerator><xbrli:measure>iso4217:USD</xbrli:measure>
</xbrli:unitNumerator><xbrli:unitDenominator><xbrli:measure>xbrli:shares</xbrli:measure>
</xbrli:unitDenominator></xbrli:divide></xbrli:unit>"""


def read(body):
    return read_facts(f"{HEAD}{body}</body></html>".encode())


def number(text, **attributes):
    given_attributes = {"contextRef": "y", "unitRef": "usd", "name": "a:X"} | attributes
    written = " ".join(f'{name}="{value}"' for name, value in given_attributes.items())
    return f"<ix:nonFraction {written}>{text}</ix:nonFraction>"


def test_a_fact_has_its_value_in_whole_units_with_period_and_precision():
    form = {"format": "ixt:num-dot-decimal", "scale": "6", "decimals": "-6"}
    assert read(number("394,328", **form)).numbers == (
        Fact("a:X", Decimal(394_328_000_000), "USD", YEAR, (), -6),
    )


def test_the_sign_attribute_makes_a_printed_loss_negative():
    [fact] = read(number("12", sign="-", unitRef="eps")).numbers
    assert (fact.value, fact.unit) == (Decimal(-12), "USD/shares")


def test_a_fact_of_a_segment_names_its_dimension_and_its_instant():
    [fact] = read(number("5", contextRef="s")).numbers
    assert fact.dimensions == (("a:Region", "a:Europe"),)
    assert fact.period.is_instant
    assert fact.period.days == 0


def test_a_fact_tagged_twice_is_kept_as_it_is_rounded_least():
    body = number("5.2", scale="9", decimals="-8") + number("5,188", scale="6", decimals="-6")
    [fact] = read(body).numbers
    assert fact.value == Decimal(5_188_000_000)


def test_what_cannot_be_read_with_certainty_is_counted_and_makes_no_fact():
    body = number("5", contextRef="nowhere") + number("5", unitRef="") + number("5", format="x:odd")
    facts = read(body + number("5 or 6", format="ixt:num-dot-decimal"))
    assert facts.numbers == ()
    assert facts.unread == 4


def test_a_nil_fact_has_no_value_and_is_not_unread():
    facts = read('<ix:nonFraction contextRef="y" unitRef="usd" name="a:X" xsi:nil="true"/>')
    assert (facts.numbers, facts.unread) == ((), 0)


def test_continued_and_excluded_text_is_joined_and_left_out():
    body = (
        '<ix:nonNumeric contextRef="y" name="a:T" continuedAt="c">10'
        "<ix:exclude>page 3</ix:exclude></ix:nonNumeric>"
        '<p>between</p><ix:continuation id="c" continuedAt="c">-K</ix:continuation>'
    )
    [fact] = read(body).texts
    assert fact.text == "10-K"


def test_a_text_block_stays_out():
    assert (
        read('<ix:nonNumeric contextRef="y" name="a:B" escape="true">x</ix:nonNumeric>').texts == ()
    )


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("numdotdecimal", "1,234.5", "1234.5"),
        ("numdotdecimal", "1.234,5", None),
        ("numcommadecimal", "1.234,5", "1234.5"),
        ("fixedzero", "\u2014", "0"),
        ("numwordsen", "one hundred and five", "105"),
        ("numwordsen", "Twenty-five thousand", "25000"),
        ("numwordsen", "a few", None),
    ],
)
def test_a_number_is_read_by_the_form_it_names(form, text, value):
    assert NUMBERS[form](text) == value


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("datemonthnamedayyearen", "September 28, 2024", "2024-09-28"),
        ("datemonthnamedayen", "September 28", "--09-28"),
        ("datedaymonthyear", "28.09.24", "2024-09-28"),
        ("datemonthdayyear", "13/13/2024", None),
    ],
)
def test_a_date_is_read_by_the_form_it_names(form, text, value):
    assert DATES[form](text) == value


@given(st.integers(min_value=0, max_value=10**15))
def test_a_grouped_number_keeps_its_value(value):
    assert NUMBERS["numdotdecimal"](f"{value:,}") == str(value)


@given(st.text(max_size=40))
def test_no_words_break_the_reader_of_number_words(text):
    found = number_in_words(text)
    assert found is None or found.isdigit()


def test_other_files_tag_nothing():
    assert not is_inline_xbrl(b"<html><body>10-K</body></html>")
    assert read_facts(b"%PDF-1.7").numbers == ()
    assert read_facts(HEAD[:200].encode()).numbers == ()


def test_an_entity_is_not_expanded():
    body = b'<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + HEAD.encode()
    facts = read_facts(body + number("&e;").encode() + b"</body></html>")
    assert facts.numbers == ()


@pytest.mark.parametrize(
    ("name", "cik", "accession"),
    [
        ("aapl-10-k-2024-11-01", "0000320193", "0000320193-24-000123"),
        ("nvda-10-k-2025-02-26", "0001045810", "0001045810-25-000023"),
    ],
)
def test_the_facts_of_two_annual_reports_equal_the_regulators_data(eval_dir, name, cik, accession):
    folder = eval_dir / "xbrl"
    facts = read_facts((folder / f"{name}.html").read_bytes())
    ours = {(f.concept, f.unit, f.period): f.value for f in facts.numbers if not f.dimensions}
    data = json.loads((folder / f"companyfacts_CIK{cik}.json").read_text(), parse_float=Decimal)
    theirs = {
        (f"{taxonomy}:{concept}", unit, _period(row)): Decimal(row["val"])
        for taxonomy, concepts in data["facts"].items()
        for concept, fact in concepts.items()
        for unit, rows in fact["units"].items()
        for row in rows
        if row["accn"] == accession
    }
    assert len(theirs) > 400
    assert {key: ours.get(key) for key in theirs} == theirs
    assert facts.unread == 0


def _period(row):
    start = date.fromisoformat(row["start"]) if "start" in row else None
    return FactPeriod(start, date.fromisoformat(row["end"]))


@pytest.mark.parametrize(
    ("text", "attributes"),
    [("NaN", {}), ("Infinity", {}), ("1e999", {}), ("9" * 500, {}), ("1", {"scale": "1e9"})],
)
def test_a_number_that_no_report_holds_makes_no_fact_and_no_failure(text, attributes):
    facts = read(number(text, **attributes))
    assert [fact.value for fact in facts.numbers] in ([], [Decimal(1)])


def test_a_day_that_the_calendar_lacks_is_no_day():
    broken = HEAD.replace("2024-09-28</xbrli:endDate>", "2024-06-31</xbrli:endDate>")
    [fact] = read_facts(f"{broken}{number('5')}</body></html>".encode()).numbers
    assert fact.period == FactPeriod(date(2023, 10, 1), None)
