"""Joins the models that answer: one chain, each link with its queue and its breaker.

    ConfirmingModel -> Chain ─┬─ cloud     QueuedModel(all) -> MeteredModel -> BreakingModel
                              │            -> RedactingModel -> the cloud model
                              ├─ local     QueuedModel(local) -> QueuedModel(all) -> BreakingModel
                              │            -> the local model
                              └─ built-in  BuiltinModel

Nothing here opens a connection or loads a client: a model does that when it is first asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from assistant.domain.answers import Destination
from assistant.domain.errors import ModelMissing
from assistant.ports import Adviser, ChatModel, Ledger, Prices, ToolModel
from assistant.prompting import Prompts
from assistant.rag.answering import answer
from assistant.routing.breaker import BreakingModel
from assistant.routing.budgets import Budgets
from assistant.routing.chain import Chain, Link
from assistant.routing.confirming import ConfirmingModel
from assistant.routing.limits import QueuedModel, Slots
from assistant.routing.metered import Meter, MeteredModel
from assistant.routing.policy import read_policy
from assistant.routing.pricing import Pricing
from assistant.routing.providers.builtin import BuiltinModel
from assistant.routing.providers.lifetimes import Patience as LocalPatience
from assistant.routing.providers.ollama import OllamaModel
from assistant.routing.providers.ollama_adviser import OllamaAdviser
from assistant.routing.providers.ollama_server import Local, OllamaServer
from assistant.routing.providers.openrouter.endpoint import Endpoint, Patience
from assistant.routing.providers.openrouter.model import OpenRouterModel
from assistant.routing.providers.openrouter.prices import PriceBook
from assistant.routing.redacting import RedactingModel
from assistant.routing.router import Router
from assistant.routing.tool_models import CloudTools, LocalTools, QueuedTools
from assistant.settings import ModelChoice, Settings

_NO_KEY = "no cloud model is set up (AEI_OPENROUTER_API_KEY is empty)"


@dataclass(frozen=True)
class Models:
    """What answers as configured, and when that fails what answers instead; what it costs.

    `expected` tells where an answer is made now that is sent to a destination. `links` are those of
    the chain. `adviser` is the local model as one that is asked what a message is. `calling` are the
    models that may be asked to call tools: whether they can is asked when needed.
    """

    answering: ChatModel
    meter: Meter
    expected: Callable[[Destination], Awaitable[Destination]]
    links: tuple[Link, ...]
    adviser: Adviser | None
    calling: Mapping[Destination, ToolModel]


async def open_models(
    settings: Settings, router: Router, prompts: Prompts, ledger: Ledger, stack: AsyncExitStack
) -> Models:
    """Open every model that the settings name.

    Raises:
        InvalidRequest: A setting of a model is not usable.
    """
    everything = Slots(
        settings.models_at_once, settings.models_at_once_per_user, settings.models_waiting
    )
    prices = PriceBook.load(settings.data_dir)
    budgets = Budgets(settings.cloud_budget_usd_per_day, router.policy)
    meter = Meter(ledger, _pricing(settings, prices), budgets)
    calling: dict[Destination, ToolModel] = {}
    absent, local, adviser = _not_wanted(settings.model, Destination.LOCAL), None, None
    if not absent:
        local = await stack.enter_async_context(open_ollama(settings))
        adviser = OllamaAdviser(local, prompts, settings.opinion_timeout_s)
    links = (
        _cloud(settings, router, prompts, everything, meter, prices, calling, stack),
        _local(settings, everything, local, absent, calling),
        Link(Destination.BUILTIN, Destination.BUILTIN.value, BuiltinModel(answer)),
    )
    chain = Chain(links, router.policy.cloud.strictest_label, settings.answer_timeout_s)
    asking = ConfirmingModel(chain, meter.pricing) if links[0].model else chain
    return Models(asking, meter, chain.expected, links, adviser, calling)


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
    meter: Meter,
    prices: PriceBook,
    calling: dict[Destination, ToolModel],
    stack: AsyncExitStack,
) -> Link:
    name = settings.openrouter_model
    if why := _not_wanted(settings.model, Destination.CLOUD):
        return Link(Destination.CLOUD, name, None, why)
    cloud = cloud_model(settings, prices)
    if cloud is None:
        return Link(Destination.CLOUD, name, None, _NO_KEY)
    stack.push_async_callback(cloud.aclose)
    calling[Destination.CLOUD] = QueuedTools(CloudTools(cloud, meter), everything)
    redacting = RedactingModel(cloud, router.detectors, prompts.render("redacted"))
    breaking = BreakingModel(redacting)
    model = QueuedModel(MeteredModel(breaking, meter), everything)
    return Link(Destination.CLOUD, name, model, slots=everything, breaker=breaking.breaker)


def _local(
    settings: Settings,
    everything: Slots,
    local: OllamaModel | None,
    absent: str,
    calling: dict[Destination, ToolModel],
) -> Link:
    if local is None:
        return Link(Destination.LOCAL, settings.ollama_model, None, absent)
    there = partial(local.server.presence, local.local.model)
    own = Slots(settings.local_at_once, settings.local_at_once, settings.models_waiting)
    breaking = BreakingModel(local)
    calling[Destination.LOCAL] = QueuedTools(QueuedTools(LocalTools(local), everything), own)
    return Link(
        Destination.LOCAL,
        settings.ollama_model,
        QueuedModel(QueuedModel(breaking, everything), own),
        looked_for=there,
        slots=own,
        breaker=breaking.breaker,
    )


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


def open_pricing(settings: Settings) -> Pricing:
    """Return what an answer of the cloud model costs, by the prices that are known here."""
    return _pricing(settings, PriceBook.load(settings.data_dir))


def _pricing(settings: Settings, prices: Prices) -> Pricing:
    confirm = settings.cloud_confirm_usd
    return Pricing(settings.openrouter_model, prices, confirm, _fallbacks(settings))


def _fallbacks(settings: Settings) -> tuple[str, ...]:
    named = (name.strip() for name in settings.openrouter_fallbacks.split(","))
    return tuple(name for name in named if name)


def cloud_model(settings: Settings, prices: PriceBook | None = None) -> OpenRouterModel | None:
    """Return the cloud model, to be closed with `aclose`; None where there is no key. Asks nobody.

    Args:
        settings: The whole configuration.
        prices: What models cost, where it is loaded already.

    Raises:
        InvalidRequest: A setting of it, or the policy file, is not usable.
    """
    key = settings.openrouter_api_key.get_secret_value().strip()
    if not key:
        return None
    proxy = settings.openrouter_proxy.get_secret_value()
    return OpenRouterModel(
        endpoint=Endpoint(settings.openrouter_url, key, proxy),
        model=settings.openrouter_model,
        prices=prices or PriceBook.load(settings.data_dir),
        strictest=read_policy(settings.routing_policy).cloud.strictest_label,
        fallbacks=_fallbacks(settings),
        patience=Patience(
            connect_s=settings.openrouter_connect_timeout_s,
            silence_s=settings.openrouter_silence_timeout_s,
            first_s=settings.openrouter_first_token_timeout_s,
            idle_s=settings.openrouter_idle_timeout_s,
            total_s=settings.openrouter_total_timeout_s,
        ),
    )
