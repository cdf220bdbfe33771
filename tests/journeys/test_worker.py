"""`aei worker` as a process: it works, and it never outlives what it belongs to."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from assistant.domain.jobs import Arrival, JobState

pytestmark = pytest.mark.anyio
TEXT = b"Larkhill Tile, Inc.\n\nNet sales of tiles were $871 million in fiscal 2024.\n"


@contextmanager
def worker(url, data_dir, *options):
    given = {key: value for key, value in os.environ.items() if not key.startswith("AEI_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "worker", *options],
        env=given | {"AEI_DATA_DIR": str(data_dir), "AEI_DATABASE_URL": url},
        stdin=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.stdin.close()
        process.kill()
        process.wait()


async def published(app, job):
    async with asyncio.timeout(150):
        while (await app.jobs.queue.get(job.id)).state is not JobState.PUBLISHED:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_a_worker_reads_what_another_process_took_in_and_ends_with_its_starter(
    app, database, tmp_path
):
    with worker(database.url, tmp_path, "--with-parent") as process:
        job = await app.jobs.submit(Arrival("tile.txt", TEXT))
        await published(app, job)
        process.stdin.close()
        assert await asyncio.to_thread(process.wait, 60) == 0
    assert len(await app.catalogue.filings()) == 1


def test_a_worker_ends_with_its_starter_though_its_database_says_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/postgres"
        with worker(url, tmp_path, "--with-parent") as process:
            silent.settimeout(60)
            connection, _ = silent.accept()
            process.stdin.close()
            process.wait(60)
            connection.close()
