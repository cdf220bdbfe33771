"""The ledger of handed-in files in PostgreSQL: a row a file, from its arrival to its outcome.

A row is written in the transaction that stores the received bytes and queues the task, and closed in
the transaction that publishes the filing. So a file that was acknowledged is always either open,
or closed with its outcome, whenever a process is killed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString

from psycopg.rows import dict_row

from assistant.domain.errors import AssistantError, JobEnded, NotFound
from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import IngestStatus
from assistant.domain.jobs import OPEN, Job, JobState, QueueHealth, told_error
from assistant.storage.postgres import Postgres
from assistant.storage.tasks import TaskQueue

_OPEN = [state.value for state in OPEN]
_A_FEW = 100

_ADD = """
insert into ingest_job (id, file_name, path, sha256, size, sensitivity, sample, collection, added_by, state,
    status, error_code, error_message, error_hint, holds_original, finished_at)
values (%(id)s, %(file_name)s, %(path)s, %(sha256)s, %(size)s, %(sensitivity)s, %(sample)s,
    %(collection)s, %(added_by)s, %(state)s, %(status)s, %(code)s, %(message)s, %(hint)s, %(holds_original)s,
    case when %(over)s then clock_timestamp() end)
returning *
"""
# Leaving a state adds the seconds since it was entered to what is known of it.
_LEAVE: LiteralString = """
    seconds = seconds || jsonb_build_object(state, round(
        coalesce((seconds ->> state)::numeric, 0)
        + extract(epoch from clock_timestamp() - entered_at), 3)),
    entered_at = clock_timestamp(),
"""
_ENTER = f"""
update ingest_job set {_LEAVE}
    started_at = coalesce(started_at, case when %(state)s <> 'queued' then clock_timestamp() end),
    attempts = greatest(attempts, %(attempt)s), state = %(state)s
where id = %(id)s and state = any(%(open)s)
"""  # noqa: S608 -- joined from the constant above
_CLOSE = f"""
update ingest_job set {_LEAVE}
    finished_at = clock_timestamp(), state = %(state)s, status = %(status)s,
    filing_id = %(filing_id)s, error_code = %(code)s, error_message = %(message)s,
    error_hint = %(hint)s, holds_original = %(state)s <> 'published'
where id = %(id)s and state = any(%(open)s)
returning *
"""  # noqa: S608 -- as above
_RETRY = """
update ingest_job set state = 'queued', status = '', attempts = 0, error_code = '',
    error_message = '', error_hint = '', entered_at = clock_timestamp(), started_at = null,
    finished_at = null
where id = %(id)s and state in ('dead', 'cancelled') and holds_original
returning *
"""
_FINISHED = """
select * from ingest_job
where (state = 'rejected' and holds_original)
   or (not state = any(%(open)s) and finished_at < now() - make_interval(days => %(days)s))
limit %(limit)s
"""
_HEALTH = """
select count(*) filter (where state = any(%(open)s)) as waiting,
       count(*) filter (where state = 'dead') as dead
from ingest_job where state = any(%(open)s) or state = 'dead'
"""


@dataclass(frozen=True)
class PostgresJobs:
    """Implements `ports.JobQueue`."""

    postgres: Postgres
    tasks: TaskQueue

    async def add(self, job: Job) -> Job:
        """Add a job and queue it, in the open unit of work; see the port."""
        async with self.postgres.begin():
            added = await self._one(_ADD, _values(job))
            return added if added.state.over else await self._defer(added)

    async def get(self, job_id: str) -> Job:
        """Return a job. Raises `NotFound`."""
        rows = await self._rows("select * from ingest_job where id = %(id)s", {"id": job_id})
        if not rows:
            raise NotFound(f"There is no job {job_id!r}", "`aei jobs list` shows the jobs.")
        return _job(rows[0])

    async def several(self, ids: Sequence[str]) -> list[Job]:
        """Return these jobs, those that exist, in the order they were added."""
        rows = await self._rows(
            "select * from ingest_job where id = any(%(ids)s) order by no", {"ids": list(ids)}
        )
        return [_job(row) for row in rows]

    async def jobs(self, states: Sequence[JobState], limit: int) -> list[Job]:
        """Return the newest jobs in these states, newest first; see the port."""
        rows = await self._rows(
            "select * from ingest_job where state = any(%(states)s) order by no desc limit %(limit)s",
            {"states": [state.value for state in states or JobState], "limit": limit},
        )
        return [_job(row) for row in rows]

    async def enter(self, job_id: str, state: JobState, attempt: int = 0) -> None:
        """Note that an open job entered a state.

        A stage that is lost in a crash is written again by the next attempt, so nobody waits for
        the disk.
        """
        async with self.postgres.connection() as connection:
            await connection.execute("set local synchronous_commit = off")
            values = {"id": job_id, "state": state.value, "attempt": attempt, "open": _OPEN}
            await connection.execute(_ENTER, values)

    async def close(
        self,
        job_id: str,
        state: JobState,
        status: IngestStatus | None = None,
        filing_id: str = "",
        error: AssistantError | None = None,
    ) -> Job:
        """Record how an open job ended. Raises `JobEnded` when it is over already."""
        return await self._closed(
            job_id,
            {"state": state.value, "status": status or "", "filing_id": filing_id}
            | _error_values(error),
        )

    async def cancel(self, job_id: str) -> Job:
        """End an open job, also in the middle of its reading."""
        async with self.postgres.begin():
            [task] = await self._rows(
                "select max(task_id) as id from ingest_job where id = %(id)s", {"id": job_id}
            )
            job = await self._closed(
                job_id,
                {"state": "cancelled", "status": "", "filing_id": ""} | _error_values(None),
            )
            if task["id"] is not None:
                async with self.postgres.connection() as connection:
                    await self.tasks.cancel(task["id"], connection)
        return job

    async def retry(self, job_id: str) -> Job:
        """Queue a dead or cancelled job again."""
        async with self.postgres.begin():
            rows = await self._rows(_RETRY, {"id": job_id})
            if not rows:
                job = await self.get(job_id)
                raise JobEnded(
                    f"Job {job_id} of {job.file_name} is {job.state.value} and cannot be retried",
                    "Only a dead or cancelled job can; else hand the file in again.",
                )
            return await self._defer(_job(rows[0]))

    async def holding(self, sha256: str) -> list[Job]:
        """Return the jobs that the received bytes are kept for."""
        rows = await self._rows(
            "select * from ingest_job where sha256 = %(sha256)s and holds_original",
            {"sha256": sha256},
        )
        return [_job(row) for row in rows]

    async def let_go(self, job_id: str) -> None:
        """Note that the bytes are not kept for this job any more."""
        await self._rows(
            "update ingest_job set holds_original = false where id = %(id)s returning id",
            {"id": job_id},
        )

    async def withdraw(self, sha256: str) -> None:
        """Cancel the jobs of a content that is being deleted; none of them can be retried."""
        async with self.postgres.begin():
            for job in await self.holding(sha256):
                if not job.state.over:
                    await self.cancel(job.id)
                await self.let_go(job.id)

    async def finished(self, days: int) -> list[Job]:
        """Return some jobs to tidy up; see the port."""
        rows = await self._rows(_FINISHED, {"days": days, "open": _OPEN, "limit": _A_FEW})
        return [_job(row) for row in rows]

    async def forget(self, job_id: str) -> None:
        """Remove a job that is over from the ledger."""
        await self._rows(
            "delete from ingest_job where id = %(id)s and not state = any(%(open)s) returning id",
            {"id": job_id, "open": _OPEN},
        )

    async def health(self) -> QueueHealth:
        """Return the counts that say whether work goes on."""
        [row] = await self._rows(_HEALTH, {"open": _OPEN})
        return QueueHealth(row["waiting"], row["dead"], await self.tasks.workers())

    async def _defer(self, job: Job) -> Job:
        async with self.postgres.connection() as connection:
            task = await self.tasks.defer(job.id, connection)
            await connection.execute(
                "update ingest_job set task_id = %s where id = %s", (task, job.id)
            )
        return job

    async def _closed(self, job_id: str, values: dict[str, object]) -> Job:
        rows = await self._rows(_CLOSE, values | {"id": job_id, "open": _OPEN})
        if rows:
            return _job(rows[0])
        job = await self.get(job_id)
        raise JobEnded(
            f"Job {job_id} of {job.file_name} is over: {job.state.value}",
            f"`aei jobs show {job_id}` says how it ended.",
        )

    async def _one(self, statement: LiteralString, values: dict[str, object]) -> Job:
        [row] = await self._rows(statement, values)
        return _job(row)

    async def _rows(
        self, statement: LiteralString, values: dict[str, object]
    ) -> list[dict[str, Any]]:
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(statement, values)
            return await cursor.fetchall()


def _values(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "file_name": job.file_name,
        "path": job.path,
        "sha256": job.sha256,
        "size": job.size,
        "sensitivity": job.sensitivity.value,
        "sample": job.sample,
        "collection": job.collection,
        "added_by": job.added_by,
        "state": job.state.value,
        "status": job.status or "",
        "holds_original": job.holds_original,
        "over": job.state.over,
    } | _error_values(job.error)


def _error_values(error: AssistantError | None) -> dict[str, object]:
    if error is None:
        return {"code": "", "message": "", "hint": ""}
    return {"code": error.code, "message": error.message, "hint": error.hint}


def _job(row: dict[str, Any]) -> Job:
    job = Job(row["id"], row["file_name"], row["path"], row["sha256"], row["size"])
    return replace(
        job,
        sensitivity=Sensitivity(row["sensitivity"]),
        sample=row["sample"],
        collection=row["collection"],
        added_by=row["added_by"],
        state=JobState(row["state"]),
        attempts=row["attempts"],
        status=IngestStatus(row["status"]) if row["status"] else None,
        filing_id=row["filing_id"],
        error=told_error(row["error_code"], row["error_message"], row["error_hint"]),
        holds_original=row["holds_original"],
        seconds=tuple((JobState(state), float(s)) for state, s in row["seconds"].items()),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
