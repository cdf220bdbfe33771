"""Marks every page: the Item it stands in, the note it belongs to, the statement it is, its head.

    pages ── running heads dropped ── Item and note carried forward ── PageMarks a page

An Item begins at a heading line ("Item 7. Management's Discussion ..."), never at a reference to
one inside a sentence, and holds until the next; so does the heading of a note, within the notes. A
page that begins inside one Item and opens another belongs to the one that has more of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from assistant.domain.filings import Page
from assistant.domain.structure import PageMarks
from assistant.ingest.statements import statement_of

_HEAD_LINES = 10
_HEAD = 400
_EDGE = 4  # lines at the top of a page among which a running head stands
_GAP = 3  # pages between two faces of one set of statements
_TOGETHER = 3  # different statements that make a set
_LISTED = 4  # openings of Items on a page of contents: they open nothing
_PRESENT = 60  # characters that make a heading's text stand on a page
_ITEMS_WITH_NOTES = ("8", "15", "I-1", "16")
_REPEATED = 0.25  # share of a filing's pages that a running head stands on

_ITEM = re.compile(
    r"^\W{0,4}item\s+(?P<number>\d{1,2}(?:\.\d\d)?)\s?\(?(?P<letter>[A-C]?)\)?\s*[.:\-\u2013\u2014)]*\s*"
    r"(?P<title>[A-Z\[(][^\n]{2,})?$",
    re.I | re.M,
)
_PART = re.compile(
    r"^\W{0,4}part\s+(?P<part>I{1,3}|IV)\b[^\w\n]*(?P<rest>[^\n]{0,40})$", re.I | re.M
)
_SENTENCE = re.compile(
    r"\b(?:of\s+this|see|refer|in\s+this|pages?\s+\d|sections?)\b|[\u201d\"]", re.I
)
_NOTE = re.compile(
    r"^\W{0,3}(?:note\s+(?P<n>\d{1,2}[A-Z]?)\b|(?P<m>\d{1,2})\.)\s*[.:\-\u2013\u2014]*\s*"
    r"(?P<title>[A-Z][^\n]{2,160})$",
    re.I | re.M,
)
_NOTES_HEAD = re.compile(r"notes\s+to\s+(?:the\s+)?(?:\w+\s+){0,3}financial\s+statements", re.I)
_CONTENTS = re.compile(r"\b(?:table\s+of\s+contents|index\s+to|exhibit\s+index)\b", re.I)
_LEADER = re.compile(r"(?:\.{3,}|\s{2,}|\s)(?:[F-]-?)?\d{1,3}\s*$", re.M)
_ENTRY = re.compile(r"^\W{0,4}(?:item\s+)?\d{1,2}[A-C]?[.:]?\s+\S[^\n]*\s\d{1,3}\s*$", re.I | re.M)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_FOOT = re.compile(r"\s*(?:page\s+)?(?:[A-Z]{1,2}-?)?\d{1,4}(?:\s+of\s+\d+)?\s*", re.I)
_UNIT = re.compile(r"\b(?:thousands|millions|billions)\b", re.I)
_DIGITS = re.compile(r"\d+")


class _Place(NamedTuple):
    """Where a page ends: the Item and Part in force."""

    item: str
    part: str


def mark(pages: Sequence[Page], form: str) -> tuple[Page, ...]:
    """Return the pages with their marks.

    Args:
        pages: All pages of a filing, in order.
        form: The filing's form; Items of a 10-Q are told apart by their part ("I-2").
    """
    repeated = running_heads(pages)
    place, note = _Place("cover", ""), ""
    marked = []
    for page in pages:
        contents = _is_contents(page.text)
        head = _head(page.text, repeated)
        statement = None if contents else statement_of(page.text, head)
        before = place.item
        items, place = _items(page.text, place, form, contents)
        left = note if place.item == before else ""
        notes = [] if statement or contents else _notes(page.text, left, place.item)
        note = notes[-1] if notes else ("" if place.item != before else note)
        marked.append(PageMarks(items, statement, " / ".join(notes)[:_HEAD], contents, head))
    faces = _faces(marked)
    return tuple(
        _with(page, marks if index in faces else replace(marks, statement=None), form)
        for index, (page, marks) in enumerate(zip(pages, marked, strict=True))
    )


def _faces(marked: Sequence[PageMarks]) -> set[int]:
    """Return the indices of the pages whose statement tag stands.

    Faces stand together. Where some neighbouring pages hold three statements or more, a tag
    elsewhere is a summary or a table of a note; where none do (a release), every tag stands.
    """
    runs: list[list[int]] = []
    for index in (i for i, marks in enumerate(marked) if marks.statement):
        if runs and index - runs[-1][-1] <= _GAP:
            runs[-1].append(index)
        else:
            runs.append([index])
    whole = [run for run in runs if len({marked[i].statement for i in run}) >= _TOGETHER]
    return {index for run in whole or runs for index in run}


def _with(page: Page, marks: PageMarks, form: str) -> Page:
    own = _section(marks, form)
    better = marks.statement is not None or bool(marks.note) or not page.section
    return replace(page, marks=marks, section=own if better else page.section)


def running_heads(pages: Sequence[Page]) -> frozenset[str]:
    """Return the lines, digits dropped, that stand at the top of many pages."""
    counts = Counter(
        line for page in pages for line in set(map(_shape, page.text.split("\n")[:_EDGE])) if line
    )
    least = max(4, _REPEATED * len(pages))
    return frozenset(line for line, count in counts.items() if count >= least)


def body(text: str, repeated: frozenset[str]) -> tuple[int, int]:
    """Return where a page's own text begins and ends: after running heads, before a page number.

    A line that gives the unit of figures is never a running head. All of the page when nothing
    else would be left.
    """
    lines = list(_LINE.finditer(text))
    first, last = 0, len(lines)
    while first < min(_EDGE, last) and _is_running(lines[first].group(), repeated):
        first += 1
    while last > first and _FOOT.fullmatch(lines[last - 1].group()):
        last -= 1
    if first == last:
        return 0, len(text)
    return lines[first].start(), lines[last - 1].end()


def _is_running(line: str, repeated: frozenset[str]) -> bool:
    return _shape(line) in repeated and not _UNIT.search(line)


def _shape(line: str) -> str:
    return " ".join(_DIGITS.sub("", line).split()).lower()


def _head(text: str, repeated: frozenset[str]) -> str:
    """Return the first lines that say something of this page only."""
    lines = text.split("\n")
    kept = [
        line.strip()
        for number, line in enumerate(lines[: _HEAD_LINES + _EDGE])
        if line.strip() and not (number < _EDGE and _shape(line) in repeated)
    ]
    return "\n".join(kept[:_HEAD_LINES])[:_HEAD]


def _is_contents(text: str) -> bool:
    """Whether most lines of the page are entries with a page number at their end."""
    lines = [line for line in text.split("\n") if line.strip()]
    entries = len(_ENTRY.findall(text))
    leaders = len(_LEADER.findall(text))
    titled = bool(_CONTENTS.search(text[:600]))
    figures = sum(1 for line in lines if len(re.findall(r"\d[\d,.]+", line)) > 2)
    if figures > 0.3 * len(lines):
        return False
    return entries >= 6 or (titled and leaders >= 0.5 * len(lines) >= 4)


def _items(text: str, place: _Place, form: str, contents: bool) -> tuple[tuple[str, ...], _Place]:
    """Return the Items that stand on the page, most text first, and the place at its end.

    A list of Items opens none of them.
    """
    if contents and len(_ITEM.findall(text)) >= _LISTED:
        return (place.item,), place
    spans: Counter[str] = Counter()
    start = 0
    for position, kind, value in sorted(_openings(text)):
        spans[place.item] += position - start
        start = position
        if kind == "part":
            place = place._replace(part=value)
        else:
            within = form.startswith("10-Q") and place.part
            place = place._replace(item=f"{place.part}-{value}" if within else value)
    spans[place.item] += len(text) - start
    most = spans.most_common()
    return tuple(item for item, span in most if span >= _PRESENT or item == most[0][0]), place


def _openings(text: str) -> Iterator[tuple[int, str, str]]:
    for match in _PART.finditer(text):
        if not _SENTENCE.search(match["rest"]) and "item" not in match["rest"].lower():
            yield match.start(), "part", match["part"].upper()
    for match in _ITEM.finditer(text):
        if not _SENTENCE.search(match["title"] or ""):
            yield match.start(), "item", f"{match['number']}{match['letter'].upper()}"


def _notes(text: str, before: str, item: str) -> list[str]:
    """Return the headings of the notes that stand on the page, in order.

    Headings count within the notes only: where one is in force, where the page's head says so, or
    in an Item that holds statements.
    """
    titled = _NOTES_HEAD.search(text[:400])
    if not (titled or before or item in _ITEMS_WITH_NOTES):
        return []
    opened = [match for match in _NOTE.finditer(text) if _is_note(match)]
    titles = [_title(match) for match in opened]
    if before and not (opened and opened[0].start() < _PRESENT):
        titles = [before, *titles]
    return list(dict.fromkeys(titles))[:6]


def _is_note(match: re.Match[str]) -> bool:
    title = match["title"]
    words = [word for word in title.split() if word[0].isalpha()]
    capital = sum(word[0].isupper() for word in words)
    plain = not re.search(r"\s{2,}|\d{2,}", title) and not title.rstrip().endswith((";", ","))
    short = len(title) <= 90 and capital >= 0.6 * len(words)
    return bool(words) and plain and (match["n"] is not None or short)


def opens_note_or_item(line: str) -> bool:
    """Whether a line is the heading of a note or of an Item."""
    note = _NOTE.match(line)
    return bool(note and _is_note(note)) or bool(_ITEM.match(line))


def _title(match: re.Match[str]) -> str:
    return " ".join(match["title"].strip(" .:-\u2013\u2014").split())


_TITLES_10K = {
    "1": "Business", "1A": "Risk Factors", "1B": "Unresolved Staff Comments", "2": "Properties",
    "1C": "Cybersecurity", "3": "Legal Proceedings", "5": "Market for Common Equity",
    "6": "Selected Financial Data", "7": "Management's Discussion and Analysis",
    "7A": "Market Risk", "8": "Financial Statements", "9A": "Controls and Procedures",
    "10": "Directors and Executive Officers", "11": "Executive Compensation",
    "12": "Security Ownership", "15": "Exhibits", "16": "Form 10-K Summary",
}  # fmt: skip
_TITLES_10Q = {
    "I-1": "Financial Statements", "I-2": "Management's Discussion and Analysis",
    "I-3": "Market Risk", "I-4": "Controls and Procedures", "II-1": "Legal Proceedings",
    "II-1A": "Risk Factors", "II-2": "Sales of Equity Securities", "II-6": "Exhibits",
}  # fmt: skip


def _section(marks: PageMarks, form: str) -> str:
    """Return what a reader calls the page's place: statement, else note, else Item."""
    if marks.statement:
        return marks.statement.value.capitalize()
    if marks.note:
        return f"Note: {marks.note}"
    if marks.item in ("", "cover"):
        return marks.item.capitalize()
    titles = _TITLES_10Q if form.startswith("10-Q") else _TITLES_10K
    known = titles.get(marks.item, "") if not form.startswith("8-K") else ""
    number = marks.item.rsplit("-", 1)[-1]
    return f"Item {number}. {known}" if known else f"Item {number}"
