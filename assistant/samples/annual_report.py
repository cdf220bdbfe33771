"""Tarrowmere's annual reports on Form 10-K: what the template says differently every year.

The template holds what stays, `_FACTS` what a year tells, and the books every amount that a
statement shows.
"""

from importlib.resources import files

from assistant.samples import notes, statements
from assistant.samples.blocks import Block, Row, Table, growth, parse, percent
from assistant.samples.model import Year

COMPANY = "Tarrowmere Instruments, Inc."

_ITEMS = (
    ("Part I", ""),
    ("Item 1.", "Business"),
    ("Item 1A.", "Risk Factors"),
    ("Item 1B.", "Unresolved Staff Comments"),
    ("Item 2.", "Properties"),
    ("Item 3.", "Legal Proceedings"),
    ("Item 4.", "Mine Safety Disclosures"),
    ("Part II", ""),
    ("Item 5.", "Market for Registrant's Common Equity"),
    ("Item 7.", "Management's Discussion and Analysis"),
    ("Item 7A.", "Quantitative and Qualitative Disclosures About Market Risk"),
    ("Item 8.", "Financial Statements and Supplementary Data"),
    ("Item 9.", "Changes in and Disagreements with Accountants"),
    ("Item 9A.", "Controls and Procedures"),
    ("Part III and Part IV", ""),
    ("Items 10 to 14", ""),
    ("Item 15.", "Exhibits and Financial Statement Schedules"),
    ("Signatures", ""),
)

_FACTS: dict[int, dict[str, object]] = {
    2023: {
        "market_value": "8.9",
        "outstanding": "145.6",
        "countries": 84,
        "installed": "171,000",
        "plants": "four",
        "plant_note": "",
        "patents": "1,890",
        "backlog": 812,
        "backlog_before": 847,
        "employees": "9,120",
        "engineers": "2,040",
        "turnover": "8.9%",
        "cycle_year": 2023,
        "cycle": "decreased 2.7%",
        "acquisition_risk": (
            "In September 2023 we acquired Kestrelle Photonics GmbH for $410 million, our largest "
            "acquisition so far. We may not keep its engineers, may not reach the cost savings of "
            "$25 million a year that we plan by 2025, and may have to write down goodwill."
        ),
        "debt_risk": "Of this, $350 million was borrowed in October 2023 to pay for Kestrelle.",
        "leverage": "1.86",
        "holders": "3,410",
        "bought": "1.6",
        "bought_price": "56.25",
        "authorised": 430,
        "overview": (
            "Growth in laboratories and services made up for a weak year in Industrial Sensing. In "
            "September we acquired Kestrelle Photonics GmbH, a maker of optical detectors."
        ),
        "lab_why": (
            "Pharmaceutical customers bought more liquid chromatographs, and Kestrelle added $21 "
            "million from its acquisition in September."
        ),
        "industrial_why": (
            "Chemical and semiconductor customers worked down stock that they had built in 2022; "
            "orders began to recover in the fourth quarter."
        ),
        "margin_why": (
            "Freight cost less than in 2022 and prices rose by about 3%, which more than made up "
            "for lower volume in Industrial Sensing."
        ),
        "restructuring_why": (
            "Restructuring charges of $34 million are for closing the plant in Tilbrook, Ontario, "
            "and for about 310 positions."
        ),
        "interest_why": (
            "The increase comes from the $350 million of 5.20% senior notes issued in October 2023 "
            "and from a higher rate on the term loan."
        ),
        "cash_why": (
            "The increase comes mainly from slower growth of receivables and inventories, which had "
            "used $113 million in 2022."
        ),
        "cash_abroad": 214,
        "capex_plan": "$125 million to $140 million",
        "capex_what": "the extension of the Lindau am See plant",
        "debt_plan": "In October 2023 we issued $350 million of 5.20% senior notes due in 2033.",
        "fx_effect": 31,
        "rate_effect": "1.5",
        "fair_value": 1004,
        "deferred_recognised": 148,
        "allowance": 11,
        "allowance_before": 9,
        "amortization_next": 57,
        "note5_title": "Acquisition of Kestrelle Photonics GmbH",
        "note5": (
            "On September 6, 2023 the Company acquired all shares of Kestrelle Photonics GmbH, of "
            "Lindau am See, Germany, for $410 million in cash, net of cash acquired. Of the price, "
            "$268 million was allocated to goodwill, which is not deductible for tax, and $142 "
            "million to intangible assets with an average life of 12 years. Kestrelle is part of "
            "Laboratory Systems. Acquisition costs of $7 million were expensed."
        ),
        "lease_cost": 38,
        "tax_benefits": 27,
        "unvested": 71,
        "commitments": 164,
        "warranty": 33,
        "warranty_before": 31,
        "litigation": (
            "In May 2023 Oldcastle Analytics Corp. (a fictional company) sued the Company in "
            "Delaware for infringement of two patents on ion detectors. The Company thinks the "
            "claim is without merit and has not accrued a loss, which it cannot estimate."
        ),
        "restructuring_note": (
            "In March 2023 the Board approved the closing of the plant in Tilbrook, Ontario. "
            "Charges of $34 million, of which $26 million is severance, were recognised in 2023; "
            "$19 million was unpaid at December 31, 2023. All of it belongs to Industrial Sensing."
        ),
        "subsequent": (
            "On January 30, 2024 the Board of Directors raised the quarterly dividend from $0.17 "
            "to $0.18 per share."
        ),
    },
    2024: {
        "market_value": "10.2",
        "outstanding": "143.8",
        "countries": 87,
        "installed": "184,000",
        "plants": "four",
        "plant_note": ", where an extension opened in November 2024",
        "patents": "2,030",
        "backlog": 896,
        "backlog_before": 812,
        "employees": "9,340",
        "engineers": "2,180",
        "turnover": "7.6%",
        "cycle_year": 2023,
        "cycle": "decreased 2.7%",
        "acquisition_risk": (
            "We acquired Kestrelle Photonics GmbH in September 2023 for $410 million. Kestrelle's "
            "detectors reach their planned yields more slowly than we assumed. If they do not, we "
            "may have to write down part of the goodwill of $268 million."
        ),
        "debt_risk": "The 2.95% senior notes, $300 million, fall due in June 2025.",
        "leverage": "1.52",
        "holders": "3,280",
        "bought": "2.5",
        "bought_price": "64.00",
        "authorised": 270,
        "overview": (
            "All three segments grew, and Industrial Sensing returned to growth after its customers "
            "had worked down their stock in 2023."
        ),
        "lab_why": (
            "Kestrelle, acquired in September 2023, added $49 million; the rest came from "
            "consumables and from the new Meridan 7 mass spectrometer."
        ),
        "industrial_why": (
            "Semiconductor customers resumed orders in the second quarter, and water utilities "
            "bought more flow sensors."
        ),
        "margin_why": (
            "The closing of the Tilbrook plant saved $22 million, and consumables, which earn more, "
            "were a larger part of sales."
        ),
        "restructuring_why": (
            "Restructuring charges of $12 million end the program of 2023, under which we closed "
            "the plant in Tilbrook, Ontario."
        ),
        "interest_why": (
            "The increase is a full year of interest on the 5.20% senior notes issued in October "
            "2023."
        ),
        "cash_why": (
            "The increase comes from higher net income and from inventories, which fell by $21 "
            "million as parts became easier to get."
        ),
        "cash_abroad": 286,
        "capex_plan": "$140 million to $155 million",
        "capex_what": "a clean room for detectors in Halden Falls",
        "debt_plan": (
            "We plan to repay the $300 million of 2.95% senior notes that fall due in June 2025 "
            "from cash."
        ),
        "fx_effect": 36,
        "rate_effect": "1.0",
        "fair_value": 1018,
        "deferred_recognised": 163,
        "allowance": 12,
        "allowance_before": 11,
        "amortization_next": 55,
        "note5_title": "Acquisitions",
        "note5": (
            "There was no acquisition in 2024. On September 6, 2023 the Company acquired Kestrelle "
            "Photonics GmbH for $410 million in cash, net of cash acquired, of which $268 million "
            "was allocated to goodwill and $142 million to intangible assets. The allocation became "
            "final in the third quarter of 2024 without change."
        ),
        "lease_cost": 39,
        "tax_benefits": 29,
        "unvested": 78,
        "commitments": 187,
        "warranty": 35,
        "warranty_before": 33,
        "litigation": (
            "In May 2023 Oldcastle Analytics Corp. (a fictional company) sued the Company in "
            "Delaware for infringement of two patents on ion detectors. In October 2024 the court "
            "ruled that one of them is invalid; trial on the other is set for September 2025. The "
            "Company has not accrued a loss and estimates a possible loss of up to $18 million."
        ),
        "restructuring_note": (
            "The program of 2023 ended in 2024 with charges of $12 million. Since its beginning it "
            "has cost $46 million, of which $35 million is severance. The unpaid balance was $6 "
            "million at December 31, 2024 and $19 million at December 31, 2023."
        ),
        "subsequent": (
            "On January 28, 2025 the Board of Directors raised the quarterly dividend from $0.18 "
            "to $0.20 per share and authorised the repurchase of a further $500 million of common "
            "stock."
        ),
    },
}


def annual_report(books: dict[int, Year], year: int) -> list[Block]:
    """Return the Form 10-K of a fiscal year for which `_FACTS` has an entry."""
    template = files("assistant.samples").joinpath("filings/tarrowmere_10k.md")
    years = [books[number] for number in (year, year - 1, year - 2)]
    history = [books[number] for number in sorted(books) if number <= year]
    tables = _tables(years) | {"goodwill": notes.goodwill(history)}
    return parse(template.read_text("utf-8"), _values(years) | _FACTS[year], tables)


def _tables(years: list[Year]) -> dict[str, Table]:
    now = years[0]
    return {
        "registrant": Table(
            (),
            (
                Row("State of incorporation", ("Delaware",)),
                Row("I.R.S. Employer Identification No.", ("00-0000000",)),
                Row("Principal executive offices", ("1 Gauge House Road, Halden Falls, Vermont",)),
                Row("Telephone", ("(802) 555-0142",)),
            ),
        ),
        "contents": Table(("Page",), tuple(Row(f"{a} {b}".strip(), ("",)) for a, b in _ITEMS)),
        "shares": notes.shares_of_revenue(years),
        "segments": notes.segment_revenue(years),
        "segment_income": notes.segment_income(years),
        "regions": notes.regions(years),
        "liquidity": notes.liquidity(years),
        "income": statements.income(years),
        "comprehensive": statements.comprehensive_income(years),
        "balance": statements.balance_sheets(now),
        "cash": statements.cash_flows(years),
        "equity": statements.equity(years),
        "inventories": notes.inventories(now),
        "plant": notes.plant(now),
        "intangibles": notes.intangibles(now),
        "debt": notes.debt(now),
        "maturities": notes.maturities(now),
        "taxes": notes.taxes(years),
    }


def _values(years: list[Year]) -> dict[str, object]:
    now, before, _ = years
    revenue, revenue_before = now.flows.revenue, before.flows.revenue
    words = {
        f"{name}_growth": growth(new, old)
        for name, new, old in (
            ("revenue", now.revenue, before.revenue),
            ("lab", revenue[0], revenue_before[0]),
            ("industrial", revenue[1], revenue_before[1]),
            ("services", revenue[2], revenue_before[2]),
            ("research", now.flows.research, before.flows.research),
            ("selling", now.flows.selling, before.flows.selling),
        )
    }
    rates = {
        f"{name}{suffix}": percent(part, whole)
        for suffix, year in (("", now), ("_before", before))
        for name, part, whole in (
            ("research_share", year.flows.research, year.revenue),
            ("operating_margin", year.operating_income, year.revenue),
            ("gross_margin", year.gross_profit, year.revenue),
            ("tax_rate", year.flows.taxes, year.pretax_income),
            ("lab_share", year.flows.revenue[0], year.revenue),
            ("industrial_share", year.flows.revenue[1], year.revenue),
            ("services_share", year.flows.revenue[2], year.revenue),
        )
    }
    amounts = {
        "next": now.year + 1,
        "lab": revenue[0],
        "industrial": revenue[1],
        "services": revenue[2],
        "debt": now.closing.debt,
        "cash": now.closing.carried.cash,
        "china": notes.regions([now]).row("China").cells[0],
        "dilution": now.flows.diluted_shares - now.flows.basic_shares,
    }
    return {"y": now, "p": before, "pp": years[2], **words, **rates, **amounts}
