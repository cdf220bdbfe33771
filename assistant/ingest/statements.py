"""Says which primary financial statement a page is the face of.

A face names its statement in one of its first lines, holds typical line items, and is mostly
numbers; pages of notes and contents are not faces. White space is removed before matching, because
text layers split words ("Incom e Statement"). A page without a title (the second page of a
statement, a title printed as a picture) is known by its anatomy: many line items of one statement
and hardly any prose. The names and line items are those of US-GAAP filers' statements (Regulation
S-X, articles 5, 7 and 9).
"""

import re

from assistant.domain.structure import Statement

_HEAD = 330
_NUMBERS = 15
_ITEMS = 3
_ITEMS_BARE = 2  # where the line is the title and little else
_BARE = 14
_ANATOMY_ITEMS = 7

_NUMBER = re.compile(r"\(?\$?\s?\d[\d,]*(?:\.\d+)?\)?")
_SPACE = re.compile(r"\s+")

_TITLES = (
    (
        Statement.CASH_FLOW,
        re.compile(r"statements?of(?:consolidated|condensed)?cashflows?|cashflowstatements?"),
    ),
    (
        Statement.EQUITY,
        re.compile(
            r"statements?of(?:consolidated)?(?:changesin)?(?:total|common|redeemable)?"
            r"(?:stockholders|shareholders|shareowners|members)?[\u2019']?s?[\u2019']?"
            r"(?:equity|investment|deficit|capital)"
        ),
    ),
    (
        Statement.INCOME,
        re.compile(
            r"statements?of(?:consolidated)?(?:net)?(?:income(?!taxes)|operations|earnings|profitandloss"
            r"|lossandcomp|loss(?:es)?\b)|incomestatements?|profitandlossaccount"
        ),
    ),
    (
        Statement.COMPREHENSIVE,
        re.compile(
            r"statements?of(?:consolidated)?(?:other)?comprehensive(?:income|loss|earnings)"
        ),
    ),
    (
        Statement.BALANCE,
        re.compile(r"balancesheets?|statements?of(?:consolidated)?financial(?:position|condition)"),
    ),
)
_LINE_ITEMS = {
    Statement.INCOME: (
        "revenue", "netsales", "costof", "grossprofit", "operatingincome", "operatingexpenses",
        "selling,", "interestexpense", "incometax", "beforeincometaxes", "netincome", "netloss",
        "netearnings", "pershare", "diluted", "basic", "provisionfor", "researchanddevelopment",
    ),
    Statement.BALANCE: (
        "totalassets", "currentassets", "cashandcash", "receivable", "inventories", "goodwill",
        "accountspayable", "currentliabilities", "totalliabilities", "long-termdebt",
        "retainedearnings", "paid-incapital", "treasurystock", "commonstock", "property,plant",
        "propertyandequipment", "deposits", "accumulatedother",
    ),
    Statement.CASH_FLOW: (
        "operatingactivities", "investingactivities", "financingactivities", "depreciation",
        "amortization", "netincrease", "netdecrease", "capitalexpenditures", "purchasesof",
        "dividendspaid", "repurchase", "proceedsfrom", "endofyear", "endofperiod",
        "beginningofyear", "beginningofperiod", "stock-based", "share-based", "deferredincometax",
    ),
    Statement.EQUITY: (
        "balance", "netincome", "netearnings", "dividends", "treasury", "paid-in", "retained",
        "accumulatedother", "comprehensive", "commonstock", "repurchase", "share-based",
        "stock-based", "netloss", "issuance",
    ),
    Statement.COMPREHENSIVE: (
        "netincome", "netearnings", "netloss", "translation", "unrealized", "hedg", "pension",
        "netoftax", "comprehensiveincome", "comprehensiveloss", "othercomprehensive",
        "postretirement", "reclassif",
    ),
}  # fmt: skip
_UNTITLED = (Statement.CASH_FLOW, Statement.BALANCE, Statement.INCOME)
_NOT_A_FACE = re.compile(
    r"notesto(?:the)?(?:consolidated|condensed|unaudited|financial)|parentcompanyonly"
    r"|condensedfinancialinformationof|scheduleii?\b|supplementalconsolidating"
)
_SUMMARY = re.compile(r"selected|summary|average|proforma|supplement|analysis|impacton|effecton")
_BEFORE = 60  # characters of a name and "consolidated" that may stand before a title
_NOTE_PAGE = re.compile(r"^\s*(?:note\s+\d+|\(?\d{1,2}\)?\.?\s+[A-Z][a-z]+ )", re.I)


def statement_of(text: str, head: str) -> Statement | None:
    """Return the statement that a page is the face of, or None.

    Args:
        text: The page's text.
        head: Its first lines, without the running head.
    """
    if len(_NUMBER.findall(text)) < _NUMBERS:
        return None
    plain = _plain(text)
    title = _plain(head)[:_HEAD]
    if _NOT_A_FACE.search(title) or _NOTE_PAGE.match(head):
        return None
    return _titled(head, plain) or _untitled(text, plain)


def _titled(head: str, plain: str) -> Statement | None:
    """Return the first statement that a line of the head names and the page's rows bear out."""
    for line in map(_plain, head[:_HEAD].split("\n")):
        for statement, pattern in _TITLES:
            match = pattern.search(line)
            if match is None or match.start() > _BEFORE or _SUMMARY.search(line):
                continue
            bare = len(line) - len(match.group()) <= _BARE
            if _count(statement, plain) >= (_ITEMS_BARE if bare else _ITEMS):
                return statement
    return None


def _untitled(text: str, plain: str) -> Statement | None:
    """Return the statement of a page that is nearly all rows and holds most of its line items."""
    lines = [line for line in text.split("\n") if line.strip()]
    rows = sum(1 for line in lines if len(line) < 160 and re.search(r"\d[\d,]*\)?\s*$", line))
    if rows < 15 or rows < 0.6 * len(lines):
        return None
    best = max(_UNTITLED, key=lambda statement: _count(statement, plain))
    return best if _count(best, plain) >= _ANATOMY_ITEMS + 2 else None


def _count(statement: Statement, plain: str) -> int:
    return sum(item in plain for item in _LINE_ITEMS[statement])


def _plain(text: str) -> str:
    return _SPACE.sub("", text).lower().replace("\u2019", "'")
