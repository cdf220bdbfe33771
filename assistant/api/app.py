"""The web application: guards around, REST below `/api`, viewer and health beside it.

    guards ── /healthz /readyz /metrics ── /viewer ── /api (its own application) ── / (chat, mounted later)

REST is an application of its own, so that every failure below `/api`, an unknown path included,
answers as JSON; the chat page answers whatever is left.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from assistant.api import errors
from assistant.api.background import background_worker
from assistant.api.guards import BodyLimit, HostCheck, OriginCheck, SecurityHeaders
from assistant.api.metrics import Metrics
from assistant.api.routes import (
    ask,
    audit,
    costs,
    docs,
    documents,
    health,
    jobs,
    keeping,
    results,
    sql,
    viewer,
)
from assistant.bootstrap import App, open_app
from assistant.domain.errors import AssistantError
from assistant.settings import Settings

_MIB = 1 << 20
_FILES_A_REQUEST = 20
_ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 -- compared with, not bound to
_DESCRIPTION = """\
Cited answers from financial filings. The server listens on this machine only and has no sign-in
yet: whoever can reach the port can read and change everything.
Errors are {"error": {"code", "message", "hint"}} with the matching HTTP status.
"""


Opening = Callable[[Settings], AbstractAsyncContextManager[App]]


def create_app(settings: Settings, opening: Opening = open_app) -> FastAPI:
    """Return the web application without the chat page. Its lifespan opens and closes the product.

    The open product stands in the ASGI scope's `state` as `app`, the running turns as `turns`.
    """
    app = FastAPI(
        title="AEI Research Assistant",
        lifespan=_lifespan(settings, opening),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(HostCheck, names={settings.host} - _ANYWHERE),
            Middleware(OriginCheck),
            Middleware(
                BodyLimit,
                limit=settings.max_file_mb * _MIB * _FILES_A_REQUEST,
                paths={"/project/file": (settings.max_file_mb + 1) * _MIB},  # one file a request
            ),
        ],
    )
    errors.install(app)
    app.include_router(health.router)
    app.include_router(viewer.router)
    app.include_router(costs.page)
    app.mount("/api", _rest())
    return app


def _rest() -> FastAPI:
    rest = FastAPI(
        title="AEI Research Assistant",
        description=_DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    errors.install(rest)
    routers = (
        ask.router,
        documents.router,
        keeping.router,
        jobs.router,
        audit.router,
        costs.router,
        sql.router,
        results.router,
    )
    for router in routers:
        rest.include_router(router, prefix="/v1")
    rest.include_router(docs.router)
    return rest


def _lifespan(
    settings: Settings, opening: Opening
) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        turns: set[asyncio.Task[None]] = set()
        app.state.turns, app.state.failure = turns, None
        try:
            async with (
                opening(settings) as opened,
                _beside(opened.upkeep.daily()),
                background_worker(settings.worker_in_serve, settings.serve_concurrency),
            ):
                metrics = Metrics(opened.links)
                observed = replace(opened.assistant, observer=metrics)
                app.state.app = opened = replace(opened, assistant=observed)
                yield {"app": opened, "turns": turns, "metrics": metrics}
        except AssistantError as error:
            app.state.failure = error
            raise

    return lifespan


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do work for the length of the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
