"""Joins the models that answer: one chain, each link with its queue and its breaker.

    Chain ─┬─ cloud     QueuedModel(all) -> BreakingModel -> RedactingModel -> the cloud model
           ├─ local     QueuedModel(local) -> QueuedModel(all) -> BreakingModel -> the local model
           └─ built-in  BuiltinModel

Nothing here opens a connection or loads a client: a model does that when it is first asked.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from assistant.domain.answers import Destination
from assistant.domain.errors import ModelMissing
from assistant.prompting import Prompts
from assistant.rag.answering import answer
from assistant.routing.breaker import BreakingModel
from assistant.routing.chain import Chain, Link
from assistant.routing.limits import QueuedModel, Slots
from assistant.routing.policy import read_policy
from assistant.routing.providers.builtin import BuiltinModel
from assistant.routing.providers.lifetimes import Patience as LocalPatience
from assistant.routing.providers.ollama import OllamaModel
from assistant.routing.providers.ollama_server import Local, OllamaServer
from assistant.routing.providers.openrouter.endpoint import Endpoint, Patience
from assistant.routing.providers.openrouter.model import OpenRouterModel
from assistant.routing.providers.openrouter.prices import PriceBook
from assistant.routing.redacting import RedactingModel
from assistant.routing.router import Router
from assistant.settings import ModelChoice, Settings

_NO_KEY = "no cloud model is set up (AEI_OPENROUTER_API_KEY is empty)"


async def open_models(
    settings: Settings, router: Router, prompts: Prompts, stack: AsyncExitStack
) -> Chain:
    """Return what answers as configured, and when that fails what answers instead.

    Raises:
        InvalidRequest: A setting of a model is not usable.
    """
    everything = Slots(
        settings.models_at_once, settings.models_at_once_per_user, settings.models_waiting
    )
    links = (
        _cloud(settings, router, prompts, everything, stack),
        await _local(settings, everything, stack),
        Link(Destination.BUILTIN, Destination.BUILTIN.value, BuiltinModel(answer)),
    )
    return Chain(links, router.policy.cloud.strictest_label, settings.answer_timeout_s)


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


def _cloud(
    settings: Settings,
    router: Router,
    prompts: Prompts,
    everything: Slots,
    stack: AsyncExitStack,
) -> Link:
    name = settings.openrouter_model
    if why := _not_wanted(settings.model, Destination.CLOUD):
        return Link(Destination.CLOUD, name, None, why)
    cloud = cloud_model(settings)
    if cloud is None:
        return Link(Destination.CLOUD, name, None, _NO_KEY)
    stack.push_async_callback(cloud.aclose)
    redacting = RedactingModel(cloud, router.detectors, prompts.render("redacted"))
    return Link(Destination.CLOUD, name, QueuedModel(BreakingModel(redacting), everything))


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
    patience = LocalPatience(
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


def cloud_model(settings: Settings) -> OpenRouterModel | None:
    """Return the cloud model, to be closed with `aclose`; None where there is no key. Asks nobody.

    Raises:
        InvalidRequest: A setting of it, or the policy file, is not usable.
    """
    key = settings.openrouter_api_key.get_secret_value().strip()
    if not key:
        return None
    proxy = settings.openrouter_proxy.get_secret_value()
    named = (name.strip() for name in settings.openrouter_fallbacks.split(","))
    return OpenRouterModel(
        endpoint=Endpoint(settings.openrouter_url, key, proxy),
        model=settings.openrouter_model,
        prices=PriceBook.load(settings.data_dir),
        strictest=read_policy(settings.routing_policy).cloud.strictest_label,
        fallbacks=tuple(name for name in named if name),
        patience=Patience(
            connect_s=settings.openrouter_connect_s,
            silence_s=settings.openrouter_silence_s,
            first_s=settings.openrouter_first_s,
            idle_s=settings.openrouter_idle_s,
            total_s=settings.openrouter_total_s,
        ),
    )
