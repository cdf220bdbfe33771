"""The chip above an answer, and the choices for a question that is asked again.

The chip says what a question was understood as. "Edit scope" offers other filings; every choice
asks the question again, over the filings it names.
"""

from collections.abc import Mapping, Sequence

import chainlit as cl

from assistant.chat.render import chip_markdown
from assistant.chat.sessions import server
from assistant.domain.answers import Answer, Choice, Destination, Query, Source, ToolCall


async def chip_message(query: Query) -> cl.Message | None:
    """Send the chip of a query; nothing for an empty store."""
    if not query.chip:
        return None
    edit = cl.Action(
        name="scope",
        payload={"question": query.text},
        label="Edit scope",
        tooltip="Choose which filings may answer",
    )
    message = cl.Message(content=chip_markdown(query.chip), actions=[edit])
    await message.send()
    return message


def choice_actions(choices: Sequence[Choice]) -> list[cl.Action]:
    """Return a button for each choice."""
    return [
        cl.Action(
            name="ask",
            payload={
                "question": choice.question,
                "documents": list(choice.scope.documents),
                "model": choice.model.value if choice.model else "",
                "confirmed": choice.confirmed,
                "source": choice.source.value if choice.source else "",
                "allows": [choice.allows.tool, choice.allows.arguments] if choice.allows else [],
            },
            label=choice.label,
        )
        for choice in choices
    ]


def wish(payload: Mapping[str, object]) -> tuple[Destination | None, bool]:
    """Return which model a button asks for, if any, and whether it agrees to what that may cost."""
    wanted = next((one for one in Destination if one.value == payload.get("model")), None)
    return wanted, payload.get("confirmed") is True


def allowed(payload: Mapping[str, object]) -> tuple[ToolCall, ...]:
    """Return the call that a button allows, if any."""
    match payload.get("allows"):
        case [str(tool), str(arguments)]:
            return (ToolCall(tool, arguments),)
        case _:
            return ()


def source(payload: Mapping[str, object]) -> Source | None:
    """Return what a button wants to be asked, if it says so."""
    return next((one for one in Source if one.value == payload.get("source")), None)


def elsewhere(answer: Answer, question: str) -> list[cl.Action]:
    """Return the button that asks the other source, below an answer that found nothing."""
    if not answer.refused or answer.clarification or answer.unavailable or not question:
        return []
    other = Source.FILINGS if answer.data else Source.DATABASE
    return choice_actions([Choice(_ELSEWHERE[other], question, source=other)])


async def offer_scopes(question: str) -> None:
    """Show which filings a question may be asked of."""
    choices = await server().app.scopes(question)
    content = "Which filings may answer? The question is asked again." if choices else _NONE
    await cl.Message(content=content, actions=choice_actions(choices)).send()


_NONE = "There are no filings to choose from any more."
_ELSEWHERE = {
    Source.FILINGS: "Search the filings instead",
    Source.DATABASE: "Ask the market database instead",
}
