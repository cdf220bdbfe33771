"""Tagged facts in PostgreSQL: written with their filing, gone with it, read by filing and concept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from assistant.domain.facts import Fact, FactPeriod
from assistant.domain.filings import Filing
from assistant.storage.postgres import Postgres

_FILING_NO = "select no from filing where id = %s"
_ADD = """
copy fact (filing_no, position, concept, value, unit, period_start, period_end, dimensions, decimals)
from stdin
"""
_READ = """
select filing.id, concept, value, unit, period_start, fact.period_end, dimensions, decimals
from fact join filing on filing.no = fact.filing_no
where filing.id = any(%s) and (cardinality(%s::text[]) = 0 or concept = any(%s))
order by filing.no, position
"""


@dataclass(frozen=True)
class PostgresFacts:
    """Implements `ports.Facts`."""

    postgres: Postgres

    async def insert(self, filing: Filing, facts: Sequence[Fact]) -> None:
        """Keep the facts of a filing that the same unit of work publishes."""
        if not facts:
            return
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_FILING_NO, (filing.id,))
            (number,) = await cursor.fetchone() or (None,)
            async with connection.cursor() as rows, rows.copy(_ADD) as copy:
                for position, fact in enumerate(facts):
                    await copy.write_row((number, position, *_values(fact)))

    async def of(
        self, filings: Sequence[str], concepts: Sequence[str] = ()
    ) -> dict[str, tuple[Fact, ...]]:
        """Return the facts of these filings (ids); see `ports.Facts`."""
        found: dict[str, list[Fact]] = {filing: [] for filing in filings}
        if not filings:
            return {}
        wanted = list(concepts)
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(_READ, (list(filings), wanted, wanted))
            for row in await cursor.fetchall():
                found[row["id"]].append(_fact(row))
        return {filing: tuple(facts) for filing, facts in found.items()}


def _values(fact: Fact) -> tuple[object, ...]:
    return (
        fact.concept,
        fact.value,
        fact.unit,
        fact.period.start,
        fact.period.end,
        json.dumps(fact.dimensions),
        fact.decimals,
    )


def _fact(row: dict[str, Any]) -> Fact:
    return Fact(
        row["concept"],
        row["value"],
        row["unit"],
        FactPeriod(row["period_start"], row["period_end"]),
        tuple((axis, member) for axis, member in row["dimensions"]),
        row["decimals"],
    )
