"""One Ollama server: where it may be, what it holds, what it has loaded, and whether that is local.

A daemon on this machine may still send a prompt away: "cloud models" are served through it by
somebody else. So a model that names a remote host, or is named like one, is refused before a byte of
a prompt is sent. Neither redirects nor proxies of the environment are followed.
"""

import ipaddress
import re
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from assistant.domain.errors import (
    AssistantError,
    EgressForbidden,
    InvalidRequest,
    ModelMissing,
)
from assistant.routing.providers.lifetimes import Clock, Patience
from assistant.routing.providers.ollama_wire import failed, parsed, refused

Json = dict[str, Any]
_CLOUD_NAME = re.compile(r"(?:^|[-:/])cloud(?::latest)?$", re.IGNORECASE)
_REMOTE = ("remote_host", "remote_model")
_REMEMBERED_S = 5.0
_QUICK_S = 10.0  # for a question about models


@dataclass(frozen=True, slots=True)
class Local:
    """Which local model, and how it is asked.

    Args:
        model: Its name.
        num_ctx: Its context in tokens; constant, since a change makes the server load it again.
        keep_alive: How long it stays loaded after a question, as Ollama writes durations.
        temperature: 0 answers the same question the same way.
    """

    model: str
    num_ctx: int
    keep_alive: str = "10m"
    temperature: float = 0.0

    def options(self, max_tokens: int = 1024) -> dict[str, Any]:
        """Return the options of a request whose answer has at most `max_tokens`."""
        return {
            "num_ctx": self.num_ctx,
            "num_predict": max_tokens,
            "temperature": self.temperature,
        }


@dataclass(frozen=True, slots=True)
class Presence:
    """What a server says about a model.

    Args:
        digest: Of its files.
        loaded: Whether it is in memory.
        context: With how many tokens of context; 0 where it is not, or the server does not say.
        longest: How many it knows at most; 0 where the server does not say.
    """

    digest: str
    loaded: bool
    context: int
    longest: int

    def ready(self, num_ctx: int) -> bool:
        """Return whether it answers with this context at once; with another it is loaded anew."""
        return self.loaded and self.context in {0, min(num_ctx, self.longest or num_ctx)}

    def room(self, num_ctx: int, max_tokens: int) -> int:
        """Return how many tokens a prompt may have beside an answer of `max_tokens`."""
        known = self.context if self.loaded else 0
        return min(num_ctx, known or num_ctx, self.longest or num_ctx) - max_tokens


class OllamaServer:
    """Asks one server about its models.

    Args:
        url: Where it listens.
        allowed: Host names besides loopback that it may have.
        patience: Time limits.
        remembered_s: How long an answer about a model is believed, also that there is none.

    Raises:
        InvalidRequest: The address is none.
    """

    def __init__(
        self,
        url: str,
        allowed: Collection[str] = (),
        patience: Patience = Patience(),  # noqa: B008 -- frozen
        remembered_s: float = _REMEMBERED_S,
    ) -> None:
        address = _address(url)
        self.url = str(address.copy_with(userinfo=b"")).rstrip("/")
        self.patience = patience
        self._allowed = {host.casefold() for host in allowed}
        self._remembered_s = remembered_s
        self._known: dict[str, tuple[float, Presence | AssistantError]] = {}
        self._distrusted: dict[str, EgressForbidden] = {}
        self._longest: dict[str, int] = {}
        self._tools: dict[str, bool] = {}
        self.tls = _tls(self.url)
        self.http = httpx.AsyncClient(
            base_url=address,
            follow_redirects=False,
            trust_env=False,
            verify=self.tls,
            timeout=httpx.Timeout(None, connect=patience.connect_s),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def version(self) -> str:
        """Return the server's version. Raises `ServiceFailed`, `EgressForbidden`."""
        return str((await self._ask("GET", "/api/version")).get("version", "unknown"))

    async def presence(self, model: str) -> Presence:
        """Return what the server says about a model, as of a few seconds ago.

        Raises:
            EgressForbidden: The server or the model is not on this machine.
            ModelMissing: The server does not have it.
            ServiceUnavailable: The server does not answer.
        """
        known = self._remembered(model)
        if known is None:
            known = await self._looked_up(model)
            self._known[model] = (time.monotonic(), known)
        if isinstance(known, AssistantError):
            raise known
        return known

    async def confirmed(self, model: str) -> Presence:
        """Return what `presence` does, having asked just now that the model is still the same one.

        Raises:
            EgressForbidden, ModelMissing, ServiceUnavailable: As `presence`.
        """
        known = self._remembered(model)
        if isinstance(known, Presence):
            entry = await self._listed(model)
            if entry.get("digest") == known.digest:
                return known
        self._known.pop(model, None)
        return await self.presence(model)

    async def has_tools(self, model: str) -> bool:
        """Return whether a model says that it can call tools. Raises as `presence`."""
        digest = (await self.presence(model)).digest
        if digest not in self._tools:
            said = (await self._ask("POST", "/api/show", {"model": model})).get("capabilities")
            self._tools[digest] = isinstance(said, list) and "tools" in said
        return self._tools[digest]

    async def load(self, local: Local) -> Presence:
        """Load a model, so that the first question does not wait for it.

        Raises:
            EgressForbidden, ModelMissing, ServiceUnavailable: As `presence`; or loading took too long.
        """
        await self.presence(local.model)
        body = {
            "model": local.model,
            "messages": [],
            "stream": False,
            "options": local.options(),
            "keep_alive": local.keep_alive,
        }
        clock = Clock(local.model, self.patience)
        said = await clock.loading(self._ask("POST", "/api/chat", body))
        self._known.pop(local.model, None)
        self.check_reply(local.model, said)
        return await self.presence(local.model)

    def check_reply(self, model: str, said: Mapping[str, Any]) -> None:
        """Raise `EgressForbidden` when a reply is somebody else's; the model is not asked again."""
        try:
            _refuse_remote(model, said)
        except EgressForbidden as error:
            self._distrusted[model] = error
            raise

    async def _looked_up(self, model: str) -> Presence | AssistantError:
        try:
            return await self._look_up(model)
        except AssistantError as error:
            return error

    def _remembered(self, model: str) -> Presence | AssistantError | None:
        if error := self._distrusted.get(model):
            return error
        at, known = self._known.get(model, (0.0, None))
        return known if time.monotonic() - at < self._remembered_s else None

    async def _look_up(self, model: str) -> Presence:
        entry = await self._listed(model)
        digest = str(entry.get("digest"))
        if digest not in self._longest:
            self._longest[digest] = await self._longest_context(model)
        running = _entry(await self._ask("GET", "/api/ps"), model)
        context = whole(running.get("context_length")) if running else 0
        return Presence(digest, running is not None, context, self._longest[digest])

    async def _listed(self, model: str) -> Json:
        """Return what the server's list says of a model that it has and runs itself."""
        _refuse_remote(model, {})
        entry = _entry(await self._ask("GET", "/api/tags"), model)
        if entry is None:
            raise ModelMissing(
                f"Ollama at {self.url} does not have the model {model}",
                f"Fetch it: `ollama pull {model}`, or set AEI_OLLAMA_MODEL.",
            )
        _refuse_remote(model, entry)
        return entry

    async def _longest_context(self, model: str) -> int:
        shown = await self._ask("POST", "/api/show", {"model": model})
        _refuse_remote(model, {key: shown.get(key) for key in _REMOTE})
        info = shown.get("model_info")
        items = info.items() if isinstance(info, dict) else ()
        return max(
            (whole(value) for key, value in items if key.endswith(".context_length")), default=0
        )

    def _check_host(self) -> None:
        host = self.http.base_url.host.casefold()
        if host == "localhost" or host in self._allowed or _is_loopback(host):
            return
        raise EgressForbidden(
            f"Ollama at {self.url} is not on this machine",
            "Set AEI_OLLAMA_URL to a loopback address, or add its host to AEI_OLLAMA_ALLOWED_HOSTS.",
        )

    async def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Return one JSON object. The caller waits for a load; everything else is quick."""
        self._check_host()
        timeout = None if path == "/api/chat" else _QUICK_S
        limits = httpx.Timeout(timeout, connect=self.patience.connect_s)
        try:
            reply = await self.http.request(method, path, json=body, timeout=limits)
        except httpx.HTTPError as error:
            raise failed(self.url, error) from error
        if reply.status_code != httpx.codes.OK:
            raise refused((body or {}).get("model", "The model"), reply.status_code, reply.text)
        return parsed(reply.text)


def _refuse_remote(model: str, said: Mapping[str, Any]) -> None:
    """Raise `EgressForbidden` when a model is named like one from the internet, or said to be one."""
    host = next((str(said[key]) for key in _REMOTE if said.get(key)), "")
    names = (model.strip(), str(said.get("model") or "").strip())
    if host or any(_CLOUD_NAME.search(name) for name in names):
        raise EgressForbidden(
            f"{model} is not run by this Ollama server: it is served from {host or 'the internet'}",
            "Set AEI_OLLAMA_MODEL to a model that is on this machine, and start Ollama with"
            " OLLAMA_NO_CLOUD=1.",
        )


def _address(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidRequest(
            f"The address of Ollama cannot be read: {error}", "Set AEI_OLLAMA_URL."
        ) from None


def _tls(url: str) -> ssl.SSLContext:
    """Return what checks certificates; without the list of authorities (0.1 s) where none is used."""
    if url.casefold().startswith("https:"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _entry(said: Json, model: str) -> Json | None:
    """Return what a list of models says about one; `qwen3` is `qwen3:latest`."""
    models = said.get("models")
    entries = (
        [item for item in models if isinstance(item, dict)] if isinstance(models, list) else []
    )
    wanted = _whole_name(model)
    names = ("name", "model")
    return next((e for e in entries if wanted in [_whole_name(str(e.get(n))) for n in names]), None)


def _whole_name(model: str) -> str:
    return (model if ":" in model.rpartition("/")[2] else f"{model}:latest").casefold()


def whole(value: object) -> int:
    """Return a count that a server states; 0 where it is none."""
    return value if isinstance(value, int) and value > 0 else 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
