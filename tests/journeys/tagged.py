"""A fictional company's annual report as an inline-XBRL page, and the amendment that restates it."""

from dataclasses import dataclass

_HEAD = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance"><head><title>Annual report</title></head><body>
<div style="display:none"><ix:header><ix:resources>
<xbrli:context id="y2"><xbrli:entity/><xbrli:period><xbrli:startDate>2022-01-01</xbrli:startDate>
<xbrli:endDate>2022-12-31</xbrli:endDate></xbrli:period></xbrli:context>
<xbrli:context id="y1"><xbrli:entity/><xbrli:period><xbrli:startDate>2021-01-01</xbrli:startDate>
<xbrli:endDate>2021-12-31</xbrli:endDate></xbrli:period></xbrli:context>
<xbrli:context id="e2"><xbrli:entity/><xbrli:period><xbrli:instant>2022-12-31</xbrli:instant>
</xbrli:period></xbrli:context>
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
</ix:resources></ix:header></div>"""
_INCOME = (
    ("{label}", "{sales}", "3,900", "3,600"),
    ("Cost of sales", "(2,520)", "(2,400)", "(2,250)"),
    ("Gross profit", "1,680", "1,500", "1,350"),
    ("Operating income", "630", "585", "450"),
    ("Interest expense", "(42)", "(39)", "(36)"),
    ("Income before income taxes", "588", "546", "414"),
    ("Provision for income taxes", "(147)", "(131)", "(104)"),
    ("Net income", "441", "415", "310"),
)
_BALANCE = (
    ("Cash and cash equivalents", "300", "260"),
    ("Accounts receivable", "500", "460"),
    ("Inventories", "420", "380"),
    ("Total current assets", "1,220", "1,100"),
    ("Property, plant and equipment, net", "900", "800"),
    ("Total assets", "2,600", "2,400"),
    ("Accounts payable", "310", "290"),
    ("Total current liabilities", "610", "560"),
    ("Long-term debt", "700", "720"),
    ("Total liabilities", "1,500", "1,450"),
)


@dataclass(frozen=True)
class Report:
    """What differs from one report to the next; `tagged` is what the tag of net sales says."""

    form: str = "10-K"
    sales: str = "4,200"
    tagged: str = "4,200"
    signed: str = "February 20, 2023"
    label: str = "Net sales"

    def html(self) -> bytes:
        """Return the page."""
        return "\n".join(
            [
                _HEAD,
                f"<p>FORM {self.form}</p><p>ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d)</p>",
                "<p>For the fiscal year ended December 31, 2022</p><p>MERIDIAN TOOLS, INC.</p>",
                "<p>(Exact name of registrant as specified in its charter)</p>",
                "<h2>Item 1. Business</h2><p>We make hand tools in three plants in Tarn.</p>",
                '<hr style="page-break-after:always"/>',
                "<h2>Item 8. Financial Statements</h2>",
                "<p>CONSOLIDATED STATEMENTS OF OPERATIONS</p><p>(In millions)</p>",
                self._income(),
                '<hr style="page-break-after:always"/>',
                "<p>CONSOLIDATED BALANCE SHEETS</p><p>(In millions)</p>",
                _table(("December 31, 2022", "December 31, 2021"), _BALANCE),
                '<hr style="page-break-after:always"/><h2>SIGNATURES</h2>',
                "<p>Pursuant to the requirements of Section 13 or 15(d), the registrant signs.</p>",
                f"<p>Date: {self.signed}</p></body></html>",
            ]
        ).encode()

    def _income(self) -> str:
        rows = [
            tuple(cell.format(sales=self._tag(), label=self.label) for cell in row)
            for row in _INCOME
        ]
        return "<p>Year Ended December 31,</p>" + _table(("2022", "2021", "2020"), rows)

    def _tag(self) -> str:
        """Print net sales inside its tag; a hidden, finer tag says what it is where they differ."""
        tag = (
            '<ix:nonFraction name="us-gaap:Revenues" contextRef="y2" unitRef="usd" scale="6"'
            ' decimals="{decimals}" format="ixt:num-dot-decimal">{value}</ix:nonFraction>'
        )
        if self.sales == self.tagged:
            return tag.format(decimals="-6", value=self.sales)
        hidden = tag.format(decimals="-5", value=self.tagged)
        return f'{self.sales}<span style="display:none">{hidden}</span>'


def _table(heads: tuple[str, ...], rows: object) -> str:
    lines = [("", *heads), *rows]  # type: ignore[misc]
    cells = ("".join(f"<td>{cell}</td>" for cell in line) for line in lines)
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in cells) + "</table>"
