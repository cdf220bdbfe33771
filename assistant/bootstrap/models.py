"""Joins the models that answer: one chain, each link with its queue and its breaker.

    Chain ─┬─ cloud     QueuedModel(all) -> BreakingModel -> the cloud model
           ├─ local     QueuedModel(local) -> QueuedModel(all) -> BreakingModel -> the local model
           └─ built-in  BuiltinModel

Nothing here opens a connection or loads a client: a model does that when it is first asked.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from assistant.domain.answers import Destination
from assistant.domain.errors import ModelMissing
from assistant.rag.answering import answer
from assistant.routing.breaker import BreakingModel
from assistant.routing.chain import Chain, Link
from assistant.routing.limits import QueuedModel, Slots
from assistant.routing.policy import CloudPolicy
from assistant.routing.providers.builtin import BuiltinModel
from assistant.routing.providers.lifetimes import Patience
from assistant.routing.providers.ollama import OllamaModel
from assistant.routing.providers.ollama_server import Local, OllamaServer
from assistant.settings import ModelChoice, Settings

_NO_KEY = "no cloud model is set up (AEI_OPENROUTER_API_KEY is empty)"


async def open_models(settings: Settings, policy: CloudPolicy, stack: AsyncExitStack) -> Chain:
    """Return what answers as configured, and when that fails what answers instead."""
    everything = Slots(
        settings.models_at_once, settings.models_at_once_per_user, settings.models_waiting
    )
    links = (
        _cloud(settings, everything),
        await _local(settings, everything, stack),
        Link(Destination.BUILTIN, Destination.BUILTIN.value, BuiltinModel(answer)),
    )
    return Chain(links, policy.strictest_label, settings.answer_timeout_s)


def require_model(settings: Settings) -> None:
    """Return when the model that AEI_MODEL names can be asked.

    Raises:
        ModelMissing: It is the cloud, and there is no key for it.
    """
    if settings.model is ModelChoice.CLOUD and not settings.openrouter_api_key.get_secret_value():
        raise ModelMissing(
            "No cloud model is set up",
            "Set AEI_OPENROUTER_API_KEY, or use --model auto: it answers without one.",
        )


def _cloud(settings: Settings, everything: Slots) -> Link:
    if why := _not_wanted(settings.model, Destination.CLOUD):
        return Link(Destination.CLOUD, settings.openrouter_model, None, why)
    if not settings.openrouter_api_key.get_secret_value():
        return Link(Destination.CLOUD, settings.openrouter_model, None, _NO_KEY)
    return Link(
        Destination.CLOUD, settings.openrouter_model, None, "no cloud model is connected yet"
    )


async def _local(settings: Settings, everything: Slots, stack: AsyncExitStack) -> Link:
    if why := _not_wanted(settings.model, Destination.LOCAL):
        return Link(Destination.LOCAL, settings.ollama_model, None, why)
    local = BreakingModel(await stack.enter_async_context(open_ollama(settings)))
    own = Slots(settings.local_at_once, settings.local_at_once, settings.models_waiting)
    model = QueuedModel(QueuedModel(local, everything), own)
    return Link(Destination.LOCAL, settings.ollama_model, model)


def _not_wanted(chosen: ModelChoice, place: Destination) -> str:
    """Return why AEI_MODEL leaves this place out; empty where it does not."""
    kept = {ModelChoice.BUILTIN: (Destination.BUILTIN,), ModelChoice.LOCAL: (Destination.LOCAL,)}
    return f"AEI_MODEL is {chosen.value}" if place not in kept.get(chosen, (place,)) else ""


@asynccontextmanager
async def open_ollama(settings: Settings) -> AsyncIterator[OllamaModel]:
    """Open the local model as the settings name it; nothing is asked of it yet."""
    hosts = [host for name in settings.ollama_allowed_hosts.split(",") if (host := name.strip())]
    patience = Patience(
        connect_s=settings.ollama_connect_timeout_s,
        load_s=settings.ollama_load_timeout_s,
        first_token_s=settings.ollama_first_token_timeout_s,
        idle_s=settings.ollama_idle_timeout_s,
        total_s=settings.ollama_total_timeout_s,
    )
    local = Local(settings.ollama_model, settings.ollama_num_ctx, settings.ollama_keep_alive)
    server = OllamaServer(settings.ollama_url, hosts, patience)
    try:
        yield OllamaModel(server, local)
    finally:
        await server.aclose()
