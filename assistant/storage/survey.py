"""Looks at whole filings for a search: what their pages are, where words stand, what is near.

One round trip for a survey, one for the text of the best pages. A survey first chooses its filings
(`speaking`), then reads the posting lists of the asked words only, and all else as arrays too, so
that a long filing costs a few rows; ranking is the caller's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
    Speaking,
    Survey,
    SurveyedFiling,
)
from assistant.domain.structure import PageMarks, Statement
from assistant.storage.catalogue import STATE
from assistant.storage.findings import WITHHELD, by_page
from assistant.storage.lists import PROBE
from assistant.storage.postgres import Postgres
from assistant.storage.speaking import (
    CHOOSE_ALL,
    CHOOSE_SPEAKING,
    CHOOSE_SPEAKING_OF_GIVEN,
    CHOSEN,
)
from assistant.storage.vectors import half

_GROUPS = """
select list.no - 1, array_agg(word.lexeme)
from unnest(%(groups)s::text[]) with ordinality as list (text, no),
     unnest(to_tsvector('english', normalize(list.text, NFKC))) as word
group by list.no
"""
# Arrays of numbers, not joins: every statement then goes through its primary key, whatever the
# statistics say.
_POSTINGS = f"""
select field, lexeme, filing_no, ordinals, counts, lengths from posting
where filing_no = any({CHOSEN})
  and field = any(array['text', 'head', 'note'])
  and lexeme = any(array(
    select word.lexeme from unnest(%(groups)s::text[]) as list (text),
                            unnest(to_tsvector('english', normalize(list.text, NFKC))) as word))
"""  # noqa: S608 -- joined from the constants of `speaking`
_PAGES = f"""
select filing_no, array_agg(number order by number),
       array_agg(array_to_string(items, ' ') || '|' || statement || '|' || contents order by number),
       array_agg(words order by number), array_agg(first_passage order by number)
from page where filing_no = any({CHOSEN}) and words > 0 group by filing_no
"""  # noqa: S608
_NEAR = f"""
select filing_no, array_agg(page order by ordinal),
       array_agg(-(embedding <#> %(vector)s) order by ordinal)
from passage where filing_no = any({CHOSEN}) group by filing_no
"""  # noqa: S608
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

STATEMENTS = {
    "choose": CHOOSE_SPEAKING,
    "words": _GROUPS,
    "postings": _POSTINGS,
    "pages": _PAGES,
    "meaning": _NEAR,
}
"""What a survey asks the database, in order, for whoever explains how it is answered."""

_PROMISING = 48  # filings whose postings are unpacked to choose among them


@dataclass(frozen=True)
class PostgresSurveyor:
    """Implements `ports.PageIndex`.

    Args:
        postgres: Where the pages are.
        promising: Of how many filings at most a choice unpacks the postings.
    """

    postgres: Postgres
    promising: int = _PROMISING

    async def survey(
        self, probe: Probe, filings: Mapping[str, float], speaking: Speaking | None = None
    ) -> Survey:
        """Return what the index knows for this probe; see `ports.PageIndex`."""
        given = values(probe, filings, speaking, self.promising)
        choose = CHOOSE_ALL
        if speaking:
            choose = CHOOSE_SPEAKING_OF_GIVEN if speaking.narrow else CHOOSE_SPEAKING
        asked = (STATE, PROBE, choose, _GROUPS, _POSTINGS, _PAGES, _NEAR)
        state, _, chosen, groups, postings, pages, near = await self.postgres.read(
            *((statement, given) for statement in asked)
        )
        ids = {number: filing for number, filing, *_ in chosen}
        stems = {number: frozenset(lexemes) for number, lexemes in groups}
        return Survey(
            filings=_surveyed(chosen, pages, near),
            groups=tuple(stems.get(n, frozenset()) for n in range(len(probe.groups))),
            postings=tuple(
                Posting(Field(field), lexeme, ids[filing], *arrays)
                for field, lexeme, filing, *arrays in postings
            ),
            state=state[0][0],
        )

    async def read(self, pages: Sequence[PageKey]) -> dict[PageKey, PageText]:
        """Return the text of the pages, those that hold passages."""
        wanted = {
            "filings": [filing for filing, _ in pages],
            "numbers": [number for _, number in pages],
        }
        rows, withheld = await self.postgres.read((_READ, wanted), (WITHHELD, wanted))
        runs = by_page(withheld)
        read = map(_page_text, rows)
        return {page.key: replace(page, withheld=runs.get(page.key, ())) for page in read}


def values(
    probe: Probe,
    filings: Mapping[str, float],
    speaking: Speaking | None,
    promising: int = _PROMISING,
) -> dict[str, Any]:
    """Return the values of the statements of a survey."""
    given: dict[str, Any] = {
        "groups": list(probe.groups),
        "filings": list(filings),
        "points": list(filings.values()),
        "vector": half(probe.vector),
    }
    if speaking:
        given |= {
            "words": speaking.words,
            "weight": speaking.weight,
            "most": speaking.most,
            "promising": promising,
        }
    return given


def _surveyed(
    chosen: Sequence[TupleRow], pages: Sequence[TupleRow], near: Sequence[TupleRow]
) -> tuple[SurveyedFiling, ...]:
    columns = {number: rest for number, *rest in pages}
    distances = {number: rest for number, *rest in near}
    found = []
    for number, filing_id, points, _ in chosen:
        numbers, marks, words, firsts = columns.get(number, ((), (), (), ()))
        near_pages, cosines = distances.get(number, ((), ()))
        kinds = tuple(map(_marks, marks))
        found.append(
            SurveyedFiling(filing_id, points, numbers, kinds, words, firsts, near_pages, cosines)
        )
    return tuple(found)


@lru_cache(maxsize=4096)
def _marks(text: str) -> PageMarks:
    """Return the marks that `_PAGES` joins; a store knows few different ones."""
    items, statement, contents = text.split("|")
    return PageMarks(
        tuple(items.split()),
        Statement(statement) if statement else None,
        contents=contents == "true",
    )


def _page_text(row: TupleRow) -> PageText:
    filing, number, name, text, media_type, sensitivity, *columns = row
    spans = tuple(Span(*place) for place in zip(*columns, strict=True))
    return PageText((filing, number), name, text, spans, media_type, Sensitivity(sensitivity))
