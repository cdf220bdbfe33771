"""Statement pages of a fictional company, as extraction prints them, and evidence made of them."""

from assistant.domain.answers import Evidence
from assistant.domain.filings import Locator

INCOME = """MERIDIAN TOOLS, INC.
CONSOLIDATED STATEMENTS OF OPERATIONS
(In millions, except per share data)

Year Ended December 31,

2022  2021  2020
Net sales  $ 4,200  $ 3,900  $ 3,600
Cost of sales  (2,520)  (2,400)  (2,250)
Gross profit  1,680  1,500  1,350
Operating income  630  585  450
Interest expense  (42)  (39)  (36)
Income before income taxes  588  546  414
Provision for income taxes  (147)  (131)  (104)
Net income  $ 441  $ 415  $ 310
Earnings per share:
Basic  $ 4.41  $ 4.15  $ 3.10
Diluted  $ 4.36  $ 4.10  $ 3.07"""

BALANCE = """MERIDIAN TOOLS, INC.
CONSOLIDATED BALANCE SHEETS
(In millions)

December 31, 2022  December 31, 2021
Assets
Current assets:
Cash and cash equivalents  $ 300  $ 260
Accounts receivable, net of allowances of $12 and $10, respectively  500  460
Inventories  420  380
Total current assets  1,220  1,100
Property, plant and equipment, net  900  800
Total assets  $ 2,600  $ 2,400
Liabilities and Stockholders' Equity
Current liabilities:
Accounts payable  $ 310  $ 290
Total current liabilities  610  560
Long-term debt  700  720
Total liabilities  1,500  1,450
Total stockholders' equity  1,100  950
Total liabilities and stockholders' equity  $ 2,600  $ 2,400"""

CASH = """MERIDIAN TOOLS, INC.
CONSOLIDATED STATEMENTS OF CASH FLOWS
(In millions)

Year Ended December 31,

2022  2021  2020
Net income  $ 441  $ 415  $ 310
Depreciation and amortization  120  110  100
Net cash provided by operating activities  520  480  400
Purchases of property, plant and equipment  (210)  (195)  (180)
Dividends paid  (90)  (80)  (75)"""

QUARTER = """Meridian Tools, Inc.
Condensed Consolidated Statements of Earnings
($ in millions)

Three Months Ended  Six Months Ended
July 29, 2023  July 30, 2022  July 29, 2023  July 30, 2022
Revenue  $ 1,050  $ 1,000  $ 2,080  $ 1,990
Net earnings  105  110  201  215"""


def evidence(text, label="E1", page=1, header="Meridian Tools 10-K 2022", filing="f"):
    """Return a page as search hands it on."""
    return Evidence(text, Locator(filing, "m", page, "", 0, len(text)), header=header, label=label)


def statements():
    """Return the three statements of the annual report, labelled E1 to E3."""
    return [evidence(text, f"E{n}", n) for n, text in enumerate((INCOME, BALANCE, CASH), start=1)]
