"""Rows of the database on the page: chart and table below the answer, then how they were computed."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

import chainlit as cl
from chainlit.element import Element, ElementType
from pydantic.dataclasses import dataclass

from assistant.chat.render_data import (
    chart_json,
    details_markdown,
    is_list,
    result_markdown,
    table_json,
)
from assistant.chat.safe_markdown import plain
from assistant.chat.sessions import server
from assistant.domain.answers import Answer
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import DataResult

_FILES = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}


@dataclass
class Rows(Element):
    """Chainlit's sortable table. Its own class takes a data frame only, which would be made for it."""

    type: ClassVar[ElementType] = "dataframe"
    mime: str = "text/plain"  # the page parses it itself


@dataclass
class Figure(Element):
    """A chart that Plotly draws. Chainlit's own class loads Plotly here to make the same text."""

    type: ClassVar[ElementType] = "plotly"
    mime: str = "application/json"


async def show_rows(message: cl.Message, answer: Answer, result: DataResult) -> list[cl.Message]:
    """Show what the database gave; return the messages that stand beside `message`."""
    beside = []
    if result.understood:
        beside.append(cl.Message(content=f"###### {plain(' · '.join(result.understood))}"))
        await beside[-1].send()
    message.content = result_markdown(answer, result)
    await message.send()
    for element in elements(message.id, result):
        await element.send(for_id=message.id)
    below = cl.Message(
        content=details_markdown(answer, result, files(result.id)), actions=verdicts(result)
    )
    await below.send()
    return [*beside, below]


def elements(message_id: str, result: DataResult) -> list[Element]:
    """Return chart and table. The page links a name that its message holds: theirs are ids."""
    if result.rows is None or not result.rows.rows or is_list(result):
        return []
    shown: list[Element] = [
        Rows(name=f"rows-{message_id}", content=table_json(result), display="inline")
    ]
    if chart := chart_json(result):
        shown.append(Figure(name=f"chart-{message_id}", content=chart, display="inline"))
    return shown


def files(result_id: str) -> dict[str, str]:
    """Return the addresses of the files with all rows, by what their links are called."""
    address = f"/api/v1/sql/results/{quote(result_id, safe='')}"
    return {name: f"{address}.{kind}" for kind, name in _FILES.items()} if result_id else {}


def verdicts(result: DataResult) -> list[cl.Action]:
    """Return the buttons that say whether the rows answer the question."""
    asked = {"question": result.question, "sql": result.sql}
    return [
        cl.Action(
            name="verdict", payload={**asked, "right": True}, label="Right", icon="thumbs-up"
        ),
        cl.Action(
            name="verdict", payload={**asked, "right": False}, label="Wrong", icon="thumbs-down"
        ),
    ]


async def take_verdict(payload: Mapping[str, object]) -> None:
    """Note what a button says of an answer, and say what becomes of it."""
    question, sql = str(payload.get("question", "")), str(payload.get("sql", ""))
    right = payload.get("right") is True
    told = await server().app.verdicts.take(question, sql, right, LOCAL_USER)
    await cl.Message(content=plain(told)).send()
