"""The door to procrastinate: a queue of tasks in PostgreSQL, and the worker that takes them.

    defer (in the caller's transaction) → NOTIFY → fetch … skip locked → handler → gone from the queue
                                             ↑        worker dies: its heartbeat stops
                                             └──────── rescue, by any worker

The queue holds open tasks only; what became of a file stands in the ledger (`storage.jobs`). A task
may run twice (its worker was cut off, not dead), so handlers are idempotent.

Two gaps of the library are closed here. It names stalled tasks but puts none back. And where the
database goes away just when the end of a task is recorded, the task stays `doing` under a worker
that lives: such a task is found because it is in no handler's hands.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import DeleteJobCondition
from procrastinate.jobs import Job as Task
from psycopg_pool import PoolTimeout

from assistant.domain.errors import AssistantError
from assistant.ports import JobHandler
from assistant.storage.postgres import Connection, Postgres

_log = logging.getLogger(__name__)
_QUEUE = _TASK = "ingest"
_TO_THE_END = float("inf")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_FAILURES = (ConnectorException, AssistantError, psycopg.Error, PoolTimeout, OSError)

_MINE = """
select id from procrastinate_jobs where status = 'doing' and worker_id = any(%s)
"""
_LIVING = """
select count(*) from procrastinate_workers where last_heartbeat > now() - %s
"""


@dataclass(frozen=True)
class Patience:
    """How a worker keeps time, in seconds.

    Args:
        heartbeat: A worker says that it lives so often.
        stalled: A worker that was silent so long is taken for dead.
        rescue: Tasks of dead workers are looked for so often.
        poll: New tasks are looked for so often, should a notification be lost.
        grace: Running tasks may take so long when the worker is told to end.
        tidy: The handler tidies up so often.
    """

    heartbeat: float = 4
    stalled: float = 20
    rescue: float = 5
    poll: float = 2
    grace: float = 5
    tidy: float = 60


class _Backoff(BaseRetryStrategy):
    """Tries again after 1, 2, 4... seconds, at most a minute, with a jitter of a half."""

    def get_retry_decision(self, *, exception: BaseException, job: Task) -> RetryDecision | None:
        if isinstance(exception, JobAborted):
            return RetryDecision()  # the worker ends; another one goes on
        wait = min(_FIRST_WAIT_S * 2**job.attempts, _LONGEST_WAIT_S)
        return RetryDecision(retry_in={"seconds": wait * random.uniform(0.5, 1.5)})  # noqa: S311


@dataclass
class TaskQueue:
    """Defers and cancels tasks, and runs a worker. Implements `ports.Worker`."""

    postgres: Postgres
    patience: Patience = field(default_factory=Patience)
    _running: set[int] = field(default_factory=set)
    _workers: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._app = App(connector=PsycopgConnector())

    async def defer(self, job_id: str, connection: Connection) -> int:
        """Queue a task in the connection's transaction; return its number."""
        await self._open()
        deferrer = self._app.configure_task(_TASK, queue=_QUEUE, connection=connection)
        return await deferrer.defer_async(job_id=job_id)

    async def cancel(self, task: int, connection: Connection) -> None:
        """Remove a waiting task, or make its worker stop it once the transaction is committed."""
        await self._open()
        await self._app.job_manager.cancel_job_by_id_async(
            task, abort=True, delete_job=True, connection=connection
        )

    async def workers(self) -> int:
        """Return how many workers live."""
        async with self.postgres.connection() as connection:
            silence = timedelta(seconds=self.patience.stalled)
            row = await (await connection.execute(_LIVING, (silence,))).fetchone()
        return int(row[0]) if row else 0

    async def run(self, handler: JobHandler, concurrency: int, once: bool = False) -> None:
        """Work until cancelled, or with `once` until the queue is empty.

        A database that goes away is waited for; what was in work is then taken up again.
        """
        await self._open()
        app = await self._worker_app(handler)
        beside = [asyncio.create_task(self._rounds()), asyncio.create_task(self._tidying(handler))]
        try:
            while True:
                ended_in_order = await self._work(app, concurrency, once)
                if once and ended_in_order:
                    return
                await asyncio.sleep(_FIRST_WAIT_S)
        finally:
            for task in beside:
                task.cancel()

    async def _open(self) -> None:
        await self._app.open_async(self.postgres.pool)

    async def _work(self, app: App, concurrency: int, once: bool) -> bool:
        """Run the library's worker; return whether it ended in order."""
        try:
            await app.run_worker_async(
                queues=[_QUEUE],
                name="ingest",
                concurrency=concurrency,
                wait=not once,
                fetch_job_polling_interval=self.patience.poll,
                abort_job_polling_interval=self.patience.poll,
                shutdown_graceful_timeout=_TO_THE_END if once else self.patience.grace,
                update_heartbeat_interval=self.patience.heartbeat,
                stalled_worker_timeout=self.patience.stalled,
                delete_jobs=DeleteJobCondition.ALWAYS,
                install_signal_handlers=False,
            )
        except _FAILURES as error:
            _log.warning("The worker lost its database and waits for it: %s", error)
            return False
        return True

    async def _worker_app(self, handler: JobHandler) -> App:
        """Return an application whose one task gives jobs to the handler."""
        app = App(connector=PsycopgConnector())
        await app.open_async(self.postgres.pool)

        @app.task(name=_TASK, queue=_QUEUE, retry=_Backoff(), pass_context=True)
        async def work(context: JobContext, job_id: str) -> None:
            task = context.job
            if task.id is None:
                return
            self._running.add(task.id)
            if task.worker_id is not None:
                self._workers.add(task.worker_id)
            try:
                await handler.work(job_id, task.attempts)
            except asyncio.CancelledError:
                if context.abort_reason() is AbortReason.USER_REQUEST:
                    _log.info("Job %s was cancelled", job_id)
                raise JobAborted from None
            finally:
                self._running.discard(task.id)

        return app

    async def _rounds(self) -> None:
        """Put tasks of the dead back, as long as the worker runs."""
        unattended = set[int]()
        while True:
            try:
                await self._rescue_stalled()
                unattended = await self._rescue_unattended(unattended)
            except _FAILURES as error:
                _log.info("Looking after the queue failed, and is tried again: %s", error)
            await asyncio.sleep(self.patience.rescue)

    async def _tidying(self, handler: JobHandler) -> None:
        """Tidy up now and then; in a task of its own, as it may take minutes."""
        while True:
            try:
                await handler.tidy()
            except _FAILURES as error:
                _log.info("Tidying up failed, and is tried again: %s", error)
            await asyncio.sleep(self.patience.tidy)

    async def _rescue_stalled(self) -> None:
        stalled = await self._app.job_manager.get_stalled_jobs(
            queue=_QUEUE, seconds_since_heartbeat=self.patience.stalled
        )
        for task in stalled:
            if task.id is not None and task.id not in self._running:
                await self._put_back([task.id])

    async def _rescue_unattended(self, before: set[int]) -> set[int]:
        """Put back what is in nobody's hands here for a second round; return what is so now."""
        async with self.postgres.connection() as connection:
            rows = await connection.execute(_MINE, (list(self._workers),))
            mine = {int(row[0]) for row in await rows.fetchall()}
        unattended = mine - self._running
        await self._put_back(sorted(unattended & before))
        return unattended

    async def _put_back(self, tasks: Sequence[int]) -> None:
        for task in tasks:
            _log.warning("Task %s was left by its worker; it is queued again", task)
            try:
                await self._app.job_manager.retry_job_by_id_async(task, retry_at=datetime.now(UTC))
            except ConnectorException as error:
                _log.info("Task %s was put back by another worker: %s", task, error)
