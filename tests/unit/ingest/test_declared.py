"""What a filing declares for machines wins over what rules read, but for the year and a full name."""

from datetime import date

from assistant.domain.structure import Cover
from assistant.ingest.declared import with_declared, with_name

FACTS = b"""<html><ix:nonNumeric contextRef="c" name="dei:EntityRegistrantName">TARROWMERE
 <b>FOODS</b> INC</ix:nonNumeric>
<ix:nonNumeric name="dei:TradingSymbol">TARF</ix:nonNumeric>
<ix:nonNumeric name="dei:EntityCentralIndexKey">0000123456</ix:nonNumeric>
<ix:nonNumeric name="dei:DocumentType">10-Q/A</ix:nonNumeric>
<ix:nonNumeric name="dei:DocumentFiscalYearFocus">2022</ix:nonNumeric>
<ix:nonNumeric name="dei:DocumentFiscalPeriodFocus">Q3</ix:nonNumeric></html>"""

HEADER = """ACCESSION NUMBER:  0001011438-98-000429
CONFORMED SUBMISSION TYPE:  8-K
CONFORMED PERIOD OF REPORT:  19981215
COMPANY CONFORMED NAME:  QUILLHAVEN CAPITAL CORP
CENTRAL INDEX KEY:  0000913951
FORMER CONFORMED NAME:  OLD QUILL CORP
"""


def test_tagged_cover_facts_say_who_files():
    cover = with_declared(Cover(company="Another"), FACTS, "")
    assert (cover.company, cover.ticker, cover.cik) == ("TARROWMERE FOODS INC", "TARF", "123456")
    assert (cover.form_name, cover.quarter, cover.fiscal_year) == ("10-Q/A", 3, 2022)


def test_the_year_that_the_text_gives_is_kept():
    assert with_declared(Cover(fiscal_year=2023), FACTS, "").fiscal_year == 2023


def test_a_printed_name_that_spells_the_tagged_one_out_is_kept():
    printed = Cover(company="Tarrowmere Foods, Incorporated")
    assert with_declared(printed, FACTS, "").company == printed.company


def test_a_submission_header_fills_what_the_text_does_not_say():
    cover = with_declared(Cover(), b"", HEADER)
    assert (cover.company, cover.cik, cover.form) == ("QUILLHAVEN CAPITAL CORP", "913951", "8-K")
    assert (cover.event, cover.other_names) == (date(1998, 12, 15), ("OLD QUILL CORP",))


def test_a_file_that_declares_nothing_changes_nothing():
    cover = Cover(company="Tarrowmere", form="10-K", fiscal_year=2023)
    assert with_declared(cover, b"%PDF-1.7", "Tarrowmere") == cover


def test_a_date_that_does_not_exist_is_passed_over():
    wrong = "CONFORMED SUBMISSION TYPE: 8-K\nCONFORMED PERIOD OF REPORT: 19981399\n"
    assert with_declared(Cover(), b"", wrong).event is None


def test_a_file_name_is_asked_only_where_the_filing_is_silent():
    named = with_name(Cover(), "quill_10Q_2023-Q2")
    assert (named.form, named.fiscal_year, named.quarter) == ("10-Q", 2023, 2)
    said = Cover(form="10-K", fiscal_year=2021)
    assert with_name(said, "quill_10Q_2023-Q2") == said
    assert with_name(Cover(), "notes-1234567") == Cover()
