"""The figures of Tarrowmere Instruments, Inc.: four fiscal years as `model` wants them.

Invented. The company, its auditor, its subsidiaries and every person named in its filings do not
exist; the CIK and the commission file number are not ones the SEC assigns.
"""

from decimal import Decimal

from assistant.samples.model import Balances, Carried, Flows, Position, Year

_OPENING = Position(
    Balances(402, 352, 74, 118, 27, 61, 188, 131, 146, 118, 96, 82),
    Carried(
        cash=348,
        plant=612,
        goodwill=1104,
        intangibles=412,
        term_loan=300,
        notes=(300, 400),
        current_debt=50,
        paid_in=641,
        treasury=-486,
        translation=-98,
        retained=1547,
    ),
)

_BALANCES = {
    2021: Balances(421, 371, 79, 124, 28, 63, 201, 142, 158, 121, 92, 84),
    2022: Balances(458, 447, 83, 121, 29, 66, 226, 138, 171, 127, 85, 80),
    2023: Balances(463, 452, 88, 133, 31, 64, 219, 145, 189, 139, 80, 86),
    2024: Balances(497, 431, 92, 129, 30, 70, 237, 158, 214, 136, 74, 88),
}

_FLOWS = {
    2021: Flows(
        revenue=(1180, 905, 402),
        segment_income=(278, 175, 72),
        cost_of_products=1042,
        cost_of_services=241,
        research=219,
        selling=512,
        amortization=46,
        restructuring=0,
        interest_expense=34,
        interest_income=2,
        taxes=85,
        depreciation=88,
        stock_compensation=38,
        capital_expenditure=98,
        acquired_goodwill=0,
        acquired_intangibles=0,
        notes_issued=0,
        loan_repaid=50,
        dividend_per_share=Decimal("0.60"),
        dividends=90,
        buybacks=120,
        options_exercised=14,
        translation_of_goodwill=-12,
        translation_of_cash=-3,
        current_debt=50,
        basic_shares=Decimal("149.8"),
        diluted_shares=Decimal("151.2"),
    ),
    2022: Flows(
        revenue=(1262, 972, 431),
        segment_income=(285, 176, 77),
        cost_of_products=1139,
        cost_of_services=259,
        research=238,
        selling=543,
        amortization=49,
        restructuring=0,
        interest_expense=36,
        interest_income=4,
        taxes=88,
        depreciation=92,
        stock_compensation=41,
        capital_expenditure=112,
        acquired_goodwill=0,
        acquired_intangibles=0,
        notes_issued=0,
        loan_repaid=50,
        dividend_per_share=Decimal("0.64"),
        dividends=95,
        buybacks=150,
        options_exercised=9,
        translation_of_goodwill=-21,
        translation_of_cash=-6,
        current_debt=50,
        basic_shares=Decimal("148.3"),
        diluted_shares=Decimal("149.6"),
    ),
    2023: Flows(
        revenue=(1341, 946, 468),
        segment_income=(318, 161, 85),
        cost_of_products=1151,
        cost_of_services=276,
        research=254,
        selling=561,
        amortization=58,
        restructuring=34,
        interest_expense=42,
        interest_income=9,
        taxes=81,
        depreciation=99,
        stock_compensation=44,
        capital_expenditure=121,
        acquired_goodwill=268,
        acquired_intangibles=142,
        notes_issued=350,
        loan_repaid=50,
        dividend_per_share=Decimal("0.68"),
        dividends=100,
        buybacks=90,
        options_exercised=11,
        translation_of_goodwill=9,
        translation_of_cash=2,
        current_debt=50,
        basic_shares=Decimal("146.6"),
        diluted_shares=Decimal("147.9"),
    ),
    2024: Flows(
        revenue=(1428, 1013, 517),
        segment_income=(351, 195, 99),
        cost_of_products=1208,
        cost_of_services=302,
        research=271,
        selling=589,
        amortization=57,
        restructuring=12,
        interest_expense=53,
        interest_income=14,
        taxes=101,
        depreciation=105,
        stock_compensation=49,
        capital_expenditure=134,
        acquired_goodwill=0,
        acquired_intangibles=0,
        notes_issued=0,
        loan_repaid=50,
        dividend_per_share=Decimal("0.72"),
        dividends=104,
        buybacks=160,
        options_exercised=16,
        translation_of_goodwill=-14,
        translation_of_cash=-4,
        current_debt=350,
        basic_shares=Decimal("144.9"),
        diluted_shares=Decimal("146.3"),
    ),
}


def books() -> dict[int, Year]:
    """Return the fiscal years 2021 to 2024, each opening where the one before closed."""
    years: dict[int, Year] = {}
    opening = _OPENING
    for number, flows in _FLOWS.items():
        years[number] = Year(number, flows, opening, _BALANCES[number])
        opening = years[number].closing
    return years
