"""Files that are handed in: acknowledged means kept, refused means gone, and each is there once."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from mmap import ACCESS_READ, mmap

import pytest

from assistant.domain.answers import Scope
from assistant.domain.errors import NotFound, QueueFull, ServiceUnavailable
from assistant.domain.ingestion import IngestStatus
from assistant.domain.jobs import Arrival, JobState
from assistant.domain.people import LOCAL_USER
from tests.archives import packed

pytestmark = pytest.mark.anyio
TEXT = b"Quarrel Mills, Inc.\n\nNet sales of mills were $4,510 million in fiscal 2024.\n"
BAD = b"%PDF-1.7\nno such object"


async def work_off(app):
    await app.worker.run(app.jobs, concurrency=2, once=True)


async def ended(app, *jobs):
    return await app.jobs.queue.several([job.id for job in jobs])


async def kept(app, data):
    return await app.blobs.stat(hashlib.sha256(data).hexdigest())


async def test_a_file_is_safe_when_it_is_acknowledged_and_found_when_it_is_read(app):
    job = await app.jobs.submit(Arrival("mills.txt", TEXT, "in/mills.txt"), "anna")
    assert job.state is JobState.QUEUED
    assert await app.blobs.get(job.sha256) == TEXT
    assert await app.catalogue.filings() == []
    await work_off(app)
    [job] = await ended(app, job)
    [outcome] = await app.jobs.outcomes([job])
    assert (outcome.path, outcome.status) == ("in/mills.txt", IngestStatus.INDEXED)
    assert outcome.filing.id == job.id
    assert outcome.filing.added_by == "anna"
    [found] = await app.search("net sales of mills", Scope(), 1)
    assert "4,510" in found.text
    assert {state for state, _ in job.seconds} >= {"queued", "reading", "storing"}


async def test_bytes_that_are_mapped_from_disk_are_taken_as_they_are(app, tmp_path):
    path = tmp_path / "mills.txt"
    path.write_bytes(TEXT)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        job = await app.jobs.submit(Arrival("mills.txt", data))
    assert await app.blobs.get(job.sha256) == TEXT


async def test_a_refused_file_says_why_and_nothing_of_it_is_kept(app):
    empty = await app.jobs.submit(Arrival("empty.txt", b""))
    bad = await app.jobs.submit(Arrival("bad.pdf", BAD))
    assert empty.state is JobState.REJECTED
    assert await kept(app, BAD)
    await work_off(app)
    jobs = await ended(app, empty, bad)
    assert [job.state for job in jobs] == [JobState.REJECTED] * 2
    outcomes = await app.jobs.outcomes(jobs)
    assert [outcome.error.code for outcome in outcomes] == ["empty_file", "corrupt"]
    assert await kept(app, BAD) is None
    assert await app.catalogue.filings() == []


async def test_the_same_bytes_twice_are_one_filing_and_its_original_stays(app):
    jobs = [await app.jobs.submit(Arrival(f"{n}.txt", TEXT)) for n in range(3)]
    await work_off(app)
    outcomes = await app.jobs.outcomes(await ended(app, *jobs))
    assert sorted(outcome.status for outcome in outcomes) == ["duplicate", "duplicate", "indexed"]
    [filing] = await app.catalogue.filings()
    assert {outcome.filing.id for outcome in outcomes} == {filing.id}
    assert await app.blobs.get(filing.original.sha256) == TEXT
    assert await app.jobs.queue.holding(filing.original.sha256) == []


async def test_bytes_that_a_waiting_job_needs_survive_the_refusal_of_another(app):
    first = await app.jobs.submit(Arrival("bad.pdf", BAD))
    second = await app.jobs.submit(Arrival("again.pdf", BAD))
    await app.jobs.work(first.id, 0)
    assert await kept(app, BAD)
    await app.jobs.work(second.id, 0)
    assert await kept(app, BAD) is None


async def test_what_a_worker_left_behind_when_it_was_killed_is_tidied_up(app):
    """It had closed a refused job and was killed before it let the bytes go."""
    job = await app.jobs.submit(Arrival("bad.pdf", BAD))
    await app.jobs.queue.close(job.id, JobState.REJECTED, IngestStatus.REJECTED)
    await app.jobs.tidy()
    assert await kept(app, BAD) is None
    assert (await app.jobs.queue.get(job.id)).state is JobState.REJECTED


async def test_a_job_that_runs_twice_publishes_once(app):
    """Its worker was cut off after the commit; the queue hands the job out again."""
    job = await app.jobs.submit(Arrival("mills.txt", TEXT))
    await app.jobs.work(job.id, 0)
    await app.jobs.work(job.id, 1)
    [job] = await ended(app, job)
    [outcome] = await app.jobs.outcomes([job])
    assert outcome.status is IngestStatus.INDEXED
    assert len(await app.catalogue.filings()) == 1


async def test_a_cancelled_job_publishes_nothing_even_when_it_was_read_already(app):
    job = await app.jobs.submit(Arrival("mills.txt", TEXT))

    class Cancelling:
        """Reads as always; the user cancels just before the filing is stored."""

        async def read(self, upload, told=None):
            prepared = await app.ingest.reader.read(upload, told)
            await app.jobs.queue.cancel(job.id)
            return prepared

    jobs = replace(app.jobs, ingest=replace(app.ingest, reader=Cancelling()))
    await jobs.work(job.id, 0)
    assert await app.catalogue.filings() == []
    assert (await app.jobs.queue.retry(job.id)).state is JobState.QUEUED
    await work_off(app)
    assert len(await app.catalogue.filings()) == 1


async def test_a_job_whose_workers_all_died_is_given_up_and_can_be_retried(app):
    job = await app.jobs.submit(Arrival("mills.txt", TEXT))
    await app.jobs.work(job.id, 8)
    [dead] = await app.jobs.queue.jobs([JobState.DEAD], 10)
    assert dead.id == job.id
    assert "8 times" in dead.error.message
    [outcome] = await app.jobs.outcomes([dead])
    assert outcome.status is IngestStatus.REJECTED
    await app.jobs.queue.retry(job.id)
    await work_off(app)
    assert (await app.jobs.queue.get(job.id)).state is JobState.PUBLISHED


async def test_a_service_that_stays_away_ends_among_the_dead_with_its_reason(app):
    job = await app.jobs.submit(Arrival("mills.txt", TEXT))

    class Away:
        async def read(self, _upload, _told=None):
            raise ServiceUnavailable("The reader is away", "Wait.")

    jobs = replace(app.jobs, ingest=replace(app.ingest, reader=Away()))
    with pytest.raises(ServiceUnavailable):
        await jobs.work(job.id, 0)
    assert (await app.jobs.queue.get(job.id)).state is JobState.QUEUED
    await jobs.work(job.id, 7)
    assert (await app.jobs.queue.get(job.id)).error.message == "The reader is away"


async def test_a_full_queue_says_so_and_takes_nothing(app):
    jobs = replace(app.jobs, limit=2)
    for n in range(2):
        await jobs.submit(Arrival(f"{n}.txt", TEXT + b"%d" % n))
    with pytest.raises(QueueFull, match="2 may wait"):
        await jobs.submit(Arrival("3.txt", TEXT + b"3"))
    assert await kept(app, TEXT + b"3") is None
    await work_off(app)
    await jobs.submit(Arrival("3.txt", TEXT + b"3"))


async def differences(app):
    """What the reconciler would put right, however young it is."""
    found = await app.upkeep.reconciler.run(LOCAL_USER, repair=False, older_than=timedelta(0))
    return [(one.kind, one.subject) for one in found]


async def test_bytes_that_wait_to_be_read_are_no_difference_and_are_left_alone(app):
    job = await app.jobs.submit(Arrival("mills.txt", TEXT))
    assert await differences(app) == []
    assert not await app.life.remove_original(job.sha256)
    await work_off(app)
    assert await differences(app) == []
    assert len(await app.catalogue.filings()) == 1


async def test_a_file_handed_in_again_under_another_name_is_an_entry_more(app):
    await app.jobs.submit(Arrival("mills.txt", TEXT))
    await work_off(app)
    second = await app.jobs.submit(Arrival("copy.txt", TEXT))
    await app.jobs.work(second.id, 0)
    await app.jobs.work(second.id, 1)
    [filing] = await app.catalogue.filings()
    assert [entry.name for entry in filing.placements] == ["mills", "copy"]


async def test_deleting_a_filing_cancels_the_jobs_that_would_bring_it_back(app):
    first = await app.jobs.submit(Arrival("mills.txt", TEXT))
    await work_off(app)
    second = await app.jobs.submit(Arrival("copy.txt", TEXT))
    await app.life.delete(first.id, LOCAL_USER)
    assert (await app.jobs.queue.get(second.id)).state is JobState.CANCELLED
    await work_off(app)
    assert await app.catalogue.filings() == []
    assert await kept(app, TEXT) is None
    with pytest.raises(NotFound):
        await app.blobs.get(first.sha256)


async def handed_in(app, arrival):
    return [job async for job in app.jobs.hand_in(arrival, "anna")]


async def test_what_came_out_of_an_archive_before_a_crash_is_kept_and_comes_once(app):
    """The taker is cut off after the first file; the user hands the archive in again."""
    arrival = Arrival("batch.zip", packed(("a.txt", TEXT), ("b.txt", TEXT + b"Twice.")))
    taking = app.jobs.hand_in(arrival, "anna")
    first = await anext(taking)
    await taking.aclose()
    assert await app.blobs.get(first.sha256) == TEXT
    again = await handed_in(app, arrival)
    await work_off(app)
    ends = [one.status for one in await app.jobs.outcomes(await ended(app, first, *again))]
    assert sorted(ends) == ["duplicate", "indexed", "indexed"]
    assert sorted(one.name for one in await app.catalogue.filings()) == ["a", "b"]
    assert await differences(app) == []


async def test_a_file_that_cannot_be_taken_out_of_its_archive_has_a_job_without_bytes(app):
    [job] = await handed_in(app, Arrival("batch.zip", packed(("../a.txt", TEXT)), "in/batch.zip"))
    assert (job.state, job.path, job.error.code) == (
        JobState.REJECTED,
        "in/batch.zip/../a.txt",
        "bad_name",
    )
    assert not job.holds_original
    await app.jobs.tidy()
    assert await differences(app) == []
