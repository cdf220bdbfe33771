"""What belongs to this server and to one browser session.

The server hands its open `App` down in the ASGI scope; a context variable carries it from there
into Chainlit's handlers, which run in tasks that the request's task started.
"""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass

import chainlit as cl
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.bootstrap import App
from assistant.domain.errors import ServiceUnavailable


@dataclass(frozen=True)
class Server:
    """The open product, and the turns that a shutdown waits for."""

    app: App
    turns: set[asyncio.Task[None]]


_server: ContextVar[Server] = ContextVar("server")


class ServerInContext:
    """ASGI middleware that makes the scope's server the current one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve with the server in the context."""
        state = scope.get("state", {})
        if "app" in state:
            _server.set(Server(state["app"], state["turns"]))
        await self._app(scope, receive, send)


def server() -> Server:
    """Return the server that this request or message came in on.

    Raises:
        ServiceUnavailable: The product is not open (yet, or any more).
    """
    try:
        return _server.get()
    except LookupError:
        raise ServiceUnavailable(
            "The assistant is not ready", "Wait a moment and try again."
        ) from None


def adopt_current_task() -> None:
    """Make the running task the one that Stop cancels, and that a shutdown waits for.

    Chainlit only does so for new messages: it runs an edited message, or an action, in a task it
    does not remember, and Stop then cancels the finished task of the message before.
    A turn that is still running in this session is cancelled: its question was edited.
    """
    task = asyncio.current_task()
    session = cl.context.session
    previous = session.current_task
    if previous is not None and previous is not task and not previous.done():
        previous.cancel()
    session.current_task = task
    if task is not None:
        turns = server().turns
        turns.add(task)
        task.add_done_callback(turns.discard)
