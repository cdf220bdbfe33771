"""Jobs survive: written with what they belong to, done once, taken over from the dead."""

import asyncio
import re
import uuid
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import resources

import pytest

from assistant.domain.errors import JobEnded, NotFound, ServiceUnavailable
from assistant.domain.ingestion import IngestStatus
from assistant.domain.jobs import Job, JobState
from assistant.storage.jobs import PostgresJobs
from assistant.storage.migrate import bundled_migrations
from assistant.storage.tasks import Patience, TaskQueue

pytestmark = pytest.mark.anyio
QUICK = Patience(heartbeat=0.5, stalled=5, rescue=0.3, poll=0.3, grace=1, tidy=0.5)


@pytest.fixture
def queue(postgres):
    return PostgresJobs(postgres, TaskQueue(postgres, QUICK))


def new(name="a.txt"):
    return Job(uuid.uuid4().hex, name, f"in/{name}", "0" * 64, 3)


@dataclass
class Handler:
    """Records the jobs it gets and does with each what `act` says."""

    queue: PostgresJobs
    act: Callable | None = None
    seen: list[tuple[str, int]] = field(default_factory=list)
    tidied: int = 0

    async def work(self, job_id, attempt):
        self.seen.append((job_id, attempt))
        if self.act:
            await self.act(job_id, attempt)
        with suppress(JobEnded):
            await self.queue.close(job_id, JobState.PUBLISHED, IngestStatus.INDEXED, job_id)

    async def tidy(self):
        self.tidied += 1


@asynccontextmanager
async def working(queue, act=None):
    handler = Handler(queue, act)
    worker = asyncio.create_task(queue.tasks.run(handler, concurrency=2))
    try:
        yield handler
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 -- the database is asked
            await asyncio.sleep(0.05)


def over(queue, job):
    async def look():
        return (await queue.get(job.id)).state.over

    return look


async def tasks(postgres):
    async with postgres.connection() as connection:
        rows = await connection.execute("select count(*) from procrastinate_jobs")
        return (await rows.fetchone())[0]


def test_the_queues_schema_is_the_librarys_own():
    theirs = (resources.files("procrastinate.sql") / "schema.sql").read_text()
    [ours] = [one.sql for one in bundled_migrations() if one.name == "tasks"]
    assert re.sub(r"\A(--.*\n)*", "", ours).strip() == re.sub(r"\A(--.*\n)*", "", theirs).strip()


async def test_a_job_and_its_task_are_gone_with_the_unit_that_failed(queue, postgres):
    job = new()

    async def unit():
        async with postgres.begin():
            await queue.add(job)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unit()
    assert await tasks(postgres) == 0
    with pytest.raises(NotFound):
        await queue.get(job.id)


async def test_a_worker_does_each_job_and_leaves_nothing_in_the_queue(queue, postgres):
    jobs = [await queue.add(new(f"{n}.txt")) for n in range(5)]
    handler = Handler(queue)
    await queue.tasks.run(handler, concurrency=2, once=True)
    assert sorted(handler.seen) == sorted((job.id, 0) for job in jobs)
    done = await queue.several([job.id for job in jobs])
    assert {job.state for job in done} == {JobState.PUBLISHED}
    assert {job.filing_id for job in done} == {job.id for job in jobs}
    assert await tasks(postgres) == 0


async def test_a_waiting_worker_is_told_of_a_new_job(queue):
    async with working(queue) as handler:
        await until(lambda: _living(queue))
        job = await queue.add(new())
        await until(over(queue, job))
    assert handler.seen == [(job.id, 0)]
    assert handler.tidied


async def _living(queue):
    return (await queue.health()).workers == 1


async def test_what_may_pass_is_tried_again_later(queue):
    async def fail_once(_job, attempt):
        if attempt == 0:
            raise ServiceUnavailable("The store is away")

    job = await queue.add(new())
    async with working(queue, fail_once) as handler:
        await until(over(queue, job))
    assert handler.seen == [(job.id, 0), (job.id, 1)]


async def test_the_job_of_a_worker_that_died_is_taken_over(queue, postgres):
    """What kill -9 leaves: a task in work, under a worker whose heart does not beat."""
    job = await queue.add(new())
    async with postgres.connection() as connection:
        await connection.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour')"
        )
        await connection.execute(
            "update procrastinate_jobs set status = 'doing', "
            "worker_id = (select max(id) from procrastinate_workers)"
        )
    async with working(queue) as handler:
        await until(over(queue, job))
    assert handler.seen == [(job.id, 1)]


async def test_a_job_that_nobody_has_in_hand_is_found_though_its_worker_lives(queue, postgres):
    """The database went away just as the end of a task was recorded."""
    first, second = await queue.add(new("1.txt")), None
    async with working(queue) as handler:
        await until(over(queue, first))
        second = await queue.add(new("2.txt"))
        await until(over(queue, second))
        lost = new("3.txt")
        async with postgres.begin():
            await queue.add(lost)
            async with postgres.connection() as connection:
                await connection.execute(
                    "update procrastinate_jobs set status = 'doing', "
                    "worker_id = (select max(id) from procrastinate_workers)"
                )
        await until(over(queue, lost))
    assert handler.seen[-1] == (lost.id, 1)


async def test_a_worker_goes_on_when_every_connection_was_cut(queue, postgres):
    async def slowly(_job, _attempt):
        await asyncio.sleep(0.5)

    jobs = [await queue.add(new(f"{n}.txt")) for n in range(6)]
    async with working(queue, slowly) as handler:
        await until(lambda: _seen(handler))
        async with postgres.connection() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        for job in jobs:
            await until(over(queue, job))
    assert {seen for seen, _ in handler.seen} == {job.id for job in jobs}


async def _seen(handler):
    return bool(handler.seen)


async def test_a_cancelled_job_is_not_begun_and_may_be_taken_up_again(queue, postgres):
    job = await queue.add(new())
    assert (await queue.cancel(job.id)).state is JobState.CANCELLED
    assert await tasks(postgres) == 0
    with pytest.raises(JobEnded, match="cancelled"):
        await queue.cancel(job.id)
    assert (await queue.retry(job.id)).state is JobState.QUEUED
    handler = Handler(queue)
    await queue.tasks.run(handler, concurrency=1, once=True)
    assert handler.seen == [(job.id, 0)]


async def test_a_job_in_work_is_stopped_when_it_is_cancelled(queue, postgres):
    stopped = asyncio.Event()

    async def for_ever(_job, _attempt):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    job = await queue.add(new())
    async with working(queue, for_ever) as handler:
        await until(lambda: _seen(handler))
        await queue.cancel(job.id)
        await asyncio.wait_for(stopped.wait(), 60)
        await until(lambda: _empty(postgres))
    assert (await queue.get(job.id)).state is JobState.CANCELLED
    assert len(handler.seen) == 1


async def _empty(postgres):
    return await tasks(postgres) == 0


async def test_a_job_in_work_is_put_back_when_its_worker_is_told_to_end(queue, postgres):
    async def for_ever(_job, _attempt):
        await asyncio.Event().wait()

    job = await queue.add(new())
    async with working(queue, for_ever) as handler:
        await until(lambda: _seen(handler))
    assert await tasks(postgres) == 1
    again = Handler(queue)
    await queue.tasks.run(again, concurrency=1, once=True)
    assert again.seen == [(job.id, 1)]


async def test_a_job_that_is_over_stays_as_it_ended(queue):
    job = await queue.add(new())
    await queue.close(job.id, JobState.DEAD, error=ServiceUnavailable("away", "look"))
    await queue.enter(job.id, JobState.READING)
    with pytest.raises(JobEnded):
        await queue.close(job.id, JobState.PUBLISHED, IngestStatus.INDEXED, job.id)
    ended = await queue.get(job.id)
    assert ended.state is JobState.DEAD
    assert (ended.error.code, ended.error.message) == ("service_unavailable", "away")
    assert (await queue.health()).dead == 1
    assert [one.id for one in await queue.jobs([JobState.DEAD], 10)] == [job.id]


async def test_the_time_in_each_state_is_kept(queue):
    job = await queue.add(new())
    for state in (JobState.READING, JobState.EMBEDDING, JobState.STORING):
        await queue.enter(job.id, state, 1)
        await asyncio.sleep(0.01)
    ended = await queue.close(job.id, JobState.PUBLISHED, IngestStatus.INDEXED, "f")
    assert {state for state, _ in ended.seconds} == {"queued", "reading", "embedding", "storing"}
    assert dict(ended.seconds)["storing"] >= 0.009
    assert ended.attempts == 1
    assert ended.duration > 0
