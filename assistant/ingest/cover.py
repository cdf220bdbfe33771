"""Reads who files, what, and for which period, from a filing's own first pages.

    first pages ── registrant ── form ── period end ── fiscal year ── Cover

Names of files are claims; the cover page is evidence. A registrant stands above "(Exact name of
registrant ...)"; a release without a cover names its company in front of its ticker or in its
headline. A fiscal year is the company's own: where a year ends in January the text decides between
the two calendar years ("fiscal 2024"), because companies differ.
"""

import re
from calendar import month_name, monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assistant.domain.filings import Page
from assistant.domain.structure import Cover, Form

_COVER_PAGES = 4
_BODY_PAGES = 60
_MONTHS = tuple(name.lower() for name in month_name[1:])
_MONTH = "|".join(_MONTHS)
_DATE = rf"(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})\s*,?\s+(?P<year>(?:19|20)\d\d)"
_ANY_DATE = re.compile(_DATE, re.I)

_EXACT_NAME = re.compile(r"\(?\s*exact\s+name\s+of\s+(?:the\s+)?(?:registrant|company)", re.I)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9&.,'\u2019!/() +-]{1,90}")
_NOT_A_NAME = re.compile(
    r"commission\s+file|file\s+(?:no|number)|for\s+the|date\s+of|transition|form\s+(?:10|8|20|6)-?",
    re.I,
)
_LISTED = re.compile(
    r"(?P<name>[A-Z][\w&.,'\u2019-]*(?:\s+(?:[A-Z][\w&.,'\u2019-]*|&|of|and)){0,5})\s*"
    r"\((?:NYSE|NASDAQ|Nasdaq|NYSE\s+American|AMEX|ASX|LSE|TSX)[^):]{0,20}:\s*"
    r"(?P<ticker>[A-Z][A-Z.]{0,5})\b"
)
_HEADLINE = re.compile(
    r"^(?P<name>[A-Z][\w&.,'\u2019-]*(?:\s+(?:[A-Z&][\w&.,'\u2019-]*|and|of)){0,4}?)\s+"
    r"(?:reports?|announces?|delivers?|posts?|releases?|publishes)\b"
    r"(?=[^\n]{0,120}\b(?:results|earnings|quarter|year|sales)\b)",
    re.I | re.M,
)
_RELEASE = re.compile(
    r"\b(?:results|earnings|guidance|outlook)\b.{0,1500}\b(?:quarter|fiscal|full[- ]year)\b",
    re.I | re.S,
)
_REPORT_ON = re.compile(r"\b(?:annual|quarterly) report on form (?P<form>10-[KQ])\b", re.I)
_IMMEDIATE = re.compile(r"\bfor\s+immediate\s+release\b", re.I)
_SUFFIX = r"(?:Inc|Incorporated|Corp|Corporation|Company|Co|Ltd|Limited|plc|L\.?L\.?C|L\.?P|N\.?V|S\.?A|Trust)"
_NAMED_LINE = re.compile(
    rf"^\W{{0,3}}(?P<name>(?:[A-Z&][\w&.'\u2019-]*,?[ ]+){{1,7}}(?i:{_SUFFIX})\.?)\s*$", re.M
)
_TOLD_TODAY = re.compile(
    rf"(?P<name>(?:[A-Z][\w&'\u2019-]*,?\s+){{1,6}}{_SUFFIX}\b\.?)[^.\n]{{0,90}}\s+today\s"
)
_FORMER = re.compile(
    r"\(?\s*(?:formerly(?:\s+known\s+as)?|f/k/a)[:,]?\s+[\"\u201c]?"
    r"(?P<name>[A-Z][\w&.\u2019'-]*(?:\s+[A-Z&][\w&.\u2019'-]*){0,4})"
)
_OWN_NAME = re.compile(
    r"[\"\u201c](?P<name>[A-Z][\w&.\u2019'-]{1,24}(?:\s[A-Z][\w&-]{1,20}){0,2}),?[\"\u201d]"
)
_NO_NAMES = re.compile(
    r"(?:the\s+)?(?:company|registrant|corporation|issuer|group|we|our|us|parent|exchange\s+act|board"
    r"|sec|firm|commission|bank|trust|partnership)",
    re.I,
)
_TICKER = re.compile(
    r"(?:^|\s{2,})(?P<ticker>[A-Z]{1,5}(?:\.[A-Z])?)(?=\s{2,}|\s+(?:The\s+)?(?:New\s+York|NYSE|Nasdaq|NASDAQ)|\s*$)"
)
_STOCK = re.compile(
    r"\b(?:common|ordinary|capital)\b[^\n]{0,60}?\b(?:stock|shares?)\b|\bclass\s+a\b", re.I
)
_FORM = re.compile(
    r"^\W*form\s+(?P<form>10-?\s?K(?:SB|T|405)?|10-?\s?Q(?:SB)?|8-?\s?K|20-?\s?F|40-?\s?F|6-?\s?K"
    r"|S-\d|DEF\s?14A|11-?\s?K)\s*(?P<amended>/\s?A\b|\(?\s*amendment\s+no)?",
    re.I | re.M,
)
_TITLED = (
    (Form.ANNUAL, re.compile(r"annual\s+report\s+pursuant\s+to\s+section\s+13", re.I)),
    (Form.QUARTERLY, re.compile(r"quarterly\s+report\s+pursuant\s+to\s+section\s+13", re.I)),
    (Form.CURRENT, re.compile(r"current\s+report\s+pursuant\s+to\s+section\s+13", re.I)),
)
_AMENDMENT = re.compile(r"\bamendment\s+no\.?\s*\d", re.I)
_PERIOD = re.compile(
    r"(?:fiscal\s+year|year|quarter(?:ly\s+period)?|period|months|weeks)(?:,?\s+which)?\s+ended:?\W{0,8}"
    rf"(?:commission\s+file\s+)?{_DATE}",
    re.I,
)
_EVENT = re.compile(rf"earliest\s+event\s+reported\s*\)?\s*:?\W*(?:{_DATE})?", re.I)
_LENGTH = re.compile(
    r"\b(three|six|nine|twelve|thirteen|twenty-?six|thirty-?nine|13|26|39|3|6|9)\s+"
    r"(month|week)s?(?:\s+periods?)?\s+ended",
    re.I,
)
_QUARTERS = {
    "six": 2, "6": 2, "twenty-six": 2, "twentysix": 2, "26": 2,
    "nine": 3, "9": 3, "thirty-nine": 3, "thirtynine": 3, "39": 3,
}  # fmt: skip
_FISCAL = re.compile(r"\bfiscal\s+(?:year\s+)?((?:19|20)\d\d)\b", re.I)
_NTH_QUARTER = re.compile(
    r"\b(?:(?P<word>first|second|third|fourth)[-\s]+quarter|Q(?P<digit>[1-4]))\b", re.I
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_YEAR = re.compile(r"\b(20\d\d|19[89]\d)\b")
_TOLD_WITHIN = timedelta(days=150)  # between a period's end and the release of its results
_TOLD = (Form.RELEASE, Form.PRESS)
_QUARTERLY_FORMS = ("10-Q", "6-K")


def read_cover(pages: Sequence[Page]) -> Cover:
    """Return what the filing says of itself.

    Args:
        pages: All its pages; the first four are the cover, the first sixty may settle the year.
    """
    front = "\n".join(page.text for page in pages[:_COVER_PAGES])
    form, amended = _form(front)
    company = _company(front, form)
    end, quarter, year, event = _periods(front, pages, form)
    return Cover(
        company=company,
        other_names=tuple(dict.fromkeys(_other_names(front, company))),
        ticker=_ticker(front),
        form=form,
        amended=amended,
        fiscal_year=year,
        quarter=quarter,
        period_end=end,
        event=event,
    )


def _company(front: str, form: str) -> str:
    if name := _exact_name(front):
        return name
    if match := _LISTED.search(front):
        return _tidy(match["name"])
    fallbacks = (_HEADLINE, _TOLD_TODAY) if form in _TOLD else (_NAMED_LINE,) if form else ()
    found = (pattern.search(front[:3000]) for pattern in fallbacks)
    return next((_tidy(match["name"]) for match in found if match), "")


def _exact_name(front: str) -> str:
    match = _EXACT_NAME.search(front)
    if match is None:
        return ""
    above = [line for line in front[: match.start()].split("\n")[-9:] if line.strip(" _-—=*\t")]
    for line in reversed(above[-4:]):
        name = line.strip(" _-—=*\t")
        if _NAME.fullmatch(name) and not _NOT_A_NAME.search(name) and _letters(name) > 2:
            return _tidy(name)
    return ""


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _tidy(name: str) -> str:
    return " ".join(name.strip(" ,;:-").split())


def _other_names(front: str, company: str) -> Iterator[str]:
    """Yield former names from the cover, and quoted short names that the company's name explains."""
    for match in _FORMER.finditer(front[:4000]):
        yield _tidy(match["name"])
    for match in _OWN_NAME.finditer(front):
        name = _tidy(match["name"])
        if _explained(name, company) and not _NO_NAMES.fullmatch(name):
            yield name


def _explained(name: str, company: str) -> bool:
    """Whether a short name is the beginning of the company's, or shares a word with it."""
    begins = _plain(company).startswith(_plain(name))
    words = {word for word in company.lower().split() if len(word) > 3}
    return begins or bool(words & set(name.lower().split()))


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _ticker(front: str) -> str:
    """Return the symbol beside the common stock, or the one in brackets after an exchange."""
    for line in front.split("\n"):
        if (stock := _STOCK.search(line)) and (found := _TICKER.search(line, stock.end())):
            return found["ticker"]
    listed = _LISTED.search(front)
    return listed["ticker"] if listed else ""


def _form(front: str) -> tuple[str, bool]:
    if match := _FORM.search(front[:6000]):
        form = re.sub(r"\s", "", match["form"]).upper()
        form = form if "-" in form else re.sub(r"(?<=\d)(?=[A-Z])", "-", form, count=1)
        return form, bool(match["amended"] or _AMENDMENT.search(front[:1500]))
    for form, title in _TITLED:
        if title.search(front[:6000]):
            return form, bool(_AMENDMENT.search(front[:1500]))
    if match := _REPORT_ON.search(front[:500]):
        return match["form"].upper(), False
    told = _RELEASE.search(front[:4000]) or _HEADLINE.search(front[:1000])
    if told:
        return Form.RELEASE, False
    return (Form.PRESS if _IMMEDIATE.search(front[:4000]) else ""), False


def _periods(
    front: str, pages: Sequence[Page], form: str
) -> tuple[date | None, int | None, int | None, date | None]:
    """Return period end, quarter, fiscal year, and event date."""
    if form in (Form.CURRENT, Form.PRESS):
        return None, None, None, _event(front)
    body = "\n".join(page.text for page in pages[:_BODY_PAGES])
    if form == Form.RELEASE:
        event = _first_date(_ANY_DATE, front[:3000])
        end = _last_end(body, event)
        quarter, year = _release_period(front[:3000], end)
        return end, quarter, year, event
    end = _first_date(_PERIOD, front)
    if end is None:
        years = _FISCAL.findall(front[:1500])
        return None, None, int(years[0]) if years else None, None
    quarter = _quarter(body) if form.startswith(_QUARTERLY_FORMS) else None
    return end, quarter, _fiscal_year(end, quarter, body), None


def _event(front: str) -> date | None:
    """Return the earliest event's date: the last of the dates on the line of the report's date."""
    match = _EVENT.search(front)
    if match is None:
        return _first_date(_ANY_DATE, front)
    around = front[match.start() : match.end() + 60].split("\n\n")[0]
    before = front[max(0, match.start() - 120) : match.start()]
    dates = [*_dates(around)] or [*_dates(before)]
    return min(dates) if dates else None


def _last_end(body: str, told: date | None) -> date | None:
    """Return the latest period end that lies before the day of the release, and not long before."""
    ends = [made for match in _PERIOD.finditer(body) if (made := _date(match))]
    return max(
        (end for end in ends if told is None or end <= told <= end + _TOLD_WITHIN), default=None
    )


def _dates(text: str) -> Iterator[date]:
    for match in _ANY_DATE.finditer(text):
        if made := _date(match):
            yield made


def _first_date(pattern: re.Pattern[str], text: str) -> date | None:
    return next((made for match in pattern.finditer(text) if (made := _date(match))), None)


def _date(match: re.Match[str]) -> date | None:
    year, month = int(match["year"]), _MONTHS.index(match["month"].lower()) + 1
    day = int(match["day"])
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


def _quarter(body: str) -> int:
    """Return the quarter: how far the year-to-date columns reach, three months at least."""
    counts = Counter(_QUARTERS.get(match[1].lower(), 1) for match in _LENGTH.finditer(body))
    reached = [quarter for quarter, count in counts.items() if count > 1]
    return max(reached, default=1)


def _fiscal_year(end: date, quarter: int | None, body: str) -> int:
    """Return the company's number of the year in which the period lies.

    The year's last month follows from the quarter. A year that ends in the first weeks of a
    calendar year goes by either; the text's own "fiscal 2023" decides, else the earlier one.
    """
    months = end.year * 12 + end.month - 1 + 3 * (4 - (quarter or 4))
    year, month = divmod(months, 12)
    if month >= 2:
        return year
    mentions = Counter(int(found[1]) for found in _FISCAL.finditer(body))
    return year if mentions[year] >= mentions[year - 1] and mentions[year] else year - 1


def _release_period(head: str, end: date | None) -> tuple[int | None, int | None]:
    """Return quarter (None for a full year) and fiscal year of a release."""
    years = _FISCAL.findall(head) or _YEAR.findall(head)
    year = int(years[0]) if years else (end.year if end else None)
    full = re.search(
        r"\b(?:full[- ]year|fiscal\s+(?:19|20)\d\d|annual)\s+results\b", head[:400], re.I
    )
    named = _NTH_QUARTER.search(head)
    if named is None or (full and full.start() < named.start()):
        return None, year
    digit = named["digit"]
    return (int(digit) if digit else _ORDINALS[named["word"].lower()]), year
