"""POST /ask: the one path of a question, as JSON or as Server-Sent Events; POST /search."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant.api.frames import frame, step_event
from assistant.api.schemas import AskRequest, CurrentApp, SearchRequest
from assistant.bootstrap import App
from assistant.domain.answers import Question
from assistant.domain.completions import Routed, TextDelta, Waiting
from assistant.domain.errors import AssistantError
from assistant.domain.events import (
    Answered,
    Clarify,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    Understood,
)
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import Drafted, Failed, Linked
from assistant.tools.answers import answer_json
from assistant.turn import final_answer
from assistant.wire import clarification_json, error_json, route_json, search_json

router = APIRouter(tags=["ask"])


@router.post("/ask", summary="Ask the filings; a cited answer")
async def ask(body: AskRequest, request: Request, app: CurrentApp) -> Response:
    """Answer from the filings, every statement cited; `refused` when they don't hold the answer.

    With `Accept: text/event-stream` the answer arrives as events: `understood`, `clarify` (the
    question can be read in several ways, or would cost much), `tool_started`, `tool_finished`, `tool_failed`, `routed`,
    `linked`, `drafted`, `failed` (on the way to rows of the database), `waiting` (a model is loading or
    busy), `delta`, then `answered` (the whole JSON answer) or `error`.
    """
    day = body.as_of or datetime.now(UTC).date()
    question = Question(
        body.question,
        LOCAL_USER,
        day,
        body.scope(),
        history=body.history(),
        model=body.model,
        fresh=body.fresh,
        confirmed=body.confirmed,
        allowed=tuple(one.call() for one in body.allowed),
        source=body.source,
    )
    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(
            _events(app, question),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
    started = time.perf_counter()
    async with aclosing(app.assistant.ask(question)) as events:
        answer = await final_answer(events)
    return JSONResponse(answer_json(question.text, answer, time.perf_counter() - started))


@router.post("/search", summary="Search for passages; no answer")
async def search(body: SearchRequest, app: CurrentApp) -> Response:
    """Return the passages that fit best, best first."""
    started = time.perf_counter()
    found = await app.search(body.query, body.scope(), body.limit)
    return JSONResponse(search_json(body.query, found, time.perf_counter() - started))


async def _events(app: App, question: Question) -> AsyncIterator[str]:
    started = time.perf_counter()
    try:
        async with aclosing(app.assistant.ask(question)) as events:
            async for event in events:
                name, data = _event(event, question, started)
                yield frame(name, data)
    except AssistantError as error:
        yield frame("error", {"error": error_json(error)})


def _event(event: TurnEvent, question: Question, started: float) -> tuple[str, dict[str, Any]]:
    match event:
        case Understood():
            query = event.query
            tools, chip = list(query.tools), list(query.chip)
            return "understood", {"query": query.text, "tools": tools, "chip": chip}
        case Clarify():
            return "clarify", clarification_json(event.clarification)
        case ToolStarted() | ToolFinished() | ToolFailed():
            return _tool_event(event)
        case Linked() | Drafted() | Failed() | Waiting():
            return step_event(event)
        case Routed():
            return "routed", route_json(event.route)
        case TextDelta():
            return "delta", {"text": event.text}
        case Answered():
            seconds = time.perf_counter() - started
            return "answered", answer_json(question.text, event.answer, seconds)


def _tool_event(event: ToolStarted | ToolFinished | ToolFailed) -> tuple[str, dict[str, Any]]:
    match event:
        case ToolStarted():
            return "tool_started", {"tool": event.tool, "argument": event.argument}
        case ToolFinished():
            found = [_place(e.locator.document, e.locator.page) for e in event.evidence]
            told = {"tool": event.tool, "argument": event.argument, "found": found}
            return "tool_finished", told | {"result": event.result, "seconds": event.seconds}
        case ToolFailed():
            told = {"tool": event.tool, "argument": event.argument}
            return "tool_failed", told | {"error": error_json(event.error)}


def _place(document: str, page: int) -> dict[str, Any]:
    return {"document": document, "page": page}
