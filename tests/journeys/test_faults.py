"""kill -9 of every part at random points of a batch: nothing acknowledged is lost or there twice.

`AEI_FAULT_POINTS=40 AEI_FAULT_SEED=7` makes the long version.
"""

import asyncio
import json
import os
import random
import threading
import time
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

from assistant.bootstrap import App, open_app
from assistant.domain.people import LOCAL_USER
from assistant.settings import Settings
from tests.servers import mongodb
from tests.servers.site import hand_in, site

POINTS = int(os.environ.get("AEI_FAULT_POINTS", "6"))
SEED = int(os.environ.get("AEI_FAULT_SEED", "1"))
FILES = 60
PATIENCE_S = 240 + 30 * POINTS
pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * PATIENCE_S)]


def memo(number: int) -> bytes:
    lines = "\n\n".join(f"Unit {number}-{k} sold {k} tonnes of ore." for k in range(120))
    return f"Memo number {number}\n\n{lines}\n".encode()


class Uploader(threading.Thread):
    """Hands files in one by one, each again until it is acknowledged."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self._place = place
        self.jobs = {}

    def run(self):
        with httpx.Client(timeout=60) as client:
            for number in range(FILES):
                while not (job := hand_in(client, self._place.url, *named(number))):
                    time.sleep(0.5)
                self.jobs[number] = job


def named(number):
    return f"memo {number:02d}.txt", memo(number)


@pytest.mark.parametrize("with_mongodb", [False, True], ids=["postgresql", "mongodb"])
def test_what_was_acknowledged_is_there_once_whatever_is_killed(tmp_path, with_mongodb):
    if with_mongodb and not mongodb.BINARY.exists():
        pytest.skip(mongodb.REASON)
    drawn = random.Random(SEED)
    tmp_path.chmod(0o755)
    with site(tmp_path, with_mongodb) as place:
        uploader = Uploader(place)
        uploader.start()
        for _ in range(POINTS):
            time.sleep(drawn.uniform(0.3, 4))
            place.kill(drawn.choice(place.kinds))
        uploader.join(PATIENCE_S)
        assert len(uploader.jobs) == FILES
        wait_until_worked_off(place)
        listed = json.loads(place.command("documents", "list", "--json"))["documents"]
        assert sorted(row["name"] for row in listed) == [f"memo {n:02d}" for n in range(FILES)]
        environment = place.environment()
        asyncio.run(assert_whole(settings(environment), uploader.jobs))


def wait_until_worked_off(place):
    deadline = time.monotonic() + PATIENCE_S
    with httpx.Client(timeout=60) as client:
        while time.monotonic() < deadline:
            states = ["queued", "reading", "embedding", "storing"]
            still = client.get(f"{place.url}/api/v1/jobs", params={"state": states})
            if still.status_code == 200 and not still.json()["jobs"]:
                return
            time.sleep(1)
    raise AssertionError(f"jobs are still open: {still.text[:3000]}")


def settings(environment):
    return Settings(
        data_dir=environment["AEI_DATA_DIR"],
        mongodb_url=environment["AEI_MONGODB_URL"],
        _env_file=None,
    )


async def assert_whole(chosen: Settings, jobs: dict[int, str]) -> None:
    """Originals, catalogue, index and ledger agree, and every file is in them once."""
    async with AsyncExitStack() as stack:
        app: App = await stack.enter_async_context(open_app(chosen))
        filings = {filing.original.sha256: filing for filing in await app.catalogue.filings()}
        assert len(filings) == FILES
        for job in await app.jobs.queue.several(list(jobs.values())):
            assert job.state == "published", (job.state, job.error)
            assert not job.holds_original
            assert job.filing_id == filings[job.sha256].id
        for filing in filings.values():
            original = await app.blobs.get(filing.original.sha256)
            number = int(filing.name.removeprefix("memo "))
            assert original == memo(number)
            pages = await app.catalogue.pages(filing.id)
            assert f"Unit {number}-119 sold" in pages[-1].text
        assert await differences(app) == []
        health = await app.jobs.queue.health()
        assert (health.waiting, health.dead) == (0, 0)


async def differences(app: App) -> list[str]:
    """What the reconciler would put right, however young it is, and tasks that were left."""
    found = await app.upkeep.reconciler.run(LOCAL_USER, repair=False, older_than=timedelta(0))
    async with app.postgres.connection() as connection:
        left = await connection.execute("select 'task ' || id from procrastinate_jobs")
        return [
            *(f"{one.kind} {one.subject}" for one in found),
            *(r[0] for r in await left.fetchall()),
        ]
