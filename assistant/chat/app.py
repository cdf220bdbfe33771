"""The handlers that Chainlit calls. Each reports its own failures: Chainlit shows none of them.

Chainlit loads this file by its path. Four of its socket handlers are wrapped here: `connect`
(a client's session id names a folder), `connection_successful` (tokens sent while the socket was
down are lost), `edit_message` (a message from before a restart is not found), and `stop` (it
speaks of tasks).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import ParamSpec

import chainlit as cl
from chainlit.chat_context import chat_context
from chainlit.context import init_ws_context
from chainlit.server import app as chainlit_app
from chainlit.server import sio
from chainlit.session import WebsocketSession
from chainlit.types import MessagePayload

from assistant.chat import asking_back, commands, data, ingestion, picking, turns
from assistant.chat.page import PlainPage
from assistant.chat.render import error_markdown
from assistant.chat.sessions import ServerInContext, adopt_current_task
from assistant.chat.upload import is_session_id, router
from assistant.domain.answers import Source
from assistant.domain.errors import AssistantError

_log = logging.getLogger(__name__)
P = ParamSpec("P")

chainlit_app.add_middleware(PlainPage)
chainlit_app.add_middleware(ServerInContext)
chainlit_app.router.routes[:0] = router.routes
_chainlit_connect = sio.handlers["/"]["connect"]
_chainlit_connected = sio.handlers["/"]["connection_successful"]
_chainlit_messaged = sio.handlers["/"]["client_message"]
_chainlit_edited = sio.handlers["/"]["edit_message"]


def reported(handler: Callable[P, Awaitable[None]]) -> Callable[P, Coroutine[object, object, None]]:
    """Make a handler tell the user what went wrong."""

    @wraps(handler)
    async def reporting(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await handler(*args, **kwargs)
        except AssistantError as error:
            await turns.say(error_markdown(error))
        except Exception:  # noqa: BLE001 -- the last handler before Chainlit, which would show nothing
            _log.exception("A chat handler failed")
            unexpected = AssistantError(
                "Something went wrong inside the assistant",
                "Ask again; the server's log names the cause.",
            )
            await turns.say(error_markdown(unexpected))

    return reporting


@cl.set_starters
async def starters(_user: cl.User | None, _language: str | None) -> list[cl.Starter]:
    """Offer first questions, or the samples while the store is empty."""
    return await commands.starters()


@cl.on_chat_start
@reported
async def on_chat_start() -> None:
    """Offer the commands and the models in the composer."""
    await cl.context.emitter.set_commands(commands.COMMANDS)
    await picking.offer()


@cl.on_message
@reported
async def on_message(message: cl.Message) -> None:
    """Take files in, run a command, or answer a question."""
    adopt_current_task()
    files = [element.name for element in message.elements or []]
    text = message.content.strip()
    picking.note(message.modes)
    if files and not text:
        # Chainlit takes the empty text for no first interaction, and then shows no Stop button.
        await cl.context.emitter.init_thread("files")
        _in_background(_take_in(message, files))
        return
    if files:
        await _take_in(message, files)
    asked = commands.asked_of_database(message.command or "", text)
    if asked:
        await turns.answer(asked, source=Source.DATABASE)
    elif not await commands.run(message.command or "", text):
        await turns.answer(text)


@reported
async def _take_in(message: cl.Message, files: list[str]) -> None:
    await ingestion.ingest(files, ingestion.attached(message))


@cl.action_callback("ask")
@reported
async def on_ask(action: cl.Action) -> None:
    """Ask the question of a button, of the filings and the model it names."""
    question = str(action.payload.get("question", ""))
    documents = [str(one) for one in action.payload.get("documents", [])]
    wanted, confirmed = asking_back.wish(action.payload)
    await cl.Message(content=question, type="user_message").send()
    await cl.context.emitter.task_start()
    try:
        allowed = asking_back.allowed(action.payload)
        source = asking_back.source(action.payload)
        await turns.answer(question, documents, wanted, confirmed, allowed, source)
    finally:
        await cl.context.emitter.task_end()


@cl.action_callback("verdict")
@reported
async def on_verdict(action: cl.Action) -> None:
    """Note whether the rows of an answer are right."""
    await data.take_verdict(action.payload)
    await action.remove()


@cl.action_callback("scope")
@reported
async def on_scope(action: cl.Action) -> None:
    """Offer other filings for the question of a chip."""
    await asking_back.offer_scopes(str(action.payload.get("question", "")))


@cl.action_callback("samples")
@reported
async def on_samples(_: cl.Action) -> None:
    """Load the sample filings."""
    await commands.load_samples()


@sio.on("connect")  # type: ignore[untyped-decorator]
async def on_connect(sid: str, environ: dict[str, object], auth: object) -> bool:
    """Refuse a session id that is no UUID: Chainlit makes and removes a folder of that name."""
    if not isinstance(auth, dict) or not is_session_id(auth.get("sessionId", "")):
        return False
    return bool(await _chainlit_connect(sid, environ, auth))


@sio.on("connection_successful")  # type: ignore[untyped-decorator]
async def on_connected(sid: str) -> None:
    """Send the latest turn again to a page that was away."""
    await _chainlit_connected(sid)
    session = WebsocketSession.get(sid)
    if session is not None and session.restored:
        await turns.resend()


@sio.on("edit_message")  # type: ignore[untyped-decorator]
async def on_edit(sid: str, payload: MessagePayload) -> None:
    """Answer an edited message; one that a restarted server does not know is answered as new."""
    init_ws_context(WebsocketSession.require(sid))
    known = any(message.id == payload["message"]["id"] for message in chat_context.get())
    await (_chainlit_edited if known else _chainlit_messaged)(sid, payload)


@sio.on("stop")  # type: ignore[untyped-decorator]
async def on_stop(sid: str) -> None:
    """Cancel the turn of this session; the turn says so itself."""
    session = WebsocketSession.get(sid)
    if session is not None and session.current_task is not None:
        session.current_task.cancel()


_background: set[asyncio.Task[None]] = set()


def _in_background(work: Coroutine[object, object, None]) -> None:
    task = asyncio.create_task(work)
    _background.add(task)
    task.add_done_callback(_background.discard)
