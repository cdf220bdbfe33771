"""Answers that may be given again, in PostgreSQL.

A key has one slot of a fixed number, so the newest answer takes the place of another and the table
has a bound without counting. An answer is kept in the unit of work that writes its audit entry, and
found only while that entry holds the digest of its key and text: a row that was edited is no answer.
"""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from pydantic import TypeAdapter, ValidationError

from assistant.domain.answers import Answer
from assistant.domain.caching import CacheKey, EarlierAnswer
from assistant.storage.catalogue import STATE
from assistant.storage.postgres import Postgres

_log = logging.getLogger(__name__)
_FIND = """
select answer, (
    select seq from audit_entry
    where entry::jsonb ->> 'kept' = encode(sha256(convert_to(key || e'\\n' || answer, 'UTF8')), 'hex')
    order by seq desc limit 1)
from cached_answer where slot = %(slot)s and key = %(key)s and kept_at > now() - %(age)s
"""
# Held to the end of the unit: who deletes or labels one of them waits, and then finds this answer.
_LOCK = "select no from filing where id = any(%s) order by no for share skip locked"
_KEEP = f"""
insert into cached_answer (slot, key, version, filings, answer)
select %(slot)s, %(key)s, %(version)s, %(filings)s, %(answer)s where ({STATE}) = %(version)s
on conflict (slot) do update
set key = excluded.key, version = excluded.version, filings = excluded.filings,
    answer = excluded.answer, kept_at = excluded.kept_at
"""
_TEND = f"""
delete from cached_answer where slot in (
    select slot from cached_answer
    where slot >= %(size)s or kept_at <= now() - %(age)s or ({STATE}) is distinct from version
    order by slot for update skip locked)
"""  # noqa: S608 -- joined from constants


@dataclass(frozen=True)
class PostgresAnswers:
    """Implements `ports.AnswerCache`.

    Args:
        postgres: Where they are.
        size: How many answers at most.
        age: How old an answer may be that is given again.
    """

    postgres: Postgres
    size: int
    age: timedelta

    async def find(self, key: CacheKey) -> EarlierAnswer | None:
        """Return the answer that is kept under this key, if the audit log vouches for it."""
        values = {"slot": self._slot(key), "key": key.digest, "age": self.age}
        [rows] = await self.postgres.read((_FIND, values))
        if not rows:
            return None
        written, entry = rows[0]
        if entry is None:
            _log.warning("A kept answer is not what the audit log says was kept; it is not used")
            return None
        try:
            return EarlierAnswer(_answers().validate_json(written), entry)
        except ValidationError:
            _log.warning("A kept answer cannot be read; it is not used")
            return None

    async def keep(self, key: CacheKey, answer: Answer, sources: Collection[str]) -> str:
        """Keep an answer unless the catalogue has changed; see `ports.AnswerCache`."""
        written = _answers().dump_json(answer, ensure_ascii=True).decode()
        async with self.postgres.begin(), self.postgres.connection() as connection:
            cursor = await connection.execute(_LOCK, (list(sources),))
            locked = [number for (number,) in await cursor.fetchall()]
            if len(locked) < len(sources):
                return ""
            values = {
                "slot": self._slot(key),
                "key": key.digest,
                "version": key.version,
                "filings": locked,
                "answer": written,
            }
            kept = (await connection.execute(_KEEP.encode(), values)).rowcount
        return hashlib.sha256(f"{key.digest}\n{written}".encode()).hexdigest() if kept else ""

    async def tend(self) -> int:
        """Remove what cannot be found any more; return how many answers."""
        async with self.postgres.connection() as connection:
            values = {"size": self.size, "age": self.age}
            return (await connection.execute(_TEND.encode(), values)).rowcount

    def _slot(self, key: CacheKey) -> int:
        return int(key.digest[:15], 16) % self.size


@cache
def _answers() -> TypeAdapter[Answer]:
    """Return what writes and reads answers as JSON; building it takes some milliseconds."""
    return TypeAdapter(Answer)
