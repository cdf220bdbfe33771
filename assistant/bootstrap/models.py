"""Joins the models that answer: one chain, each link with its queue and its breaker.

    Chain ─┬─ cloud     QueuedModel(all) -> BreakingModel -> the cloud model
           ├─ local     QueuedModel(local) -> QueuedModel(all) -> BreakingModel -> the local model
           └─ built-in  BuiltinModel

Nothing here opens a connection or loads a client: a model does that when it is first asked.
"""

from assistant.domain.answers import Destination
from assistant.domain.errors import ModelMissing
from assistant.rag.answering import answer
from assistant.routing.chain import Chain, Link
from assistant.routing.limits import Slots
from assistant.routing.policy import CloudPolicy
from assistant.routing.providers.builtin import BuiltinModel
from assistant.settings import ModelChoice, Settings

_NO_KEY = "no cloud model is set up (AEI_OPENROUTER_API_KEY is empty)"


def open_models(settings: Settings, policy: CloudPolicy) -> Chain:
    """Return what answers as configured, and when that fails what answers instead."""
    everything = Slots(
        settings.models_at_once, settings.models_at_once_per_user, settings.models_waiting
    )
    links = (
        _cloud(settings, everything),
        _local(settings, everything),
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


def _local(settings: Settings, everything: Slots) -> Link:
    if why := _not_wanted(settings.model, Destination.LOCAL):
        return Link(Destination.LOCAL, settings.ollama_model, None, why)
    return Link(Destination.LOCAL, settings.ollama_model, None, "no local model is connected yet")


def _not_wanted(chosen: ModelChoice, place: Destination) -> str:
    """Return why AEI_MODEL leaves this place out; empty where it does not."""
    kept = {ModelChoice.BUILTIN: (Destination.BUILTIN,), ModelChoice.LOCAL: (Destination.LOCAL,)}
    return f"AEI_MODEL is {chosen.value}" if place not in kept.get(chosen, (place,)) else ""
