"""POST /sql: plain English, or a statement, to rows of the database; its check, its links, its verdicts."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant.api.frames import frame, step_event
from assistant.api.schemas import CurrentApp
from assistant.api.sql_schemas import CheckRequest, LinkRequest, SqlRequest, VerdictRequest
from assistant.bootstrap import App
from assistant.domain.errors import AssistantError, MalformedReply
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import (
    DataEvent,
    DataQuestion,
    DataResult,
)
from assistant.domain.readers import reader_of
from assistant.nl2sql.present import (
    data_json,
    linking_json,
    present,
    result_json,
    verdict_json,
)
from assistant.wire import error_json

router = APIRouter(prefix="/sql", tags=["sql"])


@router.post("", summary="Ask the market database; rows, chart and explanation")
async def query(body: SqlRequest, request: Request, app: CurrentApp) -> Response:
    """Answer from the database: the statement that ran, its rows, what it does in words.

    Give a `question` in plain English, or a `sql` statement of your own; either is judged, bounded and
    run with your rights. `action` is `answer`, `clarify` (pick one of the choices and ask again) or
    `refuse`. With `Accept: text/event-stream` it arrives as events: `linked`, `drafted`, `failed` (the
    statement could not be run and is written anew), `waiting`, then `result` or `error`.
    """
    if body.sql:
        verdict, rows = await app.sql.run(body.sql, LOCAL_USER)
        told = present(verdict, rows, await app.sql.layer(), reader_of(LOCAL_USER))
        return JSONResponse(result_json(verdict, rows, told))
    question = body.asked(LOCAL_USER)
    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(
            _events(app, question),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
    async with aclosing(app.sql.ask(question)) as events:
        async for event in events:
            if isinstance(event, DataResult):
                return JSONResponse(data_json(event))
    raise MalformedReply("The question to the database ended without a result")


@router.post("/check", summary="Say whether a statement may run")
async def check(body: CheckRequest, app: CurrentApp) -> Response:
    """Return the guard's verdict and what would run instead; nothing is run."""
    return JSONResponse(verdict_json(await app.sql.check(body.sql)))


@router.post("/link", summary="Say which tables, columns and values a question names")
async def link(body: LinkRequest, app: CurrentApp) -> Response:
    """Return tables best first, columns as `table.column`, and the values that words stand for."""
    return JSONResponse(linking_json(body.question, await app.sql.link(body.question, LOCAL_USER)))


@router.post("/feedback", summary="Say whether a statement answered the question")
async def feedback(body: VerdictRequest, app: CurrentApp) -> Response:
    """Note the verdict under your name; a right answer is proposed as an example, used after review."""
    told = await app.verdicts.take(body.question, body.sql, body.right, LOCAL_USER)
    return JSONResponse({"question": body.question, "right": body.right, "message": told})


async def _events(app: App, question: DataQuestion) -> AsyncIterator[str]:
    try:
        async with aclosing(app.sql.ask(question)) as events:
            async for event in events:
                yield frame(*_event(event))
    except AssistantError as error:
        yield frame("error", {"error": error_json(error)})


def _event(event: DataEvent) -> tuple[str, dict[str, Any]]:
    return ("result", data_json(event)) if isinstance(event, DataResult) else step_event(event)
