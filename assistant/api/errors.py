"""Errors as JSON: `{"error": {"code", "message", "hint"}}` with the matching HTTP status.

Nothing else leaves this server below `/api`: not FastAPI's `detail`, not a traceback.
"""

import logging
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.domain.errors import (
    AlreadyPublished,
    AssistantError,
    DiskFull,
    FilingRejected,
    Forbidden,
    InvalidRequest,
    JobEnded,
    Kept,
    ModelBusy,
    NotFound,
    QueueFull,
    Rejection,
    ServiceFailed,
    StatementTimeout,
)
from assistant.wire import error_json

_RETRY_AFTER_S = 30
_log = logging.getLogger(__name__)


class RangeOutside(InvalidRequest):
    """A byte range that no byte of the file lies in."""


_STATUS: tuple[tuple[type[AssistantError], HTTPStatus], ...] = (
    (RangeOutside, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
    (InvalidRequest, HTTPStatus.BAD_REQUEST),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (FilingRejected, HTTPStatus.UNPROCESSABLE_ENTITY),
    (AlreadyPublished, HTTPStatus.CONFLICT),
    (JobEnded, HTTPStatus.CONFLICT),
    (QueueFull, HTTPStatus.SERVICE_UNAVAILABLE),
    (Kept, HTTPStatus.CONFLICT),
    (DiskFull, HTTPStatus.INSUFFICIENT_STORAGE),
    (StatementTimeout, HTTPStatus.GATEWAY_TIMEOUT),
    (ServiceFailed, HTTPStatus.SERVICE_UNAVAILABLE),
)


def status_of(error: AssistantError) -> int:
    """Return the HTTP status that says what kind of error this is."""
    if isinstance(error, FilingRejected) and error.rejection is Rejection.TOO_LARGE:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    found = (status for kind, status in _STATUS if isinstance(error, kind))
    return next(found, HTTPStatus.INTERNAL_SERVER_ERROR)


def answer_error(error: AssistantError) -> JSONResponse:
    """Return the error as a response; with `Retry-After` where waiting helps."""
    headers = _retry(error)
    status = status_of(error)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["connection"] = "close"  # the rest of the body was not read
    return JSONResponse({"error": error_json(error)}, status_code=status, headers=headers)


def _retry(error: AssistantError) -> dict[str, str]:
    """Return the header that says when to try again, where waiting helps."""
    match error:
        case QueueFull() | DiskFull():
            return {"retry-after": str(_RETRY_AFTER_S)}
        case ModelBusy():
            return {"retry-after": str(math.ceil(error.retry_after_s or _RETRY_AFTER_S))}
        case _:
            return {}


def install(app: FastAPI) -> None:
    """Make every failure of `app` answer in the one shape."""
    app.exception_handler(AssistantError)(_on_assistant_error)
    app.exception_handler(RequestValidationError)(_on_invalid)
    app.exception_handler(HTTPException)(_on_http_error)
    app.exception_handler(Exception)(_on_unexpected)


async def _on_assistant_error(_: Request, error: AssistantError) -> JSONResponse:
    return answer_error(error)


async def _on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    failure = InvalidRequest(_violations(error.errors()), "See /api/docs for the fields.")
    return JSONResponse({"error": error_json(failure)}, status_code=422)


async def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).name.lower()
    message = f"{request.method} {request.url.path}: {HTTPStatus(error.status_code).phrase}."
    body = {"code": code, "message": message, "hint": "See /api/docs for what there is."}
    return JSONResponse({"error": body}, status_code=error.status_code, headers=error.headers)


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    failure = AssistantError(
        "Something went wrong inside the server.", "The server's log names the cause."
    )
    return answer_error(failure)


def _violations(errors: Sequence[Any]) -> str:
    """Every violated field at once, each with its path."""
    lines = (f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in errors)
    return "; ".join(lines)
