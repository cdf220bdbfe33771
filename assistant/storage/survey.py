"""Looks at whole filings for a search: what their pages are, where words stand, what is near.

One pipeline of five statements for a survey, one statement for the text of the best pages. A survey
reads the posting lists of the asked words only, as arrays, so that a long filing costs a few
hundred rows; ranking is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import TupleRow

from assistant.domain.filings import Sensitivity
from assistant.domain.search import (
    Field,
    PageKey,
    PageText,
    Posting,
    Probe,
    Span,
    Survey,
    SurveyedPage,
)
from assistant.domain.structure import PageMarks, Statement
from assistant.storage.postgres import Connection, Postgres
from assistant.storage.vectors import half

_GROUPS = """
select list.no - 1, array_agg(word.lexeme)
from unnest(%(groups)s::text[]) with ordinality as list (text, no),
     unnest(to_tsvector('english', list.text)) as word
group by list.no
"""
# Arrays of numbers, not joins: every statement then goes through its primary key, whatever the
# statistics say.
_NUMBERS = "select no, id from filing where id = any(%(filings)s)"
_POSTINGS = """
select field, lexeme, filing_no, ordinals, counts, lengths from posting
where filing_no = any(array(select no from filing where id = any(%(filings)s)))
  and lexeme = any(array(
    select word.lexeme from unnest(%(groups)s::text[]) as list (text),
                            unnest(to_tsvector('english', list.text)) as word))
"""
_PAGES = """
select filing_no, number, array_to_string(items, ' '), statement, contents, words, first_passage
from page where filing_no = any(array(select no from filing where id = any(%(filings)s))) and words > 0
order by filing_no, number
"""
_NEAR = """
select filing_no, page, max(1 - (embedding <=> %(vector)s)) from passage
where filing_no = any(array(select no from filing where id = any(%(filings)s)))
group by filing_no, page
"""
_READ = """
select filing.id, page.number, filing.name, page.text, filing.media_type, filing.sensitivity,
       held.ordinals, held.starts, held.ends, held.sections, held.headers, held.carried
from unnest(%(filings)s::text[], %(numbers)s::integer[]) as wanted (id, number)
join filing on filing.id = wanted.id
join page on page.filing_no = filing.no and page.number = wanted.number
cross join lateral (
    select array_agg(ordinal order by ordinal) as ordinals,
           array_agg(start_at order by ordinal) as starts, array_agg(end_at order by ordinal) as ends,
           array_agg(section order by ordinal) as sections,
           array_agg(header order by ordinal) as headers,
           array_agg(carried order by ordinal) as carried
    from passage
    where passage.filing_no = filing.no and passage.page = page.number
      and passage.ordinal >= page.first_passage
) as held
where held.ordinals is not null
"""

STATEMENTS = {"postings": _POSTINGS, "pages": _PAGES, "meaning": _NEAR}
"""What a survey asks the database, by what it brings, for whoever explains how it is answered."""


@dataclass(frozen=True)
class PostgresSurveyor:
    """Implements `ports.PageIndex`."""

    postgres: Postgres

    async def survey(self, probe: Probe, filings: Sequence[str]) -> Survey:
        """Return what the index knows of these filings for this probe."""
        values = {
            "groups": list(probe.groups),
            "filings": list(filings),
            "vector": half(probe.vector),
        }
        async with self.postgres.connection() as connection, connection.pipeline():
            chosen = await _fetch(connection, _NUMBERS, values)
            groups = await _fetch(connection, _GROUPS, values)
            postings = await _fetch(connection, _POSTINGS, values)
            pages = await _fetch(connection, _PAGES, values)
            near = await _fetch(connection, _NEAR, values)
        numbers: dict[int, str] = dict(chosen)
        stems = {number: frozenset(lexemes) for number, lexemes in groups}
        return Survey(
            pages=tuple(_surveyed(numbers[row[0]], row) for row in pages),
            groups=tuple(stems.get(n, frozenset()) for n in range(len(probe.groups))),
            postings=tuple(
                Posting(Field(field), lexeme, numbers[filing], *arrays)
                for field, lexeme, filing, *arrays in postings
            ),
            similarity={(numbers[filing], page): score for filing, page, score in near},
        )

    async def read(self, pages: Sequence[PageKey]) -> dict[PageKey, PageText]:
        """Return the text of the pages, those that hold passages."""
        values = {
            "filings": [filing for filing, _ in pages],
            "numbers": [number for _, number in pages],
        }
        async with self.postgres.connection() as connection:
            rows = await _fetch(connection, _READ, values)
        return {page.key: page for page in map(_page_text, rows)}


async def _fetch(connection: Connection, statement: str, values: dict[str, Any]) -> list[TupleRow]:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement.encode(), values)
        return await cursor.fetchall()


def _surveyed(filing: str, row: TupleRow) -> SurveyedPage:
    _, number, items, statement, contents, words, first = row
    marks = PageMarks(
        tuple(items.split()), Statement(statement) if statement else None, contents=contents
    )
    return SurveyedPage((filing, number), marks, words, first)


def _page_text(row: TupleRow) -> PageText:
    filing, number, name, text, media_type, sensitivity, *columns = row
    spans = tuple(Span(*place) for place in zip(*columns, strict=True))
    return PageText((filing, number), name, text, spans, media_type, Sensitivity(sensitivity))
