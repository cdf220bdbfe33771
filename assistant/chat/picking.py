"""The picker in the composer: where the user wants an answer to be made.

A wish, not an order: the policy decides, and the step of the answer says why it did otherwise.
"""

from collections.abc import Mapping

import chainlit as cl
from chainlit.mode import Mode, ModeOption

from assistant.chat.sessions import server
from assistant.domain.answers import Destination

_PICKER = "model"
_WISH = "wish"
_AUTO = ModeOption("auto", "Auto", "The assistant chooses, and says why", "sparkles", default=True)
_TOLD = {
    Destination.LOCAL: ("Local model", "{name}, on this machine", "laptop"),
    Destination.CLOUD: ("Cloud model", "{name}; nothing sensitive is sent there", "cloud"),
    Destination.BUILTIN: ("Built-in", "Quotes the filings, without a language model", "quote"),
}


async def offer() -> None:
    """Show the picker, where there is something to pick."""
    if picker := picker_of(server().app.models):
        await cl.context.emitter.set_modes([picker])


def picker_of(models: Mapping[Destination, str]) -> Mode | None:
    """Return the picker for these models; None where there is only one."""
    if len(models) < 2:
        return None
    options = []
    for place, (name, description, icon) in _TOLD.items():
        if place in models:
            told = description.format(name=models[place])
            options.append(ModeOption(place.value, name, told, icon))
    return Mode(_PICKER, "Answered by", [_AUTO, *options])


def note(modes: Mapping[str, str] | None) -> None:
    """Remember for this session what was picked when a message was sent."""
    if modes and _PICKER in modes:
        cl.user_session.set(_WISH, wish_of(modes[_PICKER]))


def wished() -> Destination | None:
    """Return what the session's latest message wished for; None leaves it to the router."""
    wish: Destination | None = cl.user_session.get(_WISH)
    return wish


def wish_of(picked: object) -> Destination | None:
    """Return the destination of an option; None for `auto`, and for whatever else a page sends."""
    return next((place for place in Destination if place.value == picked), None)
