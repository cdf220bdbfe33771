"""Originals in PostgreSQL: a row a blob, and its bytes in rows of 256 KiB.

Plain rows instead of large objects: they join the transaction of the catalogue row, are copied
by every backup, obey grants and go with `on delete cascade`. The blob's row is inserted first and
its unique index is where two writers of the same bytes meet: the second waits for the first and
then finds the bytes there, without having sent its own. Inside a unit of work it waits until that
unit ends, so units are kept short; two units that put several
originals put them in the order of their hashes, or PostgreSQL ends one of them as a deadlock.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from mmap import mmap
from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from assistant.domain.errors import ServiceUnavailable
from assistant.domain.filings import BlobRef
from assistant.domain.records import StoredOriginal
from assistant.storage.originals import address, cut, missing, pieces, verify
from assistant.storage.postgres import Postgres

_CHUNK_BYTES = 256 * 1024  # written a third faster than 1 MiB, and read as fast
_TRIES = 3
_PAGE = 1000

_INSERT = """
insert into blob (sha256, media_type, size, chunk_size) values (%s, %s, %s, %s)
on conflict (sha256) do nothing returning sha256
"""
_INSERT_CHUNK = "insert into blob_chunk (sha256, n, data) values (%s, %s, %b)"

# The lock keeps a concurrent delete from committing before the unit of work that relies on the row.
_KEEP = "select sha256, media_type, size from blob where sha256 = %s for key share"
_STAT = "select sha256, media_type, size from blob where sha256 = %s"

_STORED = """
select sha256, size,
       (select coalesce(sum(length(data)), 0)::bigint from blob_chunk where sha256 = blob.sha256),
       created_at
from blob where sha256 > %s order by sha256 limit %s
"""

# One statement, so one snapshot: a delete in between takes the blob whole or not at all.
_READ = """
with wanted as (
    select sha256, media_type, size, chunk_size, %(start)s::bigint as start,
           least(size, coalesce(%(end)s::bigint, size)) as stop
    from blob where sha256 = %(sha256)s
), piece as (
    select wanted.*, c.n, c.data, c.n::bigint * chunk_size as base
    from wanted left join blob_chunk c
         on c.sha256 = wanted.sha256 and stop > start
         and c.n between start / chunk_size and (stop - 1) / chunk_size
)
select media_type, size, substring(
    data from (greatest(start - base, 0) + 1)::integer
    for (least(stop - base, chunk_size) - greatest(start - base, 0))::integer)
from piece order by n
"""


@dataclass(frozen=True)
class PostgresBlobs:
    """Implements `ports.BlobStore` in the tables `blob` and `blob_chunk`."""

    postgres: Postgres

    async def put(self, data: bytes | mmap, media_type: str) -> BlobRef:
        """Store the bytes, all or none; takes part in an open unit of work. See the port."""
        ref = BlobRef(await address(data), media_type, len(data))
        async with self.postgres.connection() as connection:
            for _ in range(_TRIES):
                if await _insert(connection, ref, data):
                    return ref
                kept = await _one(connection, _KEEP, ref.sha256)
                if kept:
                    return kept
        raise ServiceUnavailable(
            f"The original {ref.sha256} is being deleted by somebody else.", "Try again."
        )

    async def get(self, sha256: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the wanted bytes, reading only the chunks that hold them; see the port."""
        cut(0, start, end)  # refuses a negative bound before the database does
        values = {"sha256": sha256, "start": start, "end": end}
        async with self.postgres.connection() as connection:
            cursor = connection.cursor(binary=True)
            rows = [row async for row in cursor.stream(_READ, values)]
        if not rows:
            raise missing(sha256)
        media_type, size, _ = rows[0]
        ref = BlobRef(sha256, media_type, size)
        data = b"".join(row[2] for row in rows if row[2] is not None)
        return await verify(ref, cut(size, start, end), data)

    async def stat(self, sha256: str) -> BlobRef | None:
        """Return the ref of a wholly stored blob, or None."""
        async with self.postgres.connection() as connection:
            return await _one(connection, _STAT, sha256)

    async def stored(self) -> AsyncIterator[StoredOriginal]:
        """Yield every blob; its chunks are measured without being read."""
        last = ""
        while page := await self._page(last):
            for original in page:
                yield original
            last = page[-1].sha256

    async def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove nothing: a write that died was rolled back."""
        return 0

    async def _page(self, after: str) -> list[StoredOriginal]:
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_STORED, (after, _PAGE))
            return [StoredOriginal(*row) for row in await cursor.fetchall()]

    async def delete(self, sha256: str) -> bool:
        """Remove a blob and its chunks; True when there was one."""
        async with self.postgres.connection() as connection:
            cursor = await connection.execute("delete from blob where sha256 = %s", (sha256,))
            return cursor.rowcount == 1


async def _insert(connection: AsyncConnection[TupleRow], ref: BlobRef, data: bytes | mmap) -> bool:
    """Insert the blob and its chunks; False when its bytes are there."""
    cursor = await connection.execute(_INSERT, (ref.sha256, ref.media_type, ref.size, _CHUNK_BYTES))
    if await cursor.fetchone() is None:
        return False
    chunks = (
        (ref.sha256, n, data[n * _CHUNK_BYTES : (n + 1) * _CHUNK_BYTES])
        for n in pieces(range(ref.size), _CHUNK_BYTES)
    )
    await cursor.executemany(_INSERT_CHUNK, chunks)
    return True


async def _one(
    connection: AsyncConnection[TupleRow], statement: LiteralString, sha256: str
) -> BlobRef | None:
    cursor = await connection.execute(statement, (sha256,))
    row = await cursor.fetchone()
    return BlobRef(*row) if row else None
