"""Reads what a filing declares of itself for machines: inline-XBRL cover facts, EDGAR's header.

    cover as read from the text  +  dei facts (HTML)  +  submission header (TXT)  ->  Cover

The registrant tags its own cover, so its facts on who it is win over what rules read from the text.
The fiscal year is the exception: the tagged "fiscal year focus" follows the calendar year in which
a year begins, while companies and their readers count as the text does.
"""

import re
from dataclasses import replace
from datetime import date
from html import unescape

from assistant.domain.structure import Cover

_FACT = re.compile(
    rb"<ix:non(?:numeric|fraction)\b[^>]*\bname=[\"']dei:(\w+)[\"'][^>]*>(.*?)</ix:non", re.I | re.S
)
_TAG = re.compile(rb"<[^>]*>")
_HEADER = re.compile(
    r"^\s*(COMPANY CONFORMED NAME|FORMER CONFORMED NAME|CENTRAL INDEX KEY|CONFORMED SUBMISSION TYPE"
    r"|CONFORMED PERIOD OF REPORT|FORMER COMPANY|FILED AS OF DATE):[ \t]*(\S[^\n]*)$",
    re.M,
)
_CURRENT = ("8-K", "6-K")
_NAMED_FORM = re.compile(r"(?<![A-Z0-9])(10|8|20|40|6)[-_ ]?([KQF])(?![A-Z0-9])", re.I)
_NAMED_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_NAMED_QUARTER = re.compile(r"(?<![A-Z])Q([1-4])(?!\d)", re.I)


def with_declared(cover: Cover, data: bytes, front: str) -> Cover:
    """Return the cover with what the filing declares for machines, where it does.

    Args:
        cover: What was read from the text.
        data: The file's bytes; facts are looked for where they name the `dei` taxonomy.
        front: The text of the first page, which holds an EDGAR submission header if there is one.
    """
    return _with_facts(_with_header(cover, front), _facts(data))


def with_name(cover: Cover, name: str) -> Cover:
    """Return the cover with what only the file's name says: the last hint, where all else is silent.

    Args:
        cover: What the filing says of itself.
        name: The file's name without its extension.
    """
    if cover.form or cover.fiscal_year or cover.event:
        return cover
    form, year, quarter = (
        found.search(name) for found in (_NAMED_FORM, _NAMED_YEAR, _NAMED_QUARTER)
    )
    return replace(
        cover,
        form=f"{form[1]}-{form[2].upper()}" if form else "",
        fiscal_year=int(year[1]) if year else None,
        quarter=int(quarter[1]) if quarter else None,
    )


def _facts(data: bytes) -> dict[str, str]:
    """Return the first value of each cover fact."""
    facts: dict[str, str] = {}
    if b"dei:" not in data:
        return facts
    for name, value in _FACT.findall(data):
        text = unescape(_TAG.sub(b"", value).decode("utf-8", "replace"))
        facts.setdefault(name.decode(), " ".join(text.split()))
    return facts


def _with_facts(cover: Cover, facts: dict[str, str]) -> Cover:
    form, _, amended = facts.get("DocumentType", "").partition("/")
    focus = facts.get("DocumentFiscalPeriodFocus", "")
    year = facts.get("DocumentFiscalYearFocus", "")
    quarter = int(focus[1]) if re.fullmatch(r"Q[1-4]", focus) else None
    return replace(
        cover,
        company=_name(cover.company, facts.get("EntityRegistrantName", "")),
        ticker=facts.get("TradingSymbol") or cover.ticker,
        cik=facts.get("EntityCentralIndexKey", "").lstrip("0") or cover.cik,
        form=form or cover.form,
        amended=bool(amended) or cover.amended,
        fiscal_year=cover.fiscal_year or (int(year) if year.isdigit() else None),
        quarter=quarter or cover.quarter,
    )


def _name(printed: str, tagged: str) -> str:
    """Return the tagged name, or the printed one where that only spells the same name out."""
    same = printed.split()[:1] and printed.lower().split()[:1] == tagged.lower().split()[:1]
    return printed if same or not tagged else tagged


def _with_header(cover: Cover, front: str) -> Cover:
    fields: dict[str, list[str]] = {}
    for name, value in _HEADER.findall(front):
        fields.setdefault(name, []).append(" ".join(value.split()))

    def first(name: str) -> str:
        return fields.get(name, [""])[0]

    form, _, amended = first("CONFORMED SUBMISSION TYPE").partition("/")
    form = form or cover.form
    told = _date(first("CONFORMED PERIOD OF REPORT"))
    former = fields.get("FORMER CONFORMED NAME", [])
    current = form.startswith(_CURRENT)
    return replace(
        cover,
        company=cover.company or first("COMPANY CONFORMED NAME"),
        other_names=tuple(dict.fromkeys((*cover.other_names, *former))),
        cik=first("CENTRAL INDEX KEY").lstrip("0") or cover.cik,
        form=form,
        amended=bool(amended) or cover.amended,
        event=cover.event or (told if current else None),
        period_end=cover.period_end or (None if current else told),
        filed=_date(first("FILED AS OF DATE")) or cover.filed,
    )


def _date(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits) if len(digits) == 8 else None
    except ValueError:
        return None
