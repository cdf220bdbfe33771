"""Keeps the passages of filings, their vectors, and the words of passages, page heads and notes.

Words are one row a word and filing (`posting`), with arrays of the passages they stand in: a
filing's words come and go with the filing, and a posting takes a few bytes. How they are ranked
stands in `speaking` (whole store) and `rag.bm25` (chosen filings).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.filings import Passage, Vector
from assistant.storage.lists import LISTED_FROM, tend
from assistant.storage.postgres import Postgres
from assistant.storage.vectors import half

_INDEX_WORDS = """
with number as (select no from filing where id = %(id)s),
source as (
    select 'text' as field, ordinal, page, carried || ' ' || text as text from passage
    where filing_no = (select no from number)
    union all
    select 'head', number, number, head from page
    where filing_no = (select no from number) and head <> ''
    union all
    select 'note', number, number, note from page
    where filing_no = (select no from number) and note <> ''
),
lexeme as (
    select field, ordinal, page, word.lexeme, cardinality(word.positions) as count
    from source, unnest(to_tsvector('english', normalize(text, NFKC))) as word
),
length as (select field, ordinal, page, sum(count) as words from lexeme group by 1, 2, 3),
counted as (
    update filing set word_count = (select coalesce(sum(words), 0) from length where field = 'text')
    where id = %(id)s
),
held as (
    select page, min(ordinal) as first, sum(words) as words from length where field = 'text'
    group by page
),
paged as (
    update page set first_passage = held.first, words = held.words from held
    where page.filing_no = (select no from number) and page.number = held.page
)
insert into posting (lexeme, filing_no, field, ordinals, counts, lengths, peak)
select lexeme, (select no from number), field, array_agg(ordinal order by ordinal),
       array_agg(count::smallint order by ordinal), array_agg(words::smallint order by ordinal),
       max(count / (count + 0.48::float8 + 0.0036::float8 * words))
from lexeme join length using (field, ordinal) group by lexeme, field
"""


@dataclass(frozen=True)
class PostgresPassages:
    """Implements `ports.PassageIndex`.

    Args:
        postgres: Where the passages are.
        listed_from: Passages of the smallest store whose vectors are indexed.
    """

    postgres: Postgres
    listed_from: int = LISTED_FROM

    async def insert(
        self, filing_id: str, passages: Sequence[Passage], vectors: Sequence[Vector]
    ) -> None:
        """Index the passages of a filing that the same unit of work publishes."""
        async with self.postgres.connection() as connection:
            cursor = await connection.execute("select no from filing where id = %s", (filing_id,))
            row = await cursor.fetchone()
            number = row[0] if row else None
            async with (
                connection.cursor() as rows,
                rows.copy(
                    "copy passage (filing_no, ordinal, page, section, start_at, end_at, header,"
                    " carried, text, embedding) from stdin with (format binary)"
                ) as copy,
            ):
                copy.set_types(
                    ["int8", "int4", "int4", "text", "int4", "int4", *["text"] * 3, "halfvec"]
                )
                for passage, vector in zip(passages, vectors, strict=True):
                    await copy.write_row(_row(number, passage, vector))
            await connection.execute(_INDEX_WORDS, {"id": filing_id})

    async def tend(self) -> None:
        """Bring the index of meaning in step with the store; see `ports.PassageIndex`."""
        await tend(self.postgres, self.listed_from)


def _row(number: object, passage: Passage, vector: Vector) -> tuple[object, ...]:
    return (
        number,
        passage.ordinal,
        passage.page,
        passage.section,
        passage.start,
        passage.end,
        passage.header,
        passage.carried,
        passage.text,
        half(vector),
    )
