"""Originals in PostgreSQL as a part of larger transactions, which GridFS has none of."""

import asyncio
import contextvars
import os
from collections.abc import Coroutine
from hashlib import sha256

import psycopg
import pytest

from assistant.storage.blobs import PostgresBlobs
from assistant.storage.postgres import Postgres

pytestmark = pytest.mark.anyio

PDF = "application/pdf"
DATA = os.urandom(700 * 1024)
SHA256 = sha256(DATA).hexdigest()


@pytest.fixture
def blobs(postgres: Postgres) -> PostgresBlobs:
    return PostgresBlobs(postgres)


def elsewhere(work: Coroutine) -> asyncio.Task:
    """Start work as another caller would: outside the unit that is open here."""
    return asyncio.create_task(work, context=contextvars.Context())


async def wait_until_blocked(postgres: Postgres) -> None:
    async def blocked() -> bool:
        async with postgres.connection() as connection:
            cursor = await connection.execute("select 1 from pg_locks where not granted")
            return await cursor.fetchone() is not None

    for _ in range(500):
        if await elsewhere(blocked()):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


class Undone(Exception):
    """Ends a unit of work without its writes."""


async def test_a_blob_of_a_unit_of_work_is_seen_by_others_when_the_unit_ends(
    postgres: Postgres, blobs: PostgresBlobs
):
    async with postgres.begin():
        ref = await blobs.put(DATA, PDF)
        assert await blobs.get(SHA256) == DATA
        assert await elsewhere(blobs.stat(SHA256)) is None
    assert await blobs.stat(SHA256) == ref


async def test_a_blob_of_a_failed_unit_of_work_was_never_stored(
    postgres: Postgres, blobs: PostgresBlobs
):
    async def unit() -> None:
        async with postgres.begin():
            await blobs.put(DATA, PDF)
            raise Undone

    with pytest.raises(Undone):
        await unit()
    assert await blobs.stat(SHA256) is None


async def test_a_second_writer_waits_for_the_unit_and_keeps_its_media_type(
    postgres: Postgres, blobs: PostgresBlobs
):
    async with postgres.begin():
        first = await blobs.put(DATA, PDF)
        second = elsewhere(blobs.put(DATA, "text/plain"))
        await wait_until_blocked(postgres)
    assert await second == first


async def test_a_second_writer_stores_the_bytes_when_the_first_unit_fails(
    postgres: Postgres, blobs: PostgresBlobs
):
    waiting: list[asyncio.Task] = []

    async def unit() -> None:
        async with postgres.begin():
            await blobs.put(DATA, PDF)
            waiting.append(elsewhere(blobs.put(DATA, "text/plain")))
            await wait_until_blocked(postgres)
            raise Undone

    with pytest.raises(Undone):
        await unit()
    assert (await waiting[0]).media_type == "text/plain"
    assert await blobs.get(SHA256) == DATA


async def test_a_delete_waits_for_a_unit_that_relies_on_the_blob(
    postgres: Postgres, blobs: PostgresBlobs
):
    await blobs.put(DATA, PDF)
    async with postgres.begin():
        await blobs.put(DATA, PDF)
        deleting = elsewhere(blobs.delete(SHA256))
        await wait_until_blocked(postgres)
        assert await blobs.get(SHA256) == DATA
    assert await deleting is True


async def test_bytes_are_kept_uncompressed_so_that_a_part_is_cheap(postgres: Postgres):
    async with postgres.connection() as connection:
        cursor = await connection.execute(
            "select attstorage from pg_attribute"
            " where attrelid = 'blob_chunk'::regclass and attname = 'data'"
        )
        assert await cursor.fetchone() == ("e",)


async def test_no_blob_gets_another_address_than_a_sha256(postgres: Postgres):
    async with postgres.connection() as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute("insert into blob values ('../etc/passwd', 'x', 0, 1)")
        await connection.rollback()
