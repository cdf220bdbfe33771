"""The files that were handed in: where each stands, how it ended, and a way to stop it."""

from typing import Annotated

from fastapi import APIRouter, Query

from assistant.api.schemas import CurrentApp
from assistant.bootstrap import App
from assistant.domain.jobs import Job, JobState
from assistant.wire import Json, job_json

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", summary="List jobs, newest first")
async def list_jobs(
    app: CurrentApp,
    state: Annotated[list[JobState] | None, Query(description="Only these states.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Json:
    """Return jobs; `state=dead` is the dead-letter list."""
    return {"jobs": await told(app, await app.jobs.queue.jobs(state or [], limit))}


@router.get("/{job_id}", summary="Show where a job stands")
async def show_job(job_id: str, app: CurrentApp) -> Json:
    """Return state, progress and timings, and once it is over its `result`."""
    [row] = await told(app, [await app.jobs.queue.get(job_id)])
    return row


@router.delete("/{job_id}", summary="Cancel an open job")
async def cancel_job(job_id: str, app: CurrentApp) -> Json:
    """Stop a job, also in the middle of its reading; nothing of it is published."""
    [row] = await told(app, [await app.jobs.queue.cancel(job_id)])
    return row


@router.post("/{job_id}/retry", summary="Queue a dead or cancelled job again")
async def retry_job(job_id: str, app: CurrentApp) -> Json:
    """Take a job up again from its kept bytes."""
    [row] = await told(app, [await app.jobs.queue.retry(job_id)])
    return row


async def told(app: App, jobs: list[Job]) -> list[Json]:
    """Return jobs as the contract shows them."""
    outcomes = await app.jobs.outcomes(jobs)
    return [job_json(job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]
