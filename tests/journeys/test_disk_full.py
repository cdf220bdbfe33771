"""A disk that is really full: files are refused in words, what was acknowledged is kept and read later."""

import asyncio
import os
import signal
import subprocess
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import anyio
import httpx
import pytest

from assistant.bootstrap import open_app
from assistant.domain.answers import Scope
from assistant.domain.errors import AssistantError, DiskFull
from assistant.domain.ingestion import IngestStatus, Upload
from assistant.domain.jobs import Arrival, JobState
from assistant.domain.people import LOCAL_USER
from assistant.settings import Settings
from tests.servers.web import REAL, running

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
DISK_MB, KEPT_FREE_MB = 400, 60
MIB = 2**20


@pytest.fixture
def disk(tmp_path):
    """A file system of its own, of a few hundred MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={DISK_MB}m,mode=755"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system of its own can be mounted here: that needs root")
    tmp_path.chmod(0o755)  # the database's own user has to reach its folder in here
    yield folder
    for _ in range(50):
        if not subprocess.run(["umount", folder], capture_output=True, check=False).returncode:
            return
        os.sync()
        subprocess.run(["sleep", "0.2"], check=False)  # the database stops after its last user
    subprocess.run(["umount", "-l", folder], check=False)


def free(disk):
    room = os.statvfs(disk)
    return room.f_bavail * room.f_frsize


def fill(disk, left):
    """Leave so many bytes on the disk."""
    filler = disk / "filler"
    with filler.open("ab") as file:
        while (more := free(disk) - left) > 0:
            try:
                os.posix_fallocate(file.fileno(), filler.stat().st_size, min(more, 4 * MIB))
            except OSError:
                return filler
    return filler


@asynccontextmanager
async def opened(disk, min_free_mb=KEPT_FREE_MB):
    settings = Settings(data_dir=disk / "data", min_free_mb=min_free_mb, readers=1, _env_file=None)
    async with open_app(settings) as app:
        yield app


def memo(number, size=2000):
    noise = os.urandom(size // 2).hex()
    return f"Memo {number}\n\nUnit {number} sold {number}17 tonnes of ore.\n\n{noise}\n".encode()


async def ingested(app, *names):
    uploads = [Upload(f"{name}.txt", memo(name)) for name in names]
    return [outcome async for outcome in app.ingest.ingest(uploads)]


async def differences(app):
    found = await app.upkeep.reconciler.run(LOCAL_USER, repair=False, older_than=timedelta(0))
    return [f"{one.kind} {one.subject}" for one in found]


async def names(app):
    return sorted(filing.name for filing in await app.catalogue.filings())


async def test_little_room_refuses_new_files_and_lets_acknowledged_ones_wait(disk):
    async with opened(disk) as app:
        [first] = await ingested(app, 1)
        assert first.status is IngestStatus.INDEXED
        jobs = [
            await app.jobs.submit(Arrival(f"{n}.txt", memo(n), f"{n}.txt")) for n in range(2, 6)
        ]
        filler = fill(disk, (KEPT_FREE_MB - 5) * MIB)
        with pytest.raises(DiskFull, match="MiB left") as refused:
            await app.jobs.submit(Arrival("6.txt", memo(6), "6.txt"))
        assert "AEI_MIN_FREE_MB" in refused.value.hint
        with pytest.raises(DiskFull):
            await ingested(app, 7)
        working = asyncio.create_task(app.worker.run(app.jobs, concurrency=2, once=True))
        await anyio.sleep(2)
        ids = [job.id for job in jobs]
        waiting = await app.jobs.queue.several(ids)
        assert {job.state for job in waiting} == {JobState.QUEUED}
        assert (await app.search("ore of unit 1", Scope(), 1))[0].locator.document == "1"
        filler.unlink()
        await working
        assert {job.state for job in await app.jobs.queue.several(ids)} == {JobState.PUBLISHED}
        assert await names(app) == ["1", "2", "3", "4", "5"]
        assert await differences(app) == []


async def test_a_disk_that_is_full_to_the_last_byte_loses_nothing_that_was_acknowledged(disk):
    """Nothing looks ahead here: the database meets the full disk in the middle of its writing."""
    async with opened(disk, min_free_mb=0) as app:
        assert [one.status for one in await ingested(app, 1)] == [IngestStatus.INDEXED]
        filler = fill(disk, 6 * MIB)
        safe, failure = [], None
        for number in range(2, 40):
            try:
                arrival = Arrival(f"{number}.txt", memo(number, MIB), f"{number}.txt")
                safe.append(await app.jobs.submit(arrival))
            except AssistantError as error:
                failure = error
                break
        assert failure is not None
        assert failure.retryable
        assert "disk" in failure.message.lower() or "database" in failure.message
        filler.unlink()
        for _ in range(60):
            with suppress(AssistantError):
                await app.ready()
                break
            await anyio.sleep(1)
        kept = await app.jobs.queue.several([job.id for job in safe])
        assert [job.id for job in kept] == [job.id for job in safe]
        await app.worker.run(app.jobs, concurrency=2, once=True)
        assert await names(app) == sorted(["1", *(job.file_name[:-4] for job in safe)])
        assert await differences(app) == []


async def test_a_database_killed_on_a_full_disk_answers_again_before_anybody_frees_space(disk):
    async with opened(disk) as app:
        assert [one.status for one in await ingested(app, 1)] == [IngestStatus.INDEXED]
        reserve = disk / "data" / "postgres" / "reserve"
        for _ in range(100):
            if reserve.exists():
                break
            await anyio.sleep(0.2)
        filler = fill(disk, 0)
        pid = (disk / "data" / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)
        for _ in range(60):
            with suppress(AssistantError):
                await app.ready()
                break
            await anyio.sleep(1)
        assert (await app.search("ore of unit 1", Scope(), 1))[0].locator.document == "1"
        assert not reserve.exists()
        with pytest.raises(DiskFull):
            await ingested(app, 2)
        filler.unlink()
        assert [one.status for one in await ingested(app, 2)] == [IngestStatus.INDEXED]
        assert await differences(app) == []


def test_an_upload_by_rest_is_refused_with_507_and_nothing_of_it_is_kept(disk):
    kept = {"AEI_MIN_FREE_MB": str(KEPT_FREE_MB), "AEI_WORKER_IN_SERVE": "false"}
    with (
        running(disk / "data", REAL, **kept) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        files = [("files", ("1.txt", memo(1)))]
        assert client.post("/api/v1/documents", files=files).status_code == 202
        filler = fill(disk, (KEPT_FREE_MB - 5) * MIB)
        refused = client.post("/api/v1/documents", files=[("files", ("2.txt", memo(2)))])
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "disk_full")
        assert int(refused.headers["retry-after"]) > 0
        filler.unlink()
        assert client.post("/api/v1/documents", files=files).status_code == 202
        listed = client.get("/api/v1/jobs").json()["jobs"]
        assert {job["file_name"] for job in listed} == {"1.txt"}
