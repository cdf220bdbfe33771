"""What a filing's first pages say of it."""

from datetime import date

import pytest

from assistant.domain.filings import Page
from assistant.ingest.cover import read_cover

COVER = """UNITED STATES
SECURITIES AND EXCHANGE COMMISSION
FORM {form}
{kind} REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934
For the {period} ended {end}
Commission File Number 1-234
_____________________
TARROWMERE FOODS, INC.
(Exact name of registrant as specified in its charter)
Delaware  12-3456789
Securities registered pursuant to Section 12(b) of the Act:
Title of each class  Trading Symbol(s)  Name of each exchange on which registered
Common Stock, $0.01 par value per share  TARF  New York Stock Exchange
2.5% Notes due 2030  TARF30  New York Stock Exchange
"""


def cover(*texts):
    return read_cover([Page(number, text) for number, text in enumerate(texts, start=1)])


def annual(end="December 31, 2023", form="10-K"):
    return COVER.format(form=form, kind="ANNUAL", period="fiscal year", end=end)


def quarterly(end):
    return COVER.format(form="10-Q", kind="QUARTERLY", period="quarterly period", end=end)


def test_an_annual_report_names_its_company_ticker_form_and_year():
    read = cover(annual())
    assert (read.company, read.ticker) == ("TARROWMERE FOODS, INC.", "TARF")
    assert (read.form_name, read.period) == ("10-K", "FY2023")
    assert read.period_end == date(2023, 12, 31)


def test_an_amendment_is_told_apart():
    read = cover(annual(form="10-K/A"))
    assert (read.form, read.amended, read.form_name) == ("10-K", True, "10-K/A")


@pytest.mark.parametrize(
    ("end", "body", "year"),
    [
        ("May 26, 2019", "", 2019),
        ("January 28, 2023", "In fiscal 2022 we opened stores.", 2022),
        ("January 28, 2023", "Fiscal 2023 was a year of change.", 2023),
        ("January 1, 2023", "", 2022),
        ("December 2, 2022", "", 2022),
    ],
)
def test_a_fiscal_year_is_the_company_s_own(end, body, year):
    assert cover(annual(end), body).fiscal_year == year


@pytest.mark.parametrize(
    ("end", "columns", "period"),
    [
        ("March 31, 2023", "three months ended", "Q1 FY2023"),
        ("June 30, 2023", "three and six months ended", "Q2 FY2023"),
        ("December 31, 2022", "three and six months ended", "Q2 FY2023"),
        ("October 28, 2023", "thirty-nine weeks ended", "Q3 FY2023"),
    ],
)
def test_a_quarter_follows_from_how_far_the_columns_reach(end, columns, period):
    body = f"Results for the {columns} {end}. Again: {columns} {end}."
    assert cover(quarterly(end), body).period == period


def test_a_current_report_is_dated_by_its_earliest_event():
    read = cover(
        "FORM 8-K\nCURRENT REPORT\nDate of report (Date of earliest event reported): August 19, 2022"
        " (August 16, 2022)\nTarrowmere Foods, Inc.\n(Exact name of registrant as specified)\n"
    )
    assert (read.form, read.event, read.fiscal_year) == ("8-K", date(2022, 8, 16), None)


@pytest.mark.parametrize(
    ("text", "company", "period"),
    [
        (
            "Tarrowmere reports fiscal 2023 results\nTwelve months ended June 30, 2023",
            "Tarrowmere",
            "FY2023",
        ),
        (
            "FOR IMMEDIATE RELEASE\nNew Town (July 20, 2023) - Tarrowmere Foods (NYSE: TARF) today "
            "announced results for the second quarter of 2023.",
            "Tarrowmere Foods",
            "Q2 FY2023",
        ),
    ],
)
def test_a_release_without_a_cover_names_its_company_and_period(text, company, period):
    read = cover(text)
    assert (read.company, read.form, read.period) == (company, "earnings release", period)


def test_a_quarter_in_a_headline_comes_before_the_year_it_belongs_to():
    read = cover("Tarrowmere Foods Reports Third Quarter Fiscal 2025 Results")
    assert (read.company, read.period) == ("Tarrowmere Foods", "Q3 FY2025")


def test_a_release_of_other_news_has_a_date_and_no_period():
    read = cover(
        "FOR IMMEDIATE RELEASE\nNEW TOWN, September 9, 2025. Tarrowmere Foods, Inc. today announced "
        "three matters. It is said that the company reports them gladly."
    )
    assert (read.company, read.form) == ("Tarrowmere Foods, Inc.", "press release")
    assert (read.period, read.event) == ("2025-09-09", date(2025, 9, 9))


def test_a_cover_without_the_usual_words_names_its_company_on_a_line_of_its_own():
    text = annual().replace("(Exact name of registrant as specified in its charter)", "")
    assert cover(text).company == "TARROWMERE FOODS, INC."
    prose = "FORM 10-K\nIt is an emerging growth company\nor a small company"
    assert cover(prose).company == ""


def test_short_and_former_names_are_kept_and_other_companies_are_not():
    text = annual() + '\n(formerly Old Mill Foods)\nIn this report "Tarrowmere" means the company.'
    read = cover(text, 'We bought "Quillhaven" and "the Company" is us.')
    assert read.other_names == ("Old Mill Foods", "Tarrowmere")


def test_text_that_is_no_filing_says_nothing():
    read = cover("Dear diary, it rained.")
    assert (read.company, read.form, read.period, read.ticker) == ("", "", "", "")


def test_no_pages_say_nothing():
    assert read_cover([]).company == ""


def test_a_plain_title_names_form_and_year_where_there_is_no_cover_page():
    text = "Dunmore Mills, Inc.\nAnnual report on Form 10-K for fiscal 2024\n"
    cover = read_cover([Page(1, text)])
    assert (cover.form, cover.fiscal_year) == ("10-K", 2024)
