"""Proposed and verified examples in PostgreSQL, those of one database that is asked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from assistant.domain.errors import NotFound
from assistant.domain.reviews import ExampleState, ProposedExample
from assistant.storage.postgres import Postgres

_ADD = """
insert into verified_example (database, question, statement, proposed_by)
values (%(database)s, %(question)s, %(statement)s, %(by)s)
on conflict (database, md5(question), md5(statement)) do nothing
"""
_FIND = """
select * from verified_example
where database = %(database)s and question = %(question)s and statement = %(statement)s
"""
_ALL = """
select * from verified_example
where database = %(database)s and state = any(%(states)s) order by id
"""
_JUDGE = """
update verified_example
set state = %(state)s, judged_by = %(by)s, judged_at = now(), reason = %(reason)s
where database = %(database)s and id = %(id)s returning *
"""


@dataclass(frozen=True)
class PostgresExamples:
    """Implements `ports.VerifiedExamples`.

    Args:
        postgres: The product's own database.
        database: The fingerprint of the database that the examples are about.
    """

    postgres: Postgres
    database: str

    async def add(self, question: str, sql: str, by: str) -> ProposedExample:
        """Add a proposal, or return the one that is there."""
        values = {"question": question, "statement": sql, "by": by}
        async with self.postgres.connection() as connection:
            await connection.execute(_ADD, {"database": self.database, **values})
        [found] = await self._rows(_FIND, **values)
        return found

    async def all(self, states: Collection[ExampleState]) -> list[ProposedExample]:
        """Return those in these states, the oldest first."""
        return await self._rows(_ALL, states=[state.value for state in states])

    async def get(self, id: int) -> ProposedExample:
        """Return one. Raises `NotFound`."""
        for one in await self.all(tuple(ExampleState)):
            if one.id == id:
                return one
        raise _missing(id)

    async def judge(
        self, id: int, state: ExampleState, by: str, reason: str = ""
    ) -> ProposedExample:
        """Say what becomes of one. Raises `NotFound`."""
        for one in await self._rows(_JUDGE, id=id, state=state.value, by=by, reason=reason):
            return one
        raise _missing(id)

    async def _rows(self, query: str, /, **values: object) -> list[ProposedExample]:
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query.encode(), {"database": self.database, **values})
            return [_example(row) for row in await cursor.fetchall()]


def _missing(id: int) -> NotFound:
    return NotFound(f"There is no example {id}", "`aei sql examples list --all` shows them.")


def _example(row: dict[str, Any]) -> ProposedExample:
    return ProposedExample(
        id=row["id"],
        question=row["question"],
        sql=row["statement"],
        state=ExampleState(row["state"]),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        judged_by=row["judged_by"],
        judged_at=row["judged_at"],
        reason=row["reason"],
    )
