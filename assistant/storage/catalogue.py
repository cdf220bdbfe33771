"""The filing catalogue in PostgreSQL: which filings may answer, and the text read from them.

A row of `filing` is the publication: it is written in the same transaction as its pages and
passages, so a filing that is half in the store is never seen by anyone.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import errors
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from assistant.domain.errors import AlreadyPublished, AmbiguousName, NotFound
from assistant.domain.filings import (
    BlobRef,
    Document,
    Filing,
    Listing,
    Page,
    Sensitivity,
    TextSource,
)
from assistant.domain.records import Placement
from assistant.domain.structure import Cover, PageMarks, Statement
from assistant.storage.locks import LOCK
from assistant.storage.placements import PLACEMENTS, add_placement, placement_rows, replaced_by
from assistant.storage.postgres import Connection, Postgres

_COLUMNS = (
    "no", "id", "name", "file_name", "sha256", "media_type", "size", "page_count", "passage_count",
    "warnings", "sensitivity", "label", "sample", "added_by", "added_at", "company", "other_names",
    "ticker", "cik", "form", "amended", "fiscal_year", "quarter", "period_end", "event", "filed",
    "superseded_by", "held_for", "retain_until", "placements",
)  # fmt: skip
_FILING = f"""
select no, id, name, file_name, sha256, media_type, size, page_count, passage_count, warnings,
       sensitivity, label, sample, added_by, added_at, company, other_names, ticker, cik, form, amended,
       fiscal_year, quarter, period_end, event, filed, coalesce(newer.newer_id, '') as superseded_by,
       held_for, retain_until, entries.placements
from filing
{PLACEMENTS}
left join lateral (
    select amendment.id as newer_id
    from filing as amendment
    where amendment.amended
      and amendment.form = filing.form and amendment.fiscal_year = filing.fiscal_year
      and amendment.quarter is not distinct from filing.quarter
      and (
          (amendment.cik <> '' and amendment.cik = filing.cik)
          or (amendment.company <> '' and lower(amendment.company) = lower(filing.company)
              and '' in (amendment.cik, filing.cik))
      )
      and (
          not filing.amended
          or (coalesce(amendment.filed, amendment.period_end, 'epoch'), amendment.no)
             > (coalesce(filing.filed, filing.period_end, 'epoch'), filing.no)
      )
      and exists (
          select from page
          where filing_no = amendment.no
            and statement in ('income statement', 'balance sheet', 'cash flow statement')
      )
    order by coalesce(amendment.filed, amendment.period_end, 'epoch'), amendment.no
    limit 1
) as newer on filing.form <> ''
"""  # noqa: S608 -- joined from constants
_BY_CONTENT = _FILING + "where sha256 = %s"
_BY_NAME_OR_ID = f"""{_FILING}
where id = %(key)s or no in (select filing_no from placement where %(key)s in (id, name))
order by no desc
"""  # noqa: S608 -- joined from constants
_KEEP = "select no from filing where sha256 = %s for update"  # a removal locks it too
_LABEL = """
update filing set placed = placed + 1, label = strictest(array[label, %(label)s])
where no = %(no)s
"""
# The versions of all rows, mixed: another value after every commit that adds, removes or rewrites a
# filing, whoever made it, without a counter that writers queue for.
STATE = "select bit_xor(hashtidextended(ctid, xmin::text::bigint)) as state from filing"
"""The state of the catalogue; null while it holds nothing."""
# A filing's row can stay while what is shown of it changes (an amendment, a newer version), so each is
# known by a digest of all that is read of it; the first row carries all digests.
_CHANGED = f"""
with held as materialized ({_FILING}),
keyed as materialized (select no, hashtextextended(held::text, 0) as digest from held)
select case when row_number() over () = 1 then keys.digests end, keys.state,
       changed.*
from (
    select array_agg(digest order by no desc) as digests, ({STATE}) as state from keyed
) as keys
left join (
    select digest, held.* from held join keyed using (no)
    where digest not in (select unnest(%(known)s::bigint[]))
) as changed on true
"""  # noqa: S608 -- joined from the constants above
_ADD = """
insert into filing (id, name, file_name, sha256, media_type, size, page_count, passage_count,
    warnings, label, sample, added_by, company, other_names, ticker, cik, form, amended,
    fiscal_year, quarter, period_end, event, filed)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
returning no, added_at
"""
_EFFECTIVE = "select sensitivity from filing where no = %s"
_COUNTED = """
update filing set page_count = %s, passage_count = %s, warnings = %s, word_count = 0
where id = %s returning no
"""
_ADD_PAGES = """
copy page (filing_no, number, text, section, width, height, boxes, items, statement, note, contents,
    head, source) from stdin
"""
_PAGE = """
select number, text, section, width, height, {boxes}, items, statement, note, contents, head, source
from page where filing_no = (select no from filing where id = %s)
"""


@dataclass
class PostgresCatalogue:
    """Implements `ports.Catalogue`."""

    postgres: Postgres
    _kept: Listing = field(default=Listing(), init=False, repr=False, compare=False)
    _by_digest: dict[int, Filing] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    async def find_by_content(self, sha256: str) -> Filing | None:
        """Return the filing whose original has these bytes, or None."""
        rows = await self._rows(_BY_CONTENT, (sha256,))
        return _filing(rows[0]) if rows else None

    async def publish(self, filing: Filing, document: Document) -> Filing:
        """Add the filing and its pages; see `ports.Catalogue`."""
        try:
            async with self.postgres.connection() as connection:
                await connection.execute(LOCK, (filing.original.sha256,))
                cursor = await connection.execute(_ADD, _values(filing))
                number, added_at = await cursor.fetchone() or (0, None)
                await add_placement(connection, number, filing.entry, filing.label)
                effective = await connection.execute(_EFFECTIVE, (number,))
                [label] = await effective.fetchone() or (filing.label,)
                await _add_pages(connection, number, document)
        except errors.UniqueViolation as error:
            raise AlreadyPublished(f"{filing.file_name} is already in the catalogue") from error
        return replace(filing, added_at=added_at, sensitivity=Sensitivity(label))

    async def get(self, name_or_id: str) -> Filing:
        """Return a filing by id, or by name when exactly one has it."""
        rows = await self._rows(_BY_NAME_OR_ID, {"key": name_or_id})
        found = [_filing(row) for row in rows]
        by_id = [filing.shown_as(one) for filing in found for one in _with_id(filing, name_or_id)]
        named = by_id[:1] or [filing for one in found for filing in one.named({name_or_id})]
        if not named:
            raise NotFound(
                f"There is no filing {name_or_id!r}",
                "`aei documents list` shows the filings that are there.",
            )
        if len(named) > 1:
            ids = ", ".join(filing.entry.id for filing in named)
            raise AmbiguousName(
                f"{len(named)} filings are named {name_or_id!r}", f"Name one by its id: {ids}."
            )
        return named[0]

    async def place(self, sha256: str, entry: Placement, label: Sensitivity) -> Filing | None:
        """Add an entry over a content that is there; see `ports.Catalogue`."""
        async with self.postgres.begin(), self.postgres.connection() as connection:
            await connection.execute(LOCK, (sha256,))
            await connection.execute("select hold_collections(%s)", (entry.collection,))
            cursor = await connection.execute(_KEEP, (sha256,))
            row = await cursor.fetchone()
            if row is None:
                return None
            added = await add_placement(connection, row[0], entry, label)
            await connection.execute(_LABEL, {"no": row[0], "label": label.value})
            found = await self.find_by_content(sha256)
        return found and _shown(found, entry, added)

    async def filings(self) -> list[Filing]:
        """Return all filings, newest first.

        Every question asks for them, so they are read again only when the catalogue has changed, and
        then only those that changed; the others stay the same objects, which spares whoever keeps
        something by them. The rows carry the state they were read in, so that a list never goes under
        another one's state.
        """
        [[(now,)]] = await self.postgres.read((STATE, {}))
        if now != self._kept.state:
            known = self._by_digest
            [rows] = await self.postgres.read((_CHANGED, {"known": list(known)}))
            digests, state, *_ = rows[0]
            read = {
                digest: _filing(dict(zip(_COLUMNS, row, strict=True)))
                for _, _, digest, *row in rows
                if digest is not None
            }
            listed = {digest: read.get(digest) or known[digest] for digest in digests or ()}
            self._by_digest, self._kept = listed, Listing(tuple(listed.values()), state)
        return list(self._kept.filings)

    def listing(self) -> Listing:
        """Return the filings as they were read last; see `ports.Catalogue`."""
        return self._kept

    async def gone(self, filings: Collection[str]) -> set[str]:
        """Return those of these ids that no filing has (any more)."""
        asked = ("select id from filing where id = any(%(ids)s)", {"ids": list(filings)})
        [rows] = await self.postgres.read(asked)
        return set(filings) - {row[0] for row in rows}

    async def pages(self, filing_id: str) -> list[Page]:
        """Return the pages in order, without boxes."""
        statement = _PAGE.format(boxes="''::bytea as boxes") + "order by number"
        rows = await self._rows(statement, (filing_id,))
        if not rows:
            raise NotFound(f"There is no filing {filing_id!r}")
        return [_page(row) for row in rows]

    async def page(self, filing_id: str, number: int) -> Page:
        """Return one page with its word boxes."""
        statement = _PAGE.format(boxes="boxes") + "and number = %s"
        rows = await self._rows(statement, (filing_id, number))
        if not rows:
            raise NotFound(f"The filing {filing_id!r} has no page {number}")
        return _page(rows[0])

    async def label(self, filing_id: str, label: Sensitivity) -> bool:
        """Say how far a filing's text may travel; its passages have the label at once."""
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(
                "update filing set label = %s where id = %s", (label.value, filing_id)
            )
            return cursor.rowcount > 0

    async def rewrite(self, filing_id: str, document: Document, passages: int) -> None:
        """Replace the pages of a filing, and take away its passages and facts."""
        values = (len(document.pages), passages, json.dumps(document.warnings), filing_id)
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_COUNTED, values)
            row = await cursor.fetchone()
            if row is None:
                raise NotFound(f"There is no filing {filing_id!r}")
            for table in ("page", "passage", "posting", "fact", "finding"):
                await connection.execute(
                    SQL("delete from {} where filing_no = %s").format(Identifier(table)), row
                )
            await _add_pages(connection, row[0], document)

    async def _rows(
        self, statement: str, values: Sequence[object] | Mapping[str, object]
    ) -> list[dict[str, Any]]:
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(statement.encode(), values)
            return await cursor.fetchall()


async def _add_pages(connection: Connection, number: int, document: Document) -> None:
    async with connection.cursor() as pages, pages.copy(_ADD_PAGES) as copy:
        for page in document.pages:
            await copy.write_row((number, *_page_values(page)))


def _values(filing: Filing) -> tuple[object, ...]:
    return (
        filing.id,
        filing.name,
        filing.file_name,
        filing.original.sha256,
        filing.original.media_type,
        filing.original.size,
        filing.pages,
        filing.passages,
        json.dumps(filing.warnings),
        filing.label.value,
        filing.sample,
        filing.added_by,
        *_cover_values(filing.cover),
    )


def _cover_values(cover: Cover) -> tuple[object, ...]:
    return (
        cover.company,
        list(cover.other_names),
        cover.ticker,
        cover.cik,
        cover.form,
        cover.amended,
        cover.fiscal_year,
        cover.quarter,
        cover.period_end,
        cover.event,
        cover.filed,
    )


def _page_values(page: Page) -> tuple[object, ...]:
    marks = page.marks
    return (
        page.number,
        page.text,
        page.section,
        page.width,
        page.height,
        page.boxes,
        list(marks.items),
        marks.statement.value if marks.statement else "",
        marks.note,
        marks.contents,
        marks.head,
        page.source.value,
    )


def _page(row: dict[str, Any]) -> Page:
    return Page(
        number=row["number"],
        text=row["text"],
        section=row["section"],
        width=row["width"],
        height=row["height"],
        boxes=row["boxes"],
        marks=page_marks(row),
        source=TextSource(row["source"]),
    )


def page_marks(row: dict[str, Any]) -> PageMarks:
    """Return the marks that a row of `page` holds."""
    return PageMarks(
        items=tuple(row["items"]),
        statement=Statement(row["statement"]) if row["statement"] else None,
        note=row["note"],
        contents=row["contents"],
        head=row["head"],
    )


def _filing(row: dict[str, Any]) -> Filing:
    entries = placement_rows(row["placements"])
    return Filing(
        id=row["id"],
        name=row["name"],
        file_name=row["file_name"],
        original=BlobRef(row["sha256"], row["media_type"], row["size"]),
        pages=row["page_count"],
        passages=row["passage_count"],
        warnings=tuple(row["warnings"]),
        sensitivity=Sensitivity(row["sensitivity"]),
        label=Sensitivity(row["label"]),
        sample=row["sample"],
        added_by=row["added_by"],
        added_at=row["added_at"],
        cover=Cover(
            company=row["company"],
            other_names=tuple(row["other_names"]),
            ticker=row["ticker"],
            cik=row["cik"],
            form=row["form"],
            amended=row["amended"],
            fiscal_year=row["fiscal_year"],
            quarter=row["quarter"],
            period_end=row["period_end"],
            event=row["event"],
            filed=row["filed"],
        ),
        superseded_by=row["superseded_by"],
        placements=entries,
        replaced_by=replaced_by(entries),
        held_for=tuple(row["held_for"]),
        retain_until=row["retain_until"],
    )


def _with_id(filing: Filing, key: str) -> list[Placement]:
    """Return the entry with this id; the filing's own where its entries were lost."""
    return [one for one in filing.placements or (filing.entry,) if one.id == key]


def _shown(filing: Filing, entry: Placement, added: bool) -> Filing:
    """Return the filing as the entry that was added, or as the one of that name it has."""
    if added:
        return filing.shown_as(entry)
    where = (entry.collection, entry.file_name)
    same = [one for one in filing.placements if (one.collection, one.file_name) == where]
    return filing.shown_as(same[-1])
