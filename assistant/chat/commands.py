"""What the chat offers besides asking: the samples, the list of filings, first questions."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import chainlit as cl

from assistant.chat import ingestion, turns
from assistant.chat.render import filings_markdown
from assistant.chat.sessions import server
from assistant.domain.ingestion import IngestStatus
from assistant.domain.jobs import Arrival
from assistant.samples import SAMPLE_QUESTIONS, sample_uploads

LOAD_SAMPLES = "Load the sample filings"
_HOW = "How do I add my filings?"
_SQL = "sql"
COMMANDS: list[Any] = [
    {
        "id": _SQL,
        "description": "Ask the market and trading database, whatever the question looks like",
        "icon": "database",
        "button": False,
        "persistent": False,
    },
    {
        "id": "Documents",
        "description": "List the filings that can answer",
        "icon": "library",
        "button": True,
        "persistent": False,
    },
    {
        "id": "Samples",
        "description": "Load sample filings of fictional companies",
        "icon": "flask-conical",
        "button": False,
        "persistent": False,
    },
]
_QUESTIONS = (
    "What was the total revenue?",
    "What are the main risk factors?",
    "Who audited the financial statements?",
)
_HELP = """\
Drop filings into the chat (PDF, DOCX, HTML or TXT, several at once), or run
`aei ingest FOLDER` in a terminal. Each file gets a line that says how it ended.

Then ask in plain English. Name the company and the year: *What was Tarrowmere's total revenue in 2024?*
Every statement carries a mark such as 1 that opens the page it stands on, beside the chat.

Trades, orders, positions, prices and users are answered from the database, with the query, a table and a
chart: *Show me all AAPL trades this week with profit > $1000*. `/sql` sends any message there.

The picker below the question says who answers. Without a language model, answers are verbatim quotes
and computed figures."""


async def starters() -> list[cl.Starter]:
    """Return what the welcome page offers: the samples first while there is nothing to ask."""
    filings = await server().app.catalogue.filings()
    if not filings:
        return [
            cl.Starter(label=LOAD_SAMPLES, message=LOAD_SAMPLES),
            cl.Starter(label=_HOW, message=_HOW),
        ]
    questions = SAMPLE_QUESTIONS if any(filing.sample for filing in filings) else _QUESTIONS
    return [cl.Starter(label=question, message=question) for question in questions[:4]]


async def run(command: str, text: str) -> bool:
    """Run a command: chosen in the composer, typed with a slash, or a button of the welcome page.

    Returns False when it is a question.
    """
    typed = text[1:].strip() if text.startswith("/") else _SAID.get(text, "")
    chosen = _COMMANDS.get((command or typed).lower())
    if chosen is not None:
        await chosen()
    elif not text:
        await turns.say(_HELP)
    return chosen is not None or not text


def asked_of_database(command: str, text: str) -> str:
    """Return the question that is meant for the database: by the command, or typed after `/sql`."""
    typed, _, rest = text.partition(" ")
    if typed.lower() == f"/{_SQL}":
        return rest.strip()
    return text if command.lower() == _SQL else ""


async def list_documents() -> None:
    """Show the catalogue; on an empty store offer the samples."""
    filings = await server().app.catalogue.filings()
    offer = [] if filings else [cl.Action(name="samples", payload={}, label=LOAD_SAMPLES)]
    await turns.say(filings_markdown(filings), offer)


async def load_samples() -> None:
    """Read the sample filings in, then offer questions about them."""
    uploads = await asyncio.to_thread(sample_uploads)  # made on first use, a second of work
    arrivals = (Arrival(u.file_name, u.data, u.path, u.sample) for u in uploads)
    outcomes = await ingestion.ingest([upload.path for upload in uploads], arrivals)
    if any(outcome.status is not IngestStatus.REJECTED for outcome in outcomes):
        actions = [
            cl.Action(name="ask", payload={"question": question}, label=question)
            for question in SAMPLE_QUESTIONS[:4]
        ]
        await turns.say("The companies are fictional. Try one of these:", actions)


async def _help() -> None:
    await turns.say(_HELP)


_SAID = {LOAD_SAMPLES: "samples", _HOW: "help"}
_COMMANDS: dict[str, Callable[[], Awaitable[None]]] = {
    "documents": list_documents,
    "samples": load_samples,
    "help": _help,
}
