"""The serving process: the web application with the chat mounted at `/`, under uvicorn.

With `--json` it says that it is ready, or why not, as one JSON object on stdout. Run by `assistant.api.serve`, never by hand: Chainlit must find its folder in the environment.
"""

import asyncio
import json
import logging
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from chainlit.utils import mount_chainlit
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api.app import Opening, create_app
from assistant.bootstrap import open_app
from assistant.domain.errors import ServiceFailed
from assistant.settings import Settings
from assistant.wire import error_json

_CHAT = Path(__file__).parents[1] / "chat" / "app.py"
_SERVICE_MISSING = 3
_TAKEN = "The address cannot be listened on"
_ELSEWHERE = "Choose another address or port: AEI_HOST, AEI_PORT."
_PATIENCE_S = 5  # how long running turns, then open requests, may take after SIGTERM


class Server(uvicorn.Server):
    """Prints the URL when ready, and lets running turns end before it closes."""

    def __init__(self, config: uvicorn.Config, web: FastAPI, as_json: bool) -> None:
        super().__init__(config)
        self._web, self._as_json = web, as_json

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say where."""
        await super().startup(sockets=sockets)
        if self.started:
            url = self._url()
            ready = json.dumps({"status": "ready", "url": url}) if self._as_json else None
            sys.stdout.write(f"{ready or f'AEI Research Assistant is ready: {url}'}\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait a few seconds for running turns, then close."""
        turns = set(self._web.state.turns)
        if turns:
            await asyncio.wait(turns, timeout=_PATIENCE_S)
        for turn in turns:
            turn.cancel()
        await super().shutdown(sockets=sockets)

    def _url(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def plainly(web: FastAPI) -> ASGIApp:
    """Return the application with a failed start told in a sentence, not in a traceback."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            failure = web.state.failure
            if message["type"].endswith(".failed") and failure is not None:
                message["message"] = f"{failure.message}. {failure.hint}"
            await send(message)

        await web(scope, receive, tell if scope["type"] == "lifespan" else send)

    return told


def main(opening: Opening = open_app) -> int:
    """Serve until a signal; return the exit status."""
    as_json = "--json" in sys.argv
    settings = Settings()
    app = create_app(settings, opening)
    mount_chainlit(app, str(_CHAT), path="/")
    for noisy in ("chainlit", "httpx", "socketio", "engineio", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    config = uvicorn.Config(
        plainly(app),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    for signum in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises it again when all is closed
        signal.signal(signum, lambda *_: None)
    server = Server(config, app, as_json)
    try:
        server.run()
    except SystemExit:  # uvicorn has named the cause: nothing else may be bound
        sys.stderr.write(f"{_ELSEWHERE}\n")
    if server.started:
        return 0
    if as_json:
        failure = app.state.failure or ServiceFailed(_TAKEN, hint=_ELSEWHERE)
        sys.stdout.write(json.dumps({"error": error_json(failure)}) + "\n")
    return _SERVICE_MISSING


if __name__ == "__main__":
    sys.exit(main())
